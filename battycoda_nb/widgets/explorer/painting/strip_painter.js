/**
 * Paints the strip of a whole recording in three layers, so that a step or a drag redraws the top one only: the levels,
 * the marks with the time axis, and the place that is shown.
 *
 * @import { Look, Theme } from "../../../display/colours.js"
 * @import { Span } from "../../../display/viewport.js"
 * @import { Pooled, Segment } from "./strip_levels.js"
 *
 * @typedef {object} StripScene
 * @property {number} duration s
 * @property {Float64Array} onsets s
 * @property {Float64Array} offsets s
 * @property {number} index of the current call among these, or -1
 * @property {Span | null} viewport
 */

import { niceTicks, numberText } from "../../../display/axes.js";
import { colourTable, NO_THEME } from "../../../display/colours.js";
import { context2d, element, fitCanvas } from "../../dom.js";
import { poolStrip, StripLevels } from "./strip_levels.js";

/** Heights in CSS pixels: the lane of the marks, the levels, the time axis. */
const LANE = 10;
const PICTURE = 38;
const AXIS = 16;
const LEAST_FRAME = 3;
const NO_TIMES = new Float64Array(0);

/** Three canvases, one over the other. */
export class StripPainter {
  constructor() {
    /** @param {string} name */
    const canvas = (name) => element("canvas", { class: name, "aria-hidden": "true" });
    this.picture = canvas("bc-strip-picture");
    this.chrome = canvas("bc-strip-chrome");
    this.overlay = canvas("bc-strip-overlay");
    this.width = 0;
    this.ratio = 1;
    /** @type {StripScene} */
    this.scene = { duration: 0, onsets: NO_TIMES, offsets: NO_TIMES, index: -1, viewport: null };
    /** @type {Look | null} */
    this.look = null;
    this.theme = NO_THEME;
    /** @type {StripLevels | null} */
    this.strip = null;
    /** @type {{ image: ImageData, pixels: Pooled } | null} */
    this.pooled = null; // the levels, as they were pooled to the canvas's pixels
  }

  /** Whether every column of the levels is there. */
  get complete() {
    return this.strip !== null && !this.strip.known.includes(0);
  }

  /**
   * Paint a scene; what is the same object as before is not drawn again.
   *
   * @param {StripScene} scene
   */
  show(scene) {
    const before = this.scene;
    this.scene = scene;
    const { duration, onsets, offsets } = scene;
    if (duration !== before.duration) this.poolAll();
    if (duration !== before.duration || onsets !== before.onsets || offsets !== before.offsets) this.drawChrome();
    this.drawOverlay();
  }

  /**
   * Take in a segment of the levels and paint it.
   *
   * @param {Segment} segment
   */
  receive(segment) {
    let { strip } = this;
    if (!strip?.fits(segment)) {
      this.reset();
      strip = new StripLevels(segment);
      this.strip = strip;
    }
    strip.add(segment);
    const { start, dt } = strip;
    /** @param {number} column */
    const pixel = (column) => Math.floor(((start + column * dt) / this.scene.duration) * this.picture.width);
    this.pool(pixel(segment.first) - 1, pixel(segment.first + segment.columns) + 2);
  }

  /** Forget the levels: another recording or channel comes. */
  reset() {
    this.strip = null;
    this.pooled = null;
    context2d(this.picture).clearRect(0, 0, this.picture.width, this.picture.height);
  }

  /**
   * Take other colours.
   *
   * @param {Look} look
   * @param {Theme} theme
   */
  repaint(look, theme) {
    const restyled = theme !== this.theme;
    this.look = look;
    this.theme = theme;
    this.colour(0, this.picture.width);
    if (restyled) {
      this.drawChrome();
      this.drawOverlay();
    }
  }

  /**
   * Take a width in CSS pixels.
   *
   * @param {number} width
   * @param {number} ratio
   */
  resize(width, ratio) {
    if (width === this.width && ratio === this.ratio) return;
    this.width = width;
    this.ratio = ratio;
    fitCanvas(this.picture, width, PICTURE, ratio);
    for (const canvas of [this.chrome, this.overlay]) fitCanvas(canvas, width, LANE + PICTURE + AXIS, ratio);
    this.poolAll();
    this.drawChrome();
    this.drawOverlay();
  }

  // The levels

  poolAll() {
    this.pooled = null;
    this.pool(0, this.picture.width);
  }

  /**
   * Pool and paint the pixel columns [from, to), as far as they are there.
   *
   * @param {number} from
   * @param {number} to
   */
  pool(from, to) {
    const { width, height: rows } = this.picture;
    const { duration } = this.scene;
    if (!this.strip || !(duration > 0) || width === 0) return;
    let [first, end] = [Math.max(from, 0), Math.min(to, width)];
    if (!this.pooled) {
      const pixels = { pooled: new Uint8Array(rows * width), shown: new Uint8Array(width), width, rows, duration };
      this.pooled = { image: new ImageData(width, rows), pixels };
      [first, end] = [0, width];
    }
    poolStrip(this.strip, this.pooled.pixels, first, end);
    this.colour(first, end);
  }

