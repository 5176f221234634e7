/**
 * Paints a filmstrip: its pictures, the intervals between them, their numbers and labels.
 *
 * @import { Theme } from "../../../display/colours.js"
 * @import { Meta, Picture } from "../../../display/png.js"
 * @import { Band } from "../../../display/viewport.js"
 * @import { ShownBand } from "./filmstrip_axis.js"
 *
 * @typedef {object} FilmCalls the calls of one file
 * @property {number} first number of the file's first call
 * @property {number} call the current one, or -1
 * @property {ArrayLike<string>} [labels]
 * @property {Band | null} frequencies null for all that the pictures hold
 *
 * @typedef {object} FilmScene
 * @property {FilmLayout} layout
 * @property {FilmCalls} state
 * @property {number} position CSS pixels of the strip at the left edge
 * @property {Theme} theme
 * @property {(call: number) => Picture | undefined} picture
 * @property {ReadonlyMap<number, string>} failures by call
 * @property {number} hovered index in the layout, or -1
 * @property {number} active index in the layout, or -1
 */

import { durationText, pictureExtent } from "../../../display/axes.js";
import { NO_THEME } from "../../../display/colours.js";
import { context2d, fitCanvas } from "../../dom.js";
import { AXIS_WIDTH, drawAxis, drawScaleBar, shortDuration } from "./filmstrip_axis.js";
import { FilmCells } from "./filmstrip_cells.js";
import { CALL_MARGIN, FilmLayout } from "./filmstrip_layout.js";

/** CSS pixels: the rows of the intervals, the numbers and the labels. */
const INTERVALS_HEIGHT = 20;
const NUMBERS_HEIGHT = 18;
const LABELS_HEIGHT = 15;
const MAKE_MS = 5; // of a frame, for pictures that come into view

/** @type {FilmScene} */
const NO_SCENE = {
  layout: new FilmLayout(new Float64Array(0), new Float64Array(0)),
  state: { first: 0, call: -1, frequencies: null },
  position: 0,
  theme: NO_THEME,
  picture: () => undefined,
  failures: new Map(),
  hovered: -1,
  active: -1,
};

