/**
 * Two markers over the picture, A and B, dragged or moved by the arrow keys, and what lies between them. Elements, not
 * pixels: a screen reader finds them, and a click beside them goes to what lies below.
 *
 * @import { Rectangle } from "../../../display/axes.js"
 * @import { Unit } from "../../../display/png.js"
 *
 * @typedef {[number, number]} Marker s from the onset, Hz
 * @typedef {[number, number]} Position CSS pixels in the stage
 * @typedef {(marker: Marker) => number | null} Read gives the level at a marker
 *
 * @typedef {object} MarkersView
 * @property {Rectangle} plot the picture's, in the stage
 * @property {(marker: Marker) => Position} place
 * @property {(position: Position) => Marker} unplace
 * @property {Unit} [unit] the picture's
 */

import { durationText, numberText } from "../../../display/axes.js";
import { element, setText } from "../../dom.js";

/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LARGE_STEP = 10; // CSS pixels, with Shift

/** The pair of markers and the read-out of their difference. */
export class Markers {
  /**
   * @param {object} handlers
   * @param {(markers: Marker[], how: { final: boolean }) => void} handlers.moved at most once a frame while one is
   *   dragged, and `final` when it is let go
   * @param {Read} handlers.read
   */
  constructor({ moved, read }) {
    this.moved = moved;
    this.read = read;
    /** @type {Marker[]} */
    this.markers = [];
    /** @type {MarkersView | null} */
    this.view = null;
    /** @type {{ k: number, from: Position, x: number, y: number } | null} */
    this.drag = null;
    this.frame = 0;
    this.isNews = false;
    this.pair = [this.buildMarker("A", 0), this.buildMarker("B", 1)];
    const parts = this.pair.flatMap(({ across, up, handle }) => [across, up, handle]);
    this.node = element("div", { class: "bc-markers" }, ...parts);
    this.node.hidden = true;
    const field = () => element("span", { class: "bc-field bc-number" });
    this.fields = { time: field(), rate: field(), frequency: field(), level: field() };
    const label = "From marker A to marker B";
    this.readout = element("div", { class: "bc-difference", role: "group", "aria-label": label });
    this.readout.append(...Object.values(this.fields));
    this.readout.hidden = true;
  }

  /**
   * @param {string} name
   * @param {number} k
   */
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
    const across = element("div", { class: "bc-hair bc-hair-across" });
    const up = element("div", { class: "bc-hair bc-hair-up" });
    return { handle, across, up };
  }

  /**
   * Show two markers, or none.
   *
   * @param {MarkersView & { markers: Marker[] }} state
   */
  show({ markers, plot, place, unplace, unit }) {
    this.view = { plot, place, unplace, unit };
    // The one who drags knows better than the state of a frame ago.
    if (!this.drag) this.markers = markers.map(([time, hertz]) => [time, hertz]);
    this.draw();
  }

  draw() {
    const { view, markers } = this;
    const isShown = markers.length === 2;
    this.node.hidden = this.readout.hidden = !isShown;
    if (!isShown || !view) return;
    const { x, y, width, height } = view.plot;
    Object.assign(this.node.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
    for (const k of [0, 1]) this.drawMarker(k, view);
    const texts = differenceText([markers[0], markers[1]], this.read, view.unit);
    setText(this.fields.time, texts.time);
    setText(this.fields.rate, texts.rate);
    setText(this.fields.frequency, texts.frequency);
    setText(this.fields.level, texts.level);
  }

  /**
   * @param {number} k
   * @param {MarkersView} view
   */
  drawMarker(k, { plot, place }) {
    const { handle, across, up } = this.pair[k];
    const marker = this.markers[k];
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

  /**
   * @param {PointerEvent} event
   * @param {number} k
   */
  take(event, k) {
    if (event.button !== 0 || !this.view) return;
    event.stopPropagation();
    this.pair[k].handle.setPointerCapture(event.pointerId);
    this.drag = { k, from: this.view.place(this.markers[k]), x: event.clientX, y: event.clientY };
  }

  /**
   * @param {PointerEvent} event
   * @param {number} k
   */
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

  /**
   * @param {KeyboardEvent} event
   * @param {number} k
   */
  step(event, k) {
    const way = STEPS[event.key];
    if (!way || !this.view || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation(); // or the arrow would step to the next call
    const far = event.shiftKey ? LARGE_STEP : 1;
    const [x, y] = this.view.place(this.markers[k]);
    this.put(k, [x + far * way[0], y + far * way[1]]);
  }

  /**
   * Move a marker to a point of the stage, within the picture.
   *
   * @param {number} k
   * @param {Position} position
   */
  put(k, [x, y]) {
    if (!this.view) return;
    const { plot, unplace } = this.view;
    /**
     * @param {number} value
     * @param {number} start
     * @param {number} size
     */
    const within = (value, start, size) => Math.min(Math.max(value, start), start + size);
    this.markers[k] = unplace([within(x, plot.x, plot.width), within(y, plot.y, plot.height)]);
    this.draw();
    this.isNews = true;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.publish(false);
    });
  }

  /** Publish where they came to rest, if they moved. */
  settle() {
    if (!this.isNews || this.drag) return;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.isNews = false;
    this.publish(true);
  }

  /** @param {boolean} final */
  publish(final) {
    this.moved(
      this.markers.map(([time, hertz]) => [time, hertz]),
      { final },
    );
  }

  end() {
    cancelAnimationFrame(this.frame);
    this.node.remove();
    this.readout.remove();
  }
}

/**
 * From A to B: the time, the rate that it would be as a period, the frequency, and the level where both are known.
 *
 * @param {[Marker, Marker]} markers
 * @param {Read} read
 * @param {Unit} [unit]
 */
export function differenceText([[fromTime, fromHertz], [toTime, toHertz]], read, unit = "dB") {
  const [time, hertz] = [toTime - fromTime, toHertz - fromHertz];
  const [from, to] = [read([fromTime, fromHertz]), read([toTime, toHertz])];
  const level = from === null || to === null ? NaN : to - from;
  return {
    time: `\u0394 ${signedDuration(time)}`,
    rate: time === 0 ? "" : rateText(1 / Math.abs(time)),
    frequency: `\u0394 ${numberText(hertz / 1000, 2)} kHz`,
    level: Number.isFinite(level) ? `\u0394 ${numberText(level, unit === "dB" ? 1 : 2)} ${unit}` : "",
  };
}

/** @param {number} seconds */
function signedDuration(seconds) {
  return `${seconds < 0 ? "\u2212" : ""}${durationText(Math.abs(seconds))}`;
}

/** @param {number} hertz */
function rateText(hertz) {
  if (hertz >= 1000) return `${numberText(hertz / 1000, 2)} kHz`;
  return `${numberText(hertz, hertz < 10 ? 2 : 0)} Hz`;
}
