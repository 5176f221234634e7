/** The dB range as a slider with two ends, in dB re the recording's reference: from the darkest to the brightest. */

import { numberText } from "../../../display/axes.js";
import { element, setText } from "../../dom.js";

const RANGE_LIMITS = [-120, 10]; // dB
const RANGE_SPANS = [40, 100]; // dB: the least and the most between the ends; colours.py has the same
const RANGE_DEFAULT = { low: -80, high: 0 };
const RANGE_STEPS = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: -Infinity,
  End: Infinity,
};

/** `move` comes with every change, `release` when the pointer lets go, or with each press of a key; { low, high }. */
export function buildRange({ move, release }) {
  const ends = { low: rangeThumb("Darkest level (dB)"), high: rangeThumb("Brightest level (dB)") };
  const fill = element("div", { class: "bc-range-fill" });
  const track = element("div", {
    class: "bc-range-track",
    title: "Drag an end or the middle; double click: \u221280 to 0 dB",
  });
  track.append(element("div", { class: "bc-range-rail" }), fill, ends.low, ends.high);
  const value = element("output", {});
  const node = element("div", { class: "bc-range", role: "group", "aria-label": "Range" }, track, value);
  let now = { ...RANGE_DEFAULT };

  const show = (range) => {
    now = { low: range.low, high: range.high };
    drawRange(ends, fill, now);
    setText(value, `${numberText(now.low, 0)} to ${numberText(now.high, 0)} dB`);
  };
  const change = (range) => {
    if (range.low === now.low && range.high === now.high) return;
    show(range);
    move({ ...now });
  };
  listenToPointer(track, { now: () => now, change, release: () => release({ ...now }) });
  track.addEventListener("dblclick", () => {
    change(RANGE_DEFAULT);
    release({ ...now });
  });
  for (const name of ["low", "high"]) {
    ends[name].addEventListener("keydown", (event) => {
      const step = RANGE_STEPS[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation(); // or the arrow would step to the next call
      change(pushedRange(now, name, now[name] + step));
      release({ ...now });
    });
  }
  show(now);
  return { node, show };
}

function rangeThumb(label) {
  return element("div", { class: "bc-range-thumb", role: "slider", tabindex: "0", "aria-label": label });
}

function drawRange(ends, fill, range) {
  const [least, most] = RANGE_LIMITS;
  const share = (db) => `${Math.min(Math.max((100 * (db - least)) / (most - least), 0), 100)}%`;
  for (const [name, node] of Object.entries(ends)) {
    node.style.left = share(range[name]);
    const [from, to] = rangeEndLimits(name);
    const values = {
      valuemin: from,
      valuemax: to,
      valuenow: range[name],
      valuetext: `${numberText(range[name], 0)} dB`,
    };
    for (const [key, value] of Object.entries(values)) node.setAttribute(`aria-${key}`, String(value));
  }
  fill.style.left = share(range.low);
  fill.style.right = `calc(100% - ${share(range.high)})`;
}

/** Where an end may go: so far that the other still has room. */
function rangeEndLimits(name) {
  const [least, most] = RANGE_LIMITS;
  return name === "low" ? [least, most - RANGE_SPANS[0]] : [least + RANGE_SPANS[0], most];
}

/** The range with one end at `db`, or as near as may be; the other end is pushed where it would be too near or far. */
export function pushedRange(range, name, db) {
  const [from, to] = rangeEndLimits(name);
  const at = Math.min(Math.max(Math.round(db), from), to);
  const [narrow, wide] = RANGE_SPANS;
  if (name === "low") return { low: at, high: Math.min(Math.max(range.high, at + narrow), at + wide, RANGE_LIMITS[1]) };
  return { low: Math.max(Math.min(range.low, at - narrow), at - wide, RANGE_LIMITS[0]), high: at };
}

/** Both ends moved by `db`, or as far as there is room. */
export function slidRange({ low, high }, db) {
  const by = Math.min(Math.max(Math.round(db), RANGE_LIMITS[0] - low), RANGE_LIMITS[1] - high);
  return { low: low + by, high: high + by };
}

/** A pointer takes the end that it is on, both when it is between them, and else the nearer one, which comes to it. */
function listenToPointer(track, { now, change, release }) {
  let drag = null;
  const dbAt = (event) => {
    const { left, width } = track.getBoundingClientRect();
    return RANGE_LIMITS[0] + ((event.clientX - left) / width) * (RANGE_LIMITS[1] - RANGE_LIMITS[0]);
  };
  const follow = (event) => {
    if (!drag) return;
    // From where the drag began: an end that was pushed comes back when the pointer does.
    const by = dbAt(event) - drag.db;
    const { start, part } = drag;
    change(part === "both" ? slidRange(start, by) : pushedRange(start, part, start[part] + by));
  };
  track.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    track.setPointerCapture(event.pointerId);
    const [start, db] = [now(), dbAt(event)];
    const [low, high] = track.querySelectorAll(".bc-range-thumb");
    const part = event.target === low ? "low" : event.target === high ? "high" : rangePart(start, db);
    const isOn = event.target === low || event.target === high || part === "both";
    drag = { start, part, db: isOn ? db : start[part] };
    if (part !== "both") (part === "low" ? low : high).focus();
    follow(event);
  });
  track.addEventListener("pointermove", follow);
  for (const end of ["pointerup", "pointercancel"]) {
    track.addEventListener(end, () => {
      if (drag) release();
      drag = null;
    });
  }
}

function rangePart({ low, high }, db) {
  if (db > low && db < high) return "both";
  return db <= low ? "low" : "high";
}
