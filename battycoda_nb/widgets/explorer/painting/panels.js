/**
 * Beside the picture: the waveform of what is on the screen, and the call's power spectrum. Pure drawing on a canvas's
 * context, which is left as it was.
 *
 * @import { Rectangle } from "../../../display/axes.js"
 * @import { Look, Theme } from "../../../display/colours.js"
 * @import { Meta, Picture } from "../../../display/png.js"
 * @import { Span } from "../../../display/viewport.js"
 * @import { Peak } from "../messages/peaks.js"
 * @import { Pen } from "./pen.js"
 *
 * @typedef {Pick<Picture, "wave" | "meta">} Wave
 */

import { levelUnit, linearScale, niceTicks, numberText, peakText } from "../../../display/axes.js";
import { shownDb } from "../../../display/colours.js";
import { rowHertz, valueAt } from "../../../display/power_spectrum.js";
import { clipped, frame, line, text, textUpwards } from "./pen.js";

const FULL = 127; // what stands for meta.wave
const ROOM = 1.08; // the amplitude axis goes a little beyond the peak
const TICK = 5;

/**
 * The least and the greatest of each device pixel [min, max, min, max …], of all columns that lie under it.
 *
 * @param {Wave} picture
 * @param {Span} viewport
 * @param {number} pixels
 */
function waveEnvelope({ wave, meta }, { left, right }, pixels) {
  const { t0, dt, columns } = meta;
  const envelope = new Int8Array(2 * pixels);
  const column = linearScale(0, pixels, (left - t0) / dt + 0.5, (right - t0) / dt + 0.5);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const start = Math.floor(column(pixel) + 1e-6);
    const stop = Math.max(Math.ceil(column(pixel + 1) - 1e-6), start + 1);
    if (start < 0 || stop > columns) continue; // nothing is known there
    let [least, most] = [wave[2 * start], wave[2 * start + 1]];
    for (let k = start + 1; k < stop; k++) {
      if (wave[2 * k] < least) least = wave[2 * k];
      if (wave[2 * k + 1] > most) most = wave[2 * k + 1];
    }
    envelope[2 * pixel] = least;
    envelope[2 * pixel + 1] = most;
  }
  return envelope;
}

/**
 * The waveform over the viewport's seconds, from least to greatest in every pixel; the call, from `onset` to `offset`
 * (s), in the theme's own colour. At the left per cent of full scale, at the right the peak in dB re full scale.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Rectangle} rect
 * @param {Wave} picture
 * @param {Span} viewport
 * @param {{ theme: Theme, onset: number, offset: number, ratio: number }} options
 */
export function drawWaveform(context, rect, picture, viewport, { theme, onset, offset, ratio }) {
  const peak = Math.max(picture.meta.wave, 0);
  const pixels = Math.round(rect.width * ratio);
  const envelope = peak ? waveEnvelope(picture, viewport, pixels) : new Int8Array(2 * pixels);
  const range = (peak || 1) * ROOM;
  const pen = begin(context, theme, ratio);
  fillEnvelope(pen, rect, envelope, viewport, { theme, onset, offset, high: peak / FULL / range });
  drawAmplitudes(pen, rect, range, theme);
  const loudest = envelope.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (loudest) drawPeakLevel(pen, rect, 20 * Math.log10((loudest / FULL) * peak), theme);
  context.restore();
}

/**
 * On whole device pixels, so it is sharp. `high` is the part of the half height that one step of the envelope takes.
 *
 * @param {Pen} pen
 * @param {Rectangle} rect
 * @param {Int8Array} envelope
 * @param {Span} viewport
 * @param {{ theme: Theme, onset: number, offset: number, high: number }} options
 */
