/**
 * The dB range as a slider with two ends: from the darkest to the brightest.
 *
 * An end is set in dB re the reference, so that the default suits every recording, and reads in dB re full scale (dBFS),
 * as the colour bar and every other level on the screen do.
 *
 * @typedef {"low" | "high"} End
 * @typedef {{ low: number, high: number }} Range dB re the reference
 * @typedef {Record<End, HTMLElement>} Thumbs
 */

import { numberText } from "../../../display/axes.js";
import { element, setText } from "../../dom.js";

const LIMITS = [-120, 10]; // dB
const SPANS = [40, 100]; // dB: the least and the most between the ends; colours.py has the same
const DEFAULT = { low: -80, high: 0 };
/** @type {Record<string, number>} */
const STEPS = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: -Infinity,
  End: Infinity,
};

/**
 * @param {object} handlers
 * @param {(range: Range) => void} handlers.move with every change
 * @param {(range: Range) => void} handlers.release when the pointer lets go, or with each press of a key
 */
export function buildRange({ move, release }) {
  const ends = { low: thumb("Darkest level (dBFS)"), high: thumb("Brightest level (dBFS)") };
  const fill = element("div", { class: "bc-range-fill" });
  const track = element("div", {
    class: "bc-range-track",
    title: "In dB re full scale, as the colour bar. Drag an end or the middle; double click: 80 dB below the peak",
  });
  track.append(element("div", { class: "bc-range-rail" }), fill, ends.low, ends.high);
  const value = element("output", {});
  const node = element("div", { class: "bc-range", role: "group", "aria-label": "Range" }, track, value);
  let now = { ...DEFAULT };
  let zero = 0; // the reference, dB re full scale

  /** @param {Range & { reference?: number }} range `reference` in dB re full scale; as it was where it is missing */
  const show = ({ low, high, reference = zero }) => {
    now = { low, high };
    zero = reference;
    drawRange(ends, fill, now, zero);
    setText(value, `${decibelText(low + zero)} to ${decibelText(high + zero)} dBFS`);
  };
  /** @param {Range} range */
  const change = (range) => {
    if (range.low === now.low && range.high === now.high) return;
    show(range);
    move({ ...now });
  };
  listenToPointer(track, ends, { now: () => now, change, release: () => release({ ...now }) });
  track.addEventListener("dblclick", () => {
    change(DEFAULT);
    release({ ...now });
  });
  /** @param {End} name */
  const listenToKeys = (name) => {
    ends[name].addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation(); // or the arrow would step to the next call
      change(pushedRange(now, name, now[name] + step));
      release({ ...now });
    });
  };
  listenToKeys("low");
  listenToKeys("high");
  show(now);
  return { node, show };
}

/** @param {string} label */
function thumb(label) {
  return element("div", { class: "bc-range-thumb", role: "slider", tabindex: "0", "aria-label": label });
}

/**
 * @param {Thumbs} ends
 * @param {HTMLElement} fill
 * @param {Range} range
 * @param {number} zero the reference, dB re full scale
 */
function drawRange(ends, fill, range, zero) {
  const [least, most] = LIMITS;
  /** @param {number} db */
  const share = (db) => `${Math.min(Math.max((100 * (db - least)) / (most - least), 0), 100)}%`;
  /** @param {End} name */
  const drawEnd = (name) => {
    const [node, db] = [ends[name], range[name]];
    node.style.left = share(db);
    const [from, to] = endLimits(name);
    const values = {
      valuemin: from + zero,
      valuemax: to + zero,
      valuenow: db + zero,
      valuetext: `${decibelText(db + zero)} dBFS`,
    };
    for (const [key, value] of Object.entries(values)) node.setAttribute(`aria-${key}`, String(value));
  };
  drawEnd("low");
  drawEnd("high");
  fill.style.left = share(range.low);
  fill.style.right = `calc(100% - ${share(range.high)})`;
}

/** @param {number} db */
function decibelText(db) {
  return numberText(db, Math.abs(db - Math.round(db)) < 0.05 ? 0 : 1);
}

/**
 * The limits of an end: so far that the other still has room.
 *
 * @param {End} name
 */
function endLimits(name) {
  const [least, most] = LIMITS;
  return name === "low" ? [least, most - SPANS[0]] : [least + SPANS[0], most];
}

/**
 * The range with one end at `db`, or as near as may be; the other end is pushed where it would be too near or far.
 *
 * @param {Range} range
 * @param {End} name
 * @param {number} db
 * @returns {Range}
 */
export function pushedRange(range, name, db) {
  const [from, to] = endLimits(name);
  const at = Math.min(Math.max(Math.round(db), from), to);
  const [narrow, wide] = SPANS;
  if (name === "low") return { low: at, high: Math.min(Math.max(range.high, at + narrow), at + wide, LIMITS[1]) };
  return { low: Math.max(Math.min(range.low, at - narrow), at - wide, LIMITS[0]), high: at };
}

/**
 * Both ends moved by `db`, or as far as there is room.
 *
 * @param {Range} range
 * @param {number} db
 * @returns {Range}
 */
export function slidRange({ low, high }, db) {
  const by = Math.min(Math.max(Math.round(db), LIMITS[0] - low), LIMITS[1] - high);
  return { low: low + by, high: high + by };
}

/**
 * A pointer takes the end that it is on, both when it is between them, and else the nearer one, which comes to it.
 *
 * @param {HTMLElement} track
 * @param {Thumbs} ends
 * @param {{ now: () => Range, change: (range: Range) => void, release: () => void }} handlers
 */
function listenToPointer(track, { low, high }, { now, change, release }) {
  /** @type {{ start: Range, part: End | "both", db: number } | null} */
  let drag = null;
  /** @param {PointerEvent} event */
  const dbAt = (event) => {
    const { left, width } = track.getBoundingClientRect();
    return LIMITS[0] + ((event.clientX - left) / width) * (LIMITS[1] - LIMITS[0]);
  };
  /** @param {PointerEvent} event */
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
    const part = event.target === low ? "low" : event.target === high ? "high" : partAt(start, db);
    const isOn = event.target === low || event.target === high;
    drag = { start, part, db: isOn || part === "both" ? db : start[part] };
    if (part !== "both") (part === "low" ? low : high).focus();
    follow(event);
  });
  track.addEventListener("pointermove", follow);
  const letGo = () => {
    if (drag) release();
    drag = null;
  };
  track.addEventListener("pointerup", letGo);
  track.addEventListener("pointercancel", letGo);
}

/**
 * @param {Range} range
 * @param {number} db
 * @returns {End | "both"}
 */
function partAt({ low, high }, db) {
  if (db > low && db < high) return "both";
  return db <= low ? "low" : "high";
}
