/**
 * Two markers over the picture, A and B, dragged or moved by the arrow keys, and what lies between them. Elements, not
 * pixels: a screen reader finds them, and a click beside them goes to what lies below.
 */

import { durationText, numberText } from "../../../display/axes.js";
import { element, setText } from "../../dom.js";

const MARKER_STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LARGE_MARKER_STEP = 10; // CSS pixels, with Shift

/**
 * `moved(markers, { final })` says where they are: at most once a frame while one is dragged, and when it is let go.
 * `read([seconds, hertz])` gives the level there, or null.
 */
export class Markers {
  constructor({ moved, read }) {
    Object.assign(this, { moved, read, markers: [], view: null, drag: null, frame: 0, isNews: false });
    this.pair = ["A", "B"].map((name, k) => this.buildMarker(name, k));
    this.node = element(
      "div",
      { class: "bc-markers" },
      ...this.pair.flatMap(({ lines, handle }) => [...lines, handle]),
    );
    this.node.hidden = true;
    this.fields = Object.fromEntries(
      ["time", "rate", "frequency", "level"].map((name) => [name, element("span", { class: "bc-field bc-number" })]),
    );
    const label = "From marker A to marker B";
    this.readout = element("div", { class: "bc-difference", role: "group", "aria-label": label });
    this.readout.append(...Object.values(this.fields));
    this.readout.hidden = true;
  }

  buildMarker(name, k) {
    const handle = element(
      "div",
      {
        class: "bc-marker",
        role: "slider",
        tabindex: "0",
        "aria-label": `Marker ${name}`,
        title: `Marker ${name}`,
      },
      element("span", { class: "bc-marker-name" }, name),
    );
    handle.addEventListener("pointerdown", (event) => this.take(event, k));
    handle.addEventListener("pointermove", (event) => this.follow(event, k));
    for (const end of ["pointerup", "pointercancel"]) handle.addEventListener(end, () => this.letGo());
    handle.addEventListener("keydown", (event) => this.step(event, k));
    for (const end of ["keyup", "blur"]) handle.addEventListener(end, () => this.settle());
    // What is below means something else by a click.
    for (const kind of ["click", "dblclick"]) handle.addEventListener(kind, (event) => event.stopPropagation());
    return { handle, lines: ["across", "up"].map((way) => element("div", { class: `bc-hair bc-hair-${way}` })) };
  }

  /**
   * Show two markers [[s from the onset, Hz], …], or none. `plot` is the picture's rectangle in the stage, `place` takes
   * such a pair to CSS pixels in the stage and `unplace` back; `unit` is the picture's.
   */
  show({ markers, plot, place, unplace, unit = "dB" }) {
    this.view = { plot, place, unplace, unit };
    // The one who drags knows better than what was told a frame ago.
    if (!this.drag) this.markers = markers.map((marker) => [...marker]);
    this.draw();
  }

  draw() {
    const isShown = this.markers.length === 2;
    this.node.hidden = this.readout.hidden = !isShown;
    if (!isShown) return;
    const { plot, unit } = this.view;
    const box = { left: plot.x, top: plot.y, width: plot.width, height: plot.height };
    for (const [name, value] of Object.entries(box)) this.node.style[name] = `${value}px`;
    this.pair.forEach((parts, k) => this.drawMarker(parts, this.markers[k]));
    const texts = differenceText(this.markers, this.read, unit);
    for (const [name, node] of Object.entries(this.fields)) setText(node, texts[name]);
  }

  drawMarker({ handle, lines: [across, up] }, marker) {
    const { plot, place } = this.view;
    const [x, y] = place(marker);
    const [left, top] = [x - plot.x, y - plot.y];
    handle.style.transform = `translate(${left}px, ${top}px)`;
    across.style.transform = `translateY(${Math.round(top)}px)`;
    up.style.transform = `translateX(${Math.round(left)}px)`;
    // Its name goes to the other side where the picture ends.
    handle.classList.toggle("bc-at-right", left > plot.width - 24);
    handle.classList.toggle("bc-at-top", top < 24);
    // Half of one that has been zoomed out of the picture must not be in the way.
    handle.hidden = left < 0 || left > plot.width || top < 0 || top > plot.height;
    const [seconds, hertz] = marker;
    handle.setAttribute("aria-valuenow", (seconds * 1000).toFixed(2));
    handle.setAttribute("aria-valuetext", `${signedDuration(seconds)}, ${numberText(hertz / 1000, 1)} kHz`);
  }

  take(event, k) {
    if (event.button !== 0) return;
    event.stopPropagation();
    this.pair[k].handle.setPointerCapture(event.pointerId);
    this.drag = { k, from: this.view.place(this.markers[k]), x: event.clientX, y: event.clientY };
  }

  follow(event, k) {
    if (this.drag?.k !== k) return;
    event.stopPropagation();
    const { from, x, y } = this.drag;
    this.put(k, [from[0] + event.clientX - x, from[1] + event.clientY - y]);
  }

  letGo() {
    this.drag = null;
    this.settle();
  }

  step(event, k) {
    const way = MARKER_STEPS[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation(); // or the arrow would step to the next call
    const far = event.shiftKey ? LARGE_MARKER_STEP : 1;
    const [x, y] = this.view.place(this.markers[k]);
    this.put(k, [x + far * way[0], y + far * way[1]]);
  }

  /** Move a marker to a point of the stage, within the picture. */
  put(k, [x, y]) {
    const { plot, unplace } = this.view;
    const within = (value, start, size) => Math.min(Math.max(value, start), start + size);
    this.markers[k] = unplace([within(x, plot.x, plot.width), within(y, plot.y, plot.height)]);
    this.draw();
    this.isNews = true;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.tell(false);
    });
  }

  /** Say where they came to rest, if they moved. */
  settle() {
    if (!this.isNews || this.drag) return;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.isNews = false;
    this.tell(true);
  }

  tell(final) {
    this.moved(
      this.markers.map((marker) => [...marker]),
      { final },
    );
  }

  end() {
    cancelAnimationFrame(this.frame);
    this.node.remove();
    this.readout.remove();
  }
}

/** From A to B: the time, the rate that it would be as a period, the frequency, and the level where both are known. */
export function differenceText([[fromTime, fromHertz], [toTime, toHertz]], read, unit = "dB") {
  const [time, hertz] = [toTime - fromTime, toHertz - fromHertz];
  const [from, to] = [read([fromTime, fromHertz]), read([toTime, toHertz])];
  const isKnown = Number.isFinite(from) && Number.isFinite(to);
  return {
    time: `\u0394 ${signedDuration(time)}`,
    rate: time === 0 ? "" : rateText(1 / Math.abs(time)),
    frequency: `\u0394 ${numberText(hertz / 1000, 2)} kHz`,
    level: isKnown ? `\u0394 ${numberText(to - from, unit === "dB" ? 1 : 2)} ${unit}` : "",
  };
}

function signedDuration(seconds) {
  return `${seconds < 0 ? "\u2212" : ""}${durationText(Math.abs(seconds))}`;
}

function rateText(hertz) {
  if (hertz >= 1000) return `${numberText(hertz / 1000, 2)} kHz`;
  return `${numberText(hertz, hertz < 10 ? 2 : 0)} Hz`;
}