  /**
   * Colour the pooled pixel columns [from, to); what is missing stays clear.
   *
   * @param {number} from
   * @param {number} to
   */
  colour(from, to) {
    if (!this.strip || !this.pooled || !this.look || from >= to) return;
    const table = colourTable(this.strip, this.look);
    const { image, pixels } = this.pooled;
    const { pooled, shown, width, rows } = pixels;
    const packed = new Uint32Array(image.data.buffer);
    for (let y = 0; y < rows; y++) {
      for (let k = y * width + from, x = from; x < to; x++, k++) packed[k] = shown[x] ? table[pooled[k]] : 0;
    }
    context2d(this.picture).putImageData(image, 0, 0, from, 0, to - from, rows);
  }

  // The marks, the axis, and the place that is shown

  /** @param {HTMLCanvasElement} canvas */
  begin(canvas) {
    const context = context2d(canvas);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.scale(this.ratio, this.ratio);
    return this.theme !== NO_THEME && this.width > 0 && this.scene.duration > 0 ? context : null;
  }

  drawChrome() {
    const context = this.begin(this.chrome);
    if (!context) return;
    this.drawCalls(context);
    this.drawAxis(context);
  }

  /**
   * Every call, in pixels of the screen: those that share one are one mark.
   *
   * @param {CanvasRenderingContext2D} context
   */
  drawCalls(context) {
    const { onsets, offsets, duration } = this.scene;
    const { ratio, chrome } = this;
    const taken = new Uint8Array(chrome.width);
    for (let k = 0; k < onsets.length; k++) {
      const from = Math.floor((onsets[k] / duration) * taken.length);
      const to = Math.ceil((offsets[k] / duration) * taken.length);
      taken.fill(1, Math.max(Math.min(from, taken.length - 1), 0), Math.max(to, from + 1));
    }
    context.fillStyle = this.theme.muted;
    for (let from = taken.indexOf(1); from >= 0; ) {
      const free = taken.indexOf(0, from);
      const to = free < 0 ? taken.length : free;
      context.fillRect(from / ratio, LANE - 6, (to - from) / ratio, 5);
      from = taken.indexOf(1, to);
    }
  }

  /** @param {CanvasRenderingContext2D} context */
  drawAxis(context) {
    const { width, theme, ratio } = this;
    const top = LANE + PICTURE;
    context.font = `10px ${theme.font}`;
    context.textBaseline = "top";
    context.textAlign = "center";
    let free = 0; // no label may touch the one before it
    for (const { share, text } of timeTicks(this.scene.duration, width)) {
      const x = Math.min(Math.floor(share * width * ratio) / ratio, width - 1);
      context.fillStyle = theme.muted;
      context.fillRect(x, top, 1 / ratio, 3);
      const half = context.measureText(text).width / 2;
      const middle = Math.min(Math.max(x, half), width - half);
      if (middle - half < free) continue;
      context.fillText(text, middle, top + 5);
      free = middle + half + 8;
    }
  }

  drawOverlay() {
    const context = this.begin(this.overlay);
    if (!context) return;
    const { viewport, index, onsets } = this.scene;
    if (viewport) this.drawViewport(context, viewport);
    if (index in onsets) this.drawCurrent(context, index);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Span} viewport
   */
  drawViewport(context, viewport) {
    const { duration } = this.scene;
    const [left, right] = [viewport.left, viewport.right].map((at) => (at / duration) * this.width);
    const span = Math.max(right - left, LEAST_FRAME);
    const middle = Math.min(Math.max((left + right) / 2, span / 2), this.width - span / 2);
    const [x, y, wide, high] = [middle - span / 2, LANE, span, PICTURE];
    // Light within dark, so that it shows on any colour map.
    context.fillStyle = "rgba(255, 255, 255, 0.16)";
    context.fillRect(x, y, wide, high);
    context.strokeStyle = "rgba(0, 0, 0, 0.6)";
    context.strokeRect(x - 0.5, y + 0.5, wide + 1, high - 1);
    context.strokeStyle = "rgba(255, 255, 255, 0.9)";
    context.strokeRect(x + 0.5, y + 1.5, Math.max(wide - 1, 1), high - 3);
  }

  /**
   * The current call: a mark as high as the lane, and a pointer that is found at a glance.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {number} index
   */
  drawCurrent(context, index) {
    const { onsets, offsets, duration } = this.scene;
    const [from, to] = [onsets[index], offsets[index]].map((at) => (at / duration) * this.width);
    const span = Math.max(to - from, 2);
    const x = Math.min(Math.max((from + to) / 2, span / 2), this.width - span / 2);
    const tip = Math.min(Math.max(x, 5), this.width - 5);
    context.fillStyle = this.theme.brand;
    context.fillRect(x - span / 2, LANE - 6, span, 6);
    context.beginPath();
    context.moveTo(tip - 5, 0);
    context.lineTo(tip + 5, 0);
    context.lineTo(x, LANE - 3);
    context.fill();
  }
}

/**
 * The ticks of the time axis in a unit that suits its length: at which share of it (0 to 1), with which text.
 *
 * @param {number} duration s
 * @param {number} width CSS pixels
 */
export function timeTicks(duration, width) {
  const { name, size } = unitOf(duration);
  const { values, decimals } = niceTicks(0, duration / size, width / 72);
  /** @param {number} value */
  const text = (value) => (value === 0 ? "0" : `${numberText(value, decimals)} ${name}`);
  return values.map((value) => ({ share: (value * size) / duration, text: text(value) }));
}

/** @param {number} duration s */
function unitOf(duration) {
  if (duration >= 10_800) return { name: "h", size: 3600 };
  if (duration >= 600) return { name: "min", size: 60 };
  return duration >= 1 ? { name: "s", size: 1 } : { name: "ms", size: 0.001 };
}
