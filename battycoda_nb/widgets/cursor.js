/** The cross-hair and its read-out. It has a canvas of its own: moving the pointer repaints no picture. */

import { numberText, readPoint, timeAxis } from "./axes.js";
import { element, fitCanvas, setText } from "./dom.js";

const RESTING = "\u2013"; // an en dash: the place is kept, nothing is claimed

/** Follows the pointer over one canvas. */
export class Cursor {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.at = null;
    this.picture = null;
    this.fields = ["kHz", "ms", "dB"].map(readoutField);
    this.node = element("div", { class: "bc-readout" }, ...this.fields.map((field) => field.node));
  }

  resize(width, height, ratio, plot) {
    fitCanvas(this.canvas, width, height, ratio);
    this.ratio = ratio;
    this.plot = plot;
  }

  /** Listen until the signal aborts. */
  listen(signal) {
    this.canvas.addEventListener("pointermove", (event) => this.move([event.offsetX, event.offsetY]), { signal });
    this.canvas.addEventListener("pointerleave", () => this.move(null), { signal });
  }

  move(at) {
    this.at = at;
    this.draw();
  }

  /** Read another picture, under a pointer that may not have moved; null for none. */
  show(picture) {
    this.picture = picture;
    this.draw();
  }

  draw() {
    const { width, height } = this.canvas;
    this.context.clearRect(0, 0, width, height);
    const point = this.at && this.picture ? readPoint(this.picture, this.plot, ...this.at) : null;
    if (point) this.drawCross(...this.at);
    this.describe(point);
  }

  drawCross(x, y) {
    const { plot, ratio, context } = this;
    const [left, top] = [Math.floor(x * ratio), Math.floor(y * ratio)];
    const across = [plot.x * ratio, top, plot.width * ratio, 1];
    const upright = [left, plot.y * ratio, 1, plot.height * ratio];
    context.fillStyle = "rgba(0, 0, 0, 0.4)"; // a dark edge, so that the line shows on a bright map too
    for (const [x1, y1, w, h] of [across, upright]) context.fillRect(x1 - 1, y1 - 1, w + 2, h + 2);
    context.fillStyle = "rgba(255, 255, 255, 0.85)";
    for (const box of [across, upright]) context.fillRect(...box);
  }

  describe(point) {
    const axis = this.picture ? timeAxis(this.picture.meta) : { unit: "ms" };
    const [frequency, time, level] = this.fields;
    setText(frequency.value, point ? numberText(point.hertz / 1000, 2) : RESTING);
    setText(time.value, point ? numberText(axis.of(point.seconds), axis.decimals) : RESTING);
    setText(time.unit, axis.unit);
    // The lowest level stands for everything below it too.
    setText(level.value, point ? `${point.atFloor ? "\u2264 " : ""}${numberText(point.db, 1)}` : RESTING);
  }
}

function readoutField(unit) {
  const value = element("span", { class: "bc-number" }, RESTING);
  const name = element("span", { class: "bc-unit" }, unit);
  return { node: element("span", { class: "bc-field" }, value, name), value, unit: name };
}
