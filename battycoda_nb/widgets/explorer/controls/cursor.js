/** The cross-hair and its read-out. It has a canvas of its own: moving the pointer repaints no picture. */

import { numberText, timeAxis } from "../../../display/axes.js";
import { element, fitCanvas, setText } from "../../dom.js";

const GAP = 6; // CSS pixels left free around the point itself

/** Follows the pointer over one canvas; `read` gives the level at a time and a frequency. */
export class Cursor {
  constructor(canvas, read) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.read = read;
    this.at = null;
    this.scene = null;
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

  /** Read another scene, under a pointer that may not have moved; null for none. */
  show(scene, project) {
    Object.assign(this, { scene, project });
    this.draw();
  }

  /** Where the pointer is in the recording: {seconds, hertz}; null outside of the plot. */
  get point() {
    if (!this.at || !this.scene) return null;
    const [x, y] = this.at;
    const { plot } = this;
    const inside = x >= plot.x && x < plot.x + plot.width && y >= plot.y && y < plot.y + plot.height;
    return inside ? { seconds: this.project.seconds(x), hertz: Math.max(this.project.hertz(y), 0) } : null;
  }

  draw() {
    const { width, height } = this.canvas;
    this.context.clearRect(0, 0, width, height);
    const { point } = this;
    if (point) this.drawCross(...this.at);
    this.describe(point);
  }

  drawCross(x, y) {
    const { plot, ratio, context } = this;
    const [left, top, gap] = [Math.floor(x * ratio), Math.floor(y * ratio), GAP * ratio];
    const [x1, x2, y1, y2] = [plot.x, plot.x + plot.width, plot.y, plot.y + plot.height].map((edge) => edge * ratio);
    context.save();
    context.beginPath();
    context.rect(x1, y1, x2 - x1, y2 - y1);
    context.clip();
    // A dark edge below the bright line, so that it shows on a bright map too.
    for (const [colour, edge] of [
      ["rgba(0, 0, 0, 0.35)", 1],
      ["rgba(255, 255, 255, 0.7)", 0],
    ]) {
      const thick = 1 + 2 * edge;
      context.fillStyle = colour;
      context.fillRect(x1, top - edge, left - gap - x1, thick);
      context.fillRect(left + gap, top - edge, x2 - left - gap, thick);
      context.fillRect(left - edge, y1, thick, top - gap - y1);
      context.fillRect(left - edge, top + gap, thick, y2 - top - gap);
    }
    context.restore();
  }

  describe(point) {
    this.node.style.visibility = point ? "visible" : "hidden"; // its room stays
    if (!point) return;
    const axis = timeAxis(this.scene.viewport, this.scene.onset);
    const [frequency, time, level] = this.fields;
    const read = this.read(point.seconds, point.hertz);
    setText(frequency.value, numberText(point.hertz / 1000, 2));
    setText(time.value, numberText(axis.of(point.seconds), axis.decimals));
    setText(time.unit, axis.unit);
    // The lowest level stands for everything below it too.
    setText(level.value, read ? `${read.atFloor ? "\u2264 " : ""}${numberText(read.value, 1)}` : "\u2013");
    setText(level.unit, this.scene.layers.at(-1).meta.unit ?? "dB");
  }
}

function readoutField(unit) {
  const value = element("span", { class: "bc-number" });
  const name = element("span", { class: "bc-unit" }, unit);
  return { node: element("span", { class: "bc-field" }, value, name), value, unit: name };
}
