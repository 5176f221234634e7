/** Paints a filmstrip: its pictures, the intervals between them, their numbers and labels, and one axis for all. */

import { durationText, niceStep, niceTicks, numberText, pictureExtent, warpHertz } from "../../../display/axes.js";
import { fitCanvas } from "../../dom.js";
import { FilmCells } from "./filmstrip_cells.js";
import { FILM_MARGIN } from "./filmstrip_layout.js";

/** CSS pixels: the frequency axis at the left, the rows of the intervals, the numbers and the labels. */
export const FILM_AXIS = 44;
const FILM_INTERVALS = 20;
const FILM_NUMBERS = 18;
const FILM_LABELS = 15;
const FILM_BAR = 36;
const FILM_MAKE_MS = 5; // of a frame, for pictures that come into view

/** One canvas. It paints the visible part of what a filmstrip has, and keeps the cells that it has made. */
export class FilmPainter {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.cells = new FilmCells();
    Object.assign(this, { width: 0, height: 0, ratio: 1 });
  }

  /** Take a size in CSS pixels; true when something changed, and the canvas is then blank. */
  resize(width, height, ratio) {
    if (this.width === width && this.height === height && this.ratio === ratio) return false;
    Object.assign(this, { width, height, ratio });
    fitCanvas(this.canvas, width, height, ratio);
    return true;
  }

  /**
   * Paint a scene: state and layout, position (CSS pixels of the strip at the left edge), theme, picture(call),
   * failures, and the calls that are hovered and active (or -1). True when pictures are left for the next frame.
   */
  paint(scene) {
    Object.assign(this, scene);
    const { context, ratio, layout, position } = this;
    // In whole pixels of the screen, so that nothing is blurred on the way.
    this.start = FILM_AXIS - Math.round(position * ratio) / ratio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    if (layout.count === 0) return false;
    const [from, to] = layout.within(position, position + this.width - FILM_AXIS);
    const unfinished = this.drawCells(from, to);
    context.clearRect(0, 0, FILM_AXIS - 3, this.height); // levels are put where no clipping holds
    context.save();
    context.beginPath();
    context.rect(FILM_AXIS - 3, 0, this.width - FILM_AXIS + 3, this.height);
    context.clip();
    this.drawOutlines(from, to);
    this.drawIntervals(Math.max(from - 1, 0), to);
    for (let index = from; index < to; index++) this.drawWords(index);
    context.restore();
    this.drawFilmAxis();
    this.drawScaleBar();
    return unfinished;
  }

  /** The rows of the pictures. */
  get rows() {
    const below = FILM_NUMBERS + (this.state.labels ? FILM_LABELS : 0);
    return { top: FILM_INTERVALS, height: Math.max(Math.round(this.height - FILM_INTERVALS - below), 1) };
  }

  /** A call's cell on the canvas. */
  place(index) {
    const cell = this.layout.cell(index);
    const { top, height } = this.rows;
    return { ...cell, x: this.start + cell.x, y: top, height };
  }

  drawCells(from, to) {
    const start = performance.now();
    let [made, unfinished] = [0, false];
    for (let index = from; index < to; index++) {
      const { x, y, width, height, left, right } = this.place(index);
      const call = this.state.first + index;
      const picture = this.picture(call);
      this.context.fillStyle = this.theme.line;
      this.context.fillRect(x - 1, y - 1, width + 2, height + 2);
      this.context.fillStyle = this.theme.blank;
      this.context.fillRect(x, y, width, height);
      if (!picture) {
        if (this.failures.has(call)) this.drawFailure(x + width / 2, y + height / 2);
        continue;
      }
      const limits = this.limits(picture.meta);
      const size = [width, height].map((length) => Math.round(length * this.ratio));
      const make = made === 0 || performance.now() - start < FILM_MAKE_MS;
      const cell = this.cells.get(call, picture, { left, right, ...limits }, ...size, make);
      made += 1;
      unfinished ||= !cell || cell.stale;
      if (cell) this.context.putImageData(cell.image, Math.round(x * this.ratio), Math.round(y * this.ratio));
    }
    return unfinished;
  }

  /** The frequencies on show; what the axis says as well. */
  limits(meta) {
    const { bottom, top } = this.state.frequencies ?? pictureExtent(meta);
    this.shown = { bottom, top, scale: meta.scale };
    return { bottom, top };
  }

  drawFailure(x, y) {
    const { context, theme } = this;
    context.strokeStyle = theme.muted;
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

  /** From onset to onset, above the pictures. */
  drawIntervals(from, to) {
    const { context, layout, theme } = this;
    const onsetAt = (index) => this.place(index).x + FILM_MARGIN * layout.scale;
    context.font = `11px ${theme.font}`;
    context.textBaseline = "middle";
    const y = FILM_INTERVALS / 2 - 1;
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

  /** A text around its middle, if all of it is in view: half a number reads as another number. */
  write(text, middle, y, colour) {
    const half = this.context.measureText(text).width / 2;
    if (middle - half < FILM_AXIS - 3 || middle + half > this.width) return;
    this.context.textAlign = "center";
    this.context.fillStyle = colour;
    this.context.fillText(text, middle, y);
  }

  drawWords(index) {
    const { context, theme, state, layout } = this;
    const { x, width, y, height, cut } = this.place(index);
    const current = index === state.call - state.first;
    const label = state.labels?.[index];
    const number = String(state.first + index + 1);
    const [middle, top] = [x + width / 2, y + height + 5];
    context.textBaseline = "top";
    context.font = `${current ? "600 " : ""}11px ${theme.font}`;
    const part = cut ? ` (its first ${filmDuration(width / layout.scale - FILM_MARGIN)})` : "";
    this.write(number + part, middle, top, current ? theme.text : theme.muted);
    context.font = `11px ${theme.font}`;
    const room = layout.edges[index + 1] - layout.edges[index] - 6;
    if (label) this.write(filmText(context, label, room), middle, top + FILM_LABELS - 1, theme.text);
  }

  drawOutlines(from, to) {
    const marks = [
      [this.hovered, this.theme.muted, 1, []],
      [this.state.call - this.state.first, this.theme.brand, 2, []],
    ];
    if (this.active >= 0) marks.push([this.active, this.theme.text, 1, [3, 2]]);
    for (const [index, colour, thick, dashes] of marks) {
      if (index < from || index >= to) continue;
      const { x, y, width, height } = this.place(index);
      const out = thick / 2 + (dashes.length ? 2 : 0);
      this.context.strokeStyle = colour;
      this.context.lineWidth = thick;
      this.context.setLineDash(dashes);
      this.context.strokeRect(x - out, y - out, width + 2 * out, height + 2 * out);
      this.context.setLineDash([]);
    }
  }

  drawFilmAxis() {
    const { context, theme, shown } = this;
    const { top: y, height } = this.rows;
    context.font = `11px ${theme.font}`;
    if (!shown) return;
    const [low, high] = [shown.bottom, shown.top].map((hertz) => warpHertz(hertz, shown.scale));
    const ticks = niceTicks(Math.max(shown.bottom, 0) / 1000, shown.top / 1000, height / 34);
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const value of ticks.values) {
      const share = (warpHertz(value * 1000, shown.scale) - low) / (high - low);
      const at = y + height * (1 - share);
      context.fillStyle = theme.muted;
      context.fillRect(FILM_AXIS - 8, Math.round(at), 4, 1);
      context.fillStyle = theme.text;
      const middle = Math.min(Math.max(at, y + 5), y + height - 5); // no text beyond the pictures
      context.fillText(numberText(value, ticks.decimals), FILM_AXIS - 11, middle);
    }
    context.fillStyle = theme.muted;
    context.textBaseline = "top";
    context.fillText("kHz", FILM_AXIS - 11, y + height + 5);
  }

  /** How long a millisecond is, as there is no time axis. */
  drawScaleBar() {
    const { context, theme, layout } = this;
    const length = niceStep(0.4 * (FILM_BAR / layout.scale), 1); // round numbers are at most 2.5 times apart
    const [right, y] = [FILM_AXIS - 4, FILM_INTERVALS - 6];
    const left = right - length * layout.scale;
    context.fillStyle = theme.muted;
    context.fillRect(left, y, right - left, 1);
    for (const end of [left, right - 1]) context.fillRect(end, y - 2, 1, 5);
    context.textAlign = "right";
    context.textBaseline = "top";
    context.font = `10px ${theme.font}`;
    context.fillText(filmDuration(length), right, 0);
  }
}

function filmDuration(seconds) {
  return seconds < 1 ? `${Number((seconds * 1000).toPrecision(3))} ms` : `${Number(seconds.toPrecision(3))} s`;
}

/** A text that fits, with an ellipsis where it had to be cut. */
function filmText(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && context.measureText(`${text.slice(0, end)}…`).width > width) end -= 1;
  return `${text.slice(0, end)}…`;
}