/** One canvas. It paints the visible part of what a filmstrip has, and keeps the cells that it has made. */
export class FilmPainter {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = context2d(canvas);
    this.cells = new FilmCells();
    this.width = 0;
    this.height = 0;
    this.ratio = 1;
    this.scene = NO_SCENE;
    this.start = 0; // CSS pixels of the canvas, where the strip begins
    /** @type {ShownBand | null} */
    this.shown = null; // the frequencies of the last picture that was drawn, for the axis
  }

  /**
   * Take a size in CSS pixels; true when something changed, and the canvas is then blank.
   *
   * @param {number} width
   * @param {number} height
   * @param {number} ratio
   */
  resize(width, height, ratio) {
    if (this.width === width && this.height === height && this.ratio === ratio) return false;
    this.width = width;
    this.height = height;
    this.ratio = ratio;
    fitCanvas(this.canvas, width, height, ratio);
    return true;
  }

  /**
   * Paint a scene; true when pictures are left for the next frame.
   *
   * @param {FilmScene} scene
   */
  paint(scene) {
    this.scene = scene;
    const { context, ratio } = this;
    const { layout, position } = scene;
    // In whole pixels of the screen, so that nothing is blurred on the way.
    this.start = AXIS_WIDTH - Math.round(position * ratio) / ratio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    if (layout.count === 0) return false;
    const [from, to] = layout.within(position, position + this.width - AXIS_WIDTH);
    const unfinished = this.drawCells(from, to);
    context.clearRect(0, 0, AXIS_WIDTH - 3, this.height); // levels are put where no clipping holds
    context.save();
    context.beginPath();
    context.rect(AXIS_WIDTH - 3, 0, this.width - AXIS_WIDTH + 3, this.height);
    context.clip();
    this.drawOutlines(from, to);
    this.drawIntervals(Math.max(from - 1, 0), to);
    for (let index = from; index < to; index++) this.drawWords(index);
    context.restore();
    if (this.shown) drawAxis(context, scene.theme, this.rows, this.shown);
    drawScaleBar(context, scene.theme, layout.scale, INTERVALS_HEIGHT - 6);
    return unfinished;
  }

  /** The rows of the pictures. */
  get rows() {
    const below = NUMBERS_HEIGHT + (this.scene.state.labels ? LABELS_HEIGHT : 0);
    return { top: INTERVALS_HEIGHT, height: Math.max(Math.round(this.height - INTERVALS_HEIGHT - below), 1) };
  }

  /**
   * A call's cell on the canvas.
   *
   * @param {number} index
   */
  place(index) {
    const cell = this.scene.layout.cell(index);
    const { top, height } = this.rows;
    return { ...cell, x: this.start + cell.x, y: top, height };
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  drawCells(from, to) {
    const { context, ratio, scene } = this;
    const start = performance.now();
    let [made, unfinished] = [0, false];
    for (let index = from; index < to; index++) {
      const { x, y, width, height, left, right } = this.place(index);
      const call = scene.state.first + index;
      const picture = scene.picture(call);
      context.fillStyle = scene.theme.line;
      context.fillRect(x - 1, y - 1, width + 2, height + 2);
      context.fillStyle = scene.theme.blank;
      context.fillRect(x, y, width, height);
      if (!picture) {
        if (scene.failures.has(call)) this.drawFailure(x + width / 2, y + height / 2);
        continue;
      }
      const frame = { left, right, ...this.limits(picture.meta) };
      const make = made === 0 || performance.now() - start < MAKE_MS;
      const cell = this.cells.get(call, picture, frame, Math.round(width * ratio), Math.round(height * ratio), make);
      made += 1;
      unfinished ||= !cell || cell.stale;
      if (cell) context.putImageData(cell.image, Math.round(x * ratio), Math.round(y * ratio));
    }
    return unfinished;
  }

  /**
   * The frequencies on show, which the axis shows as well.
   *
   * @param {Meta} meta
   */
  limits(meta) {
    const { bottom, top } = this.scene.state.frequencies ?? pictureExtent(meta);
    this.shown = { bottom, top, scale: meta.scale };
    return { bottom, top };
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  drawFailure(x, y) {
    const { context } = this;
    context.strokeStyle = this.scene.theme.muted;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x, y - 11);
    context.lineTo(x + 11, y + 8);
    context.lineTo(x - 11, y + 8);
    context.closePath();
    context.moveTo(x, y - 4);
    context.lineTo(x, y + 2);
    context.moveTo(x, y + 4.5);
    context.lineTo(x, y + 5.5);
    context.stroke();
  }

  /**
   * From onset to onset, above the pictures.
   *
   * @param {number} from
   * @param {number} to
   */
  drawIntervals(from, to) {
    const { context } = this;
    const { layout, theme } = this.scene;
    /** @param {number} index */
    const onsetAt = (index) => this.place(index).x + CALL_MARGIN * layout.scale;
    context.font = `11px ${theme.font}`;
    context.textBaseline = "middle";
    const y = INTERVALS_HEIGHT / 2 - 1;
    for (let index = from; index < Math.min(to, layout.count - 1); index++) {
      const [left, right] = [onsetAt(index), onsetAt(index + 1)];
      const text = durationText(layout.interval(index));
      const half = context.measureText(text).width / 2 + 5;
      context.fillStyle = theme.line;
      for (const onset of [left, right]) context.fillRect(Math.round(onset), y - 3, 1, 7);
      for (const [start, end] of [
        [left + 1, (left + right) / 2 - half],
        [(left + right) / 2 + half, right],
      ]) {
        if (end > start) context.fillRect(start, y, end - start, 1);
      }
      this.write(text, (left + right) / 2, y + 1, theme.text);
    }
  }

  /**
   * A text around its middle, if all of it is in view: half a number reads as another number.
   *
   * @param {string} text
   * @param {number} middle
   * @param {number} y
   * @param {string} colour
   */
  write(text, middle, y, colour) {
    const half = this.context.measureText(text).width / 2;
    if (middle - half < AXIS_WIDTH - 3 || middle + half > this.width) return;
    this.context.textAlign = "center";
    this.context.fillStyle = colour;
    this.context.fillText(text, middle, y);
  }

  /**
   * A call's number and its label, below its picture.
   *
   * @param {number} index
   */
  drawWords(index) {
    const { context } = this;
    const { theme, state, layout } = this.scene;
    const { x, width, y, height, cut } = this.place(index);
    const current = index === state.call - state.first;
    const label = state.labels?.[index];
    const number = String(state.first + index + 1);
    const [middle, top] = [x + width / 2, y + height + 5];
    context.textBaseline = "top";
    context.font = `${current ? "600 " : ""}11px ${theme.font}`;
    const part = cut ? ` (its first ${shortDuration(width / layout.scale - CALL_MARGIN)})` : "";
    this.write(number + part, middle, top, current ? theme.text : theme.muted);
    context.font = `11px ${theme.font}`;
    const room = layout.edges[index + 1] - layout.edges[index] - 6;
    if (label) this.write(fittingText(context, label, room), middle, top + LABELS_HEIGHT - 1, theme.text);
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  drawOutlines(from, to) {
    const { hovered, active, state, theme } = this.scene;
    this.drawOutline(hovered, from, to, theme.muted, 1, []);
    this.drawOutline(state.call - state.first, from, to, theme.brand, 2, []);
    this.drawOutline(active, from, to, theme.text, 1, [3, 2]);
  }

  /**
   * The outline of a call's picture, if the call is one of those in view.
   *
   * @param {number} index
   * @param {number} from
   * @param {number} to
   * @param {string} colour
   * @param {number} thick
   * @param {number[]} dashes
   */
  drawOutline(index, from, to, colour, thick, dashes) {
    if (index < from || index >= to) return;
    const { context } = this;
    const { x, y, width, height } = this.place(index);
    const out = thick / 2 + (dashes.length ? 2 : 0);
    context.strokeStyle = colour;
    context.lineWidth = thick;
    context.setLineDash(dashes);
    context.strokeRect(x - out, y - out, width + 2 * out, height + 2 * out);
    context.setLineDash([]);
  }
}

/**
 * A text that fits, with an ellipsis where it had to be cut.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} width
 */
function fittingText(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && context.measureText(`${text.slice(0, end)}…`).width > width) end -= 1;
  return `${text.slice(0, end)}…`;
}
