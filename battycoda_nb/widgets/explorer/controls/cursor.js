/**
 * The cross-hair and its read-out. It has a canvas of its own: moving the pointer repaints no picture.
 *
 * @import { Projection, Reading, Rectangle } from "../../../display/axes.js"
 * @import { Point } from "../../../display/viewport.js"
 * @import { Scene } from "../painting/painter.js"
 */

import { levelUnit, numberText, timeAxis } from "../../../display/axes.js";
import { context2d, element, fitCanvas, setText } from "../../dom.js";

const GAP = 6; // CSS pixels left free around the point itself

/** Follows the pointer over one canvas. */
export class Cursor {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(seconds: number, hertz: number) => Reading | null} read gives the level there
   */
  constructor(canvas, read) {
    this.canvas = canvas;
    this.context = context2d(canvas);
    this.read = read;
    /** @type {[number, number] | null} the pointer, in CSS pixels of the canvas */
    this.at = null;
    /** @type {Scene | null} */
    this.scene = null;
    /** @type {Projection | null} */
    this.project = null;
    /** @type {Rectangle} */
    this.plot = { x: 0, y: 0, width: 0, height: 0 };
    this.ratio = 1;
    this.fields = { frequency: readoutField("kHz"), time: readoutField("ms"), level: readoutField("dBFS") };
    const { frequency, time, level } = this.fields;
    this.node = element("div", { class: "bc-readout" }, frequency.node, time.node, level.node);
  }

  /**
   * @param {number} width
   * @param {number} height
   * @param {number} ratio
   * @param {Rectangle} plot
   */
  resize(width, height, ratio, plot) {
    fitCanvas(this.canvas, width, height, ratio);
    this.ratio = ratio;
    this.plot = plot;
  }

  /**
   * Listen until the signal aborts.
   *
   * @param {AbortSignal} signal
   */
  listen(signal) {
    this.canvas.addEventListener("pointermove", (event) => this.move([event.offsetX, event.offsetY]), { signal });
    this.canvas.addEventListener("pointerleave", () => this.move(null), { signal });
  }

  /** @param {[number, number] | null} at */
  move(at) {
    this.at = at;
    this.draw();
  }

  /**
   * Read another scene, under a pointer that may not have moved; null for none.
   *
   * @param {Scene | null} scene
   * @param {Projection | null} project
   */
  show(scene, project) {
    this.scene = scene;
    this.project = project;
    this.draw();
  }

  /**
   * The place of the pointer in the recording; null outside of the plot.
   *
   * @returns {Point | null}
   */
  get point() {
    const { at, scene, project, plot } = this;
    if (!at || !scene || !project) return null;
    const [x, y] = at;
    const inside = x >= plot.x && x < plot.x + plot.width && y >= plot.y && y < plot.y + plot.height;
    return inside ? { seconds: project.seconds(x), hertz: Math.max(project.hertz(y), 0) } : null;
  }

  draw() {
    const { canvas, at, scene, point } = this;
    this.context.clearRect(0, 0, canvas.width, canvas.height);
    this.node.style.visibility = point ? "visible" : "hidden"; // its room stays
    if (!point || !at || !scene) return;
    this.drawCross(at);
    this.describe(point, scene);
  }

  /** @param {[number, number]} at */
  drawCross([x, y]) {
    const { plot, ratio, context } = this;
    const [left, top, gap] = [Math.floor(x * ratio), Math.floor(y * ratio), GAP * ratio];
    const [x1, x2, y1, y2] = [plot.x, plot.x + plot.width, plot.y, plot.y + plot.height].map((edge) => edge * ratio);
    /**
     * @param {string} colour
     * @param {number} edge
     */
    const cross = (colour, edge) => {
      const thick = 1 + 2 * edge;
      context.fillStyle = colour;
      context.fillRect(x1, top - edge, left - gap - x1, thick);
      context.fillRect(left + gap, top - edge, x2 - left - gap, thick);
      context.fillRect(left - edge, y1, thick, top - gap - y1);
      context.fillRect(left - edge, top + gap, thick, y2 - top - gap);
    };
    context.save();
    context.beginPath();
    context.rect(x1, y1, x2 - x1, y2 - y1);
    context.clip();
    // A dark edge below the bright line, so that it shows on a bright map too.
    cross("rgba(0, 0, 0, 0.35)", 1);
    cross("rgba(255, 255, 255, 0.7)", 0);
    context.restore();
  }

  /**
   * @param {Point} point
   * @param {Scene} scene
   */
  describe(point, { viewport, onset, layers }) {
    const axis = timeAxis(viewport, onset);
    const { frequency, time, level } = this.fields;
    const reading = this.read(point.seconds, point.hertz);
    setText(frequency.value, numberText(point.hertz / 1000, 2));
    setText(time.value, numberText(axis.of(point.seconds), axis.decimals));
    setText(time.unit, axis.unit);
    // The lowest level stands for everything below it too.
    setText(level.value, reading ? `${reading.atFloor ? "\u2264 " : ""}${numberText(reading.value, 1)}` : "\u2013");
    setText(level.unit, levelUnit(layers[layers.length - 1].meta.unit));
  }
}

/** @param {string} unit */
function readoutField(unit) {
  const value = element("span", { class: "bc-number" });
  const name = element("span", { class: "bc-unit" }, unit);
  return { node: element("span", { class: "bc-field" }, value, name), value, unit: name };
}