function fillEnvelope({ context, ratio }, rect, envelope, { left, right }, { theme, onset, offset, high }) {
  const pixels = envelope.length / 2;
  const [x, top, bottom] = [rect.x, rect.y, rect.y + rect.height].map((edge) => Math.round(edge * ratio));
  const middle = (top + bottom) / 2;
  const step = high * (bottom - middle);
  const pixelOf = linearScale(left, right, 0, pixels);
  const [from, to] = [onset, offset].map((edge) => Math.min(Math.max(Math.round(pixelOf(edge)), 0), pixels));
  /**
   * @param {number} start
   * @param {number} stop
   * @param {string} colour
   */
  const fill = (start, stop, colour) => {
    context.fillStyle = colour;
    for (let pixel = start; pixel < stop; pixel++) {
      const [least, most] = [envelope[2 * pixel], envelope[2 * pixel + 1]];
      if (least === 0 && most === 0) continue; // the centre line stands for it
      const y = Math.round(middle - most * step);
      context.fillRect(x + pixel, y, 1, Math.max(Math.round(middle - least * step) - y, 1));
    }
  };
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = theme.line;
  context.fillRect(x, Math.floor(middle), pixels, 1);
  fill(0, from, theme.muted);
  fill(from, to, theme.brand);
  fill(to, pixels, theme.muted);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

/**
 * @param {Pen} pen
 * @param {Rectangle} rect
 * @param {number} range the amplitude at the panel's edge, re full scale
 * @param {Theme} theme
 */
function drawAmplitudes(pen, rect, range, theme) {
  const { context } = pen;
  const { x, y, height } = rect;
  const place = linearScale(-100 * range, 100 * range, y + height, y);
  const ticks = niceTicks(-100 * range, 100 * range, Math.max(height / 18, 2));
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.strokeStyle = theme.muted;
  for (const value of ticks.values) {
    line(pen, x - TICK, place(value), x, place(value));
    text(pen, numberText(value, ticks.decimals), x - TICK - 4, place(value), theme.text);
  }
  frame(pen, rect, theme.line);
  const words = ["% of full scale", "% FS"].find((one) => context.measureText(one).width < height) ?? "%";
  textUpwards(pen, words, 12, y + height / 2, theme.muted);
}

/**
 * @param {Pen} pen
 * @param {Rectangle} rect
 * @param {number} db
 * @param {Theme} theme
 */
function drawPeakLevel(pen, { x, y, width, height }, db, theme) {
  pen.context.textAlign = "left";
  pen.context.textBaseline = "middle";
  text(pen, "peak", x + width + 8, y + height / 2 - 7, theme.muted);
  text(pen, `${numberText(db, 0)} dBFS`, x + width + 8, y + height / 2 + 7, theme.text);
}

/**
 * A power spectrum with the picture's frequency axis: `frequencyPlace` gives the y of a frequency in Hz. The level
 * grows to the right over what the look shows; the call's peak frequency is marked, and named above.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Rectangle} rect
 * @param {Float32Array} spectrum
 * @param {(hertz: number) => number} frequencyPlace
 * @param {{ theme: Theme, look: Look, meta: Meta, peak: Peak | null, ratio: number }} options
 */
export function drawSpectrum(context, rect, spectrum, frequencyPlace, { theme, look, meta, peak, ratio }) {
  const { x, y, width, height } = rect;
  const { bottom, top } = shownDb(look, meta);
  const level = linearScale(bottom, top, x, x + width);
  /** @param {number} db */
  const within = (db) => Math.min(Math.max(level(db), x), x + width);
  const pen = begin(context, theme, ratio);
  const at = peak && { x: within(valueAt(spectrum, meta, peak.hertz)), y: frequencyPlace(peak.hertz) };
  clipped(pen, rect, () => {
    drawSpectrumLine(pen, x, spectrum, within, (row) => frequencyPlace(rowHertz(meta, row)), theme);
    if (at) drawPeak(pen, rect, at, theme);
  });
  drawLevelAxis(pen, rect, { bottom, top, level, unit: levelUnit(meta.unit) }, theme);
  if (peak && at && at.y >= y && at.y <= y + height) namePeak(pen, rect, peak, theme);
  frame(pen, rect, theme.line);
  context.restore();
}

/**
 * @param {Pen} pen
 * @param {number} x
 * @param {Float32Array} db
 * @param {(db: number) => number} across
 * @param {(row: number) => number} up
 * @param {Theme} theme
 */
function drawSpectrumLine({ context }, x, db, across, up, theme) {
  const path = new Path2D();
  for (let row = 0; row < db.length; row++) path.lineTo(across(db[row]), up(row));
  const area = new Path2D(path);
  area.lineTo(x, up(db.length - 1));
  area.lineTo(x, up(0));
  context.fillStyle = theme.brand;
  context.globalAlpha = 0.15;
  context.fill(area);
  context.globalAlpha = 1;
  context.strokeStyle = theme.brand;
  context.stroke(path);
}

/**
 * @param {Pen} pen
 * @param {Rectangle} rect
 * @param {{ x: number, y: number }} peak
 * @param {Theme} theme
 */
function drawPeak(pen, { x, width }, peak, theme) {
  const { context } = pen;
  context.strokeStyle = theme.muted;
  context.setLineDash([2, 3]);
  line(pen, x, peak.y, x + width, peak.y);
  context.setLineDash([]);
  context.fillStyle = theme.brand;
  context.beginPath();
  context.arc(peak.x, peak.y, 3, 0, 2 * Math.PI);
  context.fill();
}

/**
 * @param {Pen} pen
 * @param {Rectangle} rect
 * @param {{ bottom: number, top: number, level: (db: number) => number, unit: string }} axis
 * @param {Theme} theme
 */
function drawLevelAxis(pen, { x, y, width, height }, { bottom, top, level, unit }, theme) {
  const { context } = pen;
  const base = y + height;
  const ticks = niceTicks(bottom, top, width / 32);
  context.strokeStyle = theme.muted;
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const value of ticks.values) {
    const words = numberText(value, ticks.decimals);
    const half = context.measureText(words).width / 2;
    line(pen, level(value), base, level(value), base + TICK);
    // A number that would reach far beyond the panel is left out: others' numbers may be there.
    const isWithin = level(value) - half >= x - 8 && level(value) + half <= x + width + 8;
    if (isWithin) text(pen, words, level(value), base + TICK + 4, theme.text);
  }
  text(pen, unit, x + width / 2, base + 25, theme.muted);
}

/**
 * Name the peak above the panel, where no line crosses it.
 *
 * @param {Pen} pen
 * @param {Rectangle} rect
 * @param {Peak} peak
 * @param {Theme} theme
 */
function namePeak(pen, { x, y }, peak, theme) {
  pen.context.textAlign = "left";
  pen.context.textBaseline = "alphabetic";
  text(pen, "peak", x, y - 13, theme.muted);
  const after = x + pen.context.measureText("peak ").width;
  text(pen, peakText(peak), after, y - 13, theme.text);
}

/**
 * In CSS pixels until the context is restored.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {number} ratio
 * @returns {Pen}
 */
function begin(context, theme, ratio) {
  context.save();
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.font = `11px ${theme.font}`;
  context.lineWidth = 1;
  return { context, ratio };
}
