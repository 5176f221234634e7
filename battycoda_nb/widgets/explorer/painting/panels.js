/**
 * Beside the picture: the waveform of what is on the screen, and the call's power spectrum. Pure drawing on a canvas's
 * context; a rectangle is { x, y, width, height } in CSS pixels.
 */

import { linearScale, niceTicks, numberText } from "../../../display/axes.js";
import { shownDb } from "../../../display/colours.js";
import { rowHertz } from "../../../display/power_spectrum.js";

const WAVE_FULL = 127; // what stands for meta.wave
const WAVE_ROOM = 1.08; // the amplitude axis goes a little beyond the peak
const PANEL_TICK = 5;

/** The least and the greatest of each device pixel [min, max, min, max …], of all columns that lie under it. */
export function waveEnvelope({ wave, meta }, { left, right }, pixels) {
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
 */
export function drawWaveform(context, rect, picture, viewport, { theme, onset, offset, ratio }) {
  const peak = picture.meta.wave > 0 ? picture.meta.wave : 0;
  const pixels = Math.round(rect.width * ratio);
  const envelope = peak ? waveEnvelope(picture, viewport, pixels) : new Int8Array(2 * pixels);
  const range = (peak || 1) * WAVE_ROOM;
  begunPanel(context, theme, ratio);
  fillEnvelope(context, rect, envelope, viewport, { theme, onset, offset, ratio, high: peak / WAVE_FULL / range });
  drawAmplitudes(context, rect, range, theme, ratio);
  const loudest = envelope.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (loudest) drawPeakLevel(context, rect, 20 * Math.log10((loudest / WAVE_FULL) * peak), theme);
  context.restore();
}

/** `high`: the part of the half height that one step of the envelope takes. On whole device pixels, so it is sharp. */
function fillEnvelope(context, rect, envelope, { left, right }, { theme, onset, offset, ratio, high }) {
  const pixels = envelope.length / 2;
  const [x, top, bottom] = [rect.x, rect.y, rect.y + rect.height].map((edge) => Math.round(edge * ratio));
  const middle = (top + bottom) / 2;
  const step = high * (bottom - middle);
  const pixelOf = linearScale(left, right, 0, pixels);
  const call = [onset, offset].map((edge) => Math.min(Math.max(Math.round(pixelOf(edge)), 0), pixels));
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = theme.line;
  context.fillRect(x, Math.floor(middle), pixels, 1);
  for (const [start, stop, colour] of [
    [0, call[0], theme.muted],
    [...call, theme.brand],
    [call[1], pixels, theme.muted],
  ]) {
    context.fillStyle = colour;
    for (let pixel = start; pixel < stop; pixel++) {
      const [least, most] = [envelope[2 * pixel], envelope[2 * pixel + 1]];
      if (least === 0 && most === 0) continue; // the centre line stands for it
      const y = Math.round(middle - most * step);
      context.fillRect(x + pixel, y, 1, Math.max(Math.round(middle - least * step) - y, 1));
    }
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

function drawAmplitudes(context, rect, range, theme, ratio) {
  const { x, y, width, height } = rect;
  const place = linearScale(-100 * range, 100 * range, y + height, y);
  const ticks = niceTicks(-100 * range, 100 * range, Math.max(height / 18, 2));
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.strokeStyle = theme.muted;
  for (const value of ticks.values) {
    panelLine(context, x - PANEL_TICK, place(value), x, place(value), ratio);
    panelText(context, numberText(value, ticks.decimals), x - PANEL_TICK - 4, place(value), theme.text);
  }
  context.strokeStyle = theme.line;
  context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
  context.save();
  context.translate(12, y + height / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = "center";
  const words = ["% of full scale", "% FS"].find((text) => context.measureText(text).width < height) ?? "%";
  panelText(context, words, 0, 0, theme.muted);
  context.restore();
}

function drawPeakLevel(context, { x, y, width, height }, db, theme) {
  context.textAlign = "left";
  context.textBaseline = "middle";
  panelText(context, "peak", x + width + 8, y + height / 2 - 7, theme.muted);
  panelText(context, `${numberText(db, 0)} dBFS`, x + width + 8, y + height / 2 + 7, theme.text);
}

/**
 * A power spectrum with the picture's frequency axis: `frequencyPlace` gives the y of a frequency in Hz. The level
 * grows to the right over what the look shows; the peak is marked, and named above.
 */
export function drawSpectrum(context, rect, spectrum, frequencyPlace, { theme, look, meta, ratio }) {
  const { x, y, width, height } = rect;
  const { bottom, top } = shownDb(look, meta);
  const level = linearScale(bottom, top, x, x + width);
  const within = (db) => Math.min(Math.max(level(db), x), x + width);
  begunPanel(context, theme, ratio);
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  drawSpectrumLine(context, x, spectrum.db, within, (row) => frequencyPlace(rowHertz(meta, row)), theme);
  const peak = { x: within(spectrum.peakDb), y: frequencyPlace(spectrum.peakHertz) };
  drawSpectrumPeak(context, rect, peak, theme, ratio);
  context.restore();
  drawLevelAxis(context, rect, { bottom, top, level, unit: meta.unit === "PCEN" ? "PCEN" : "dB" }, theme, ratio);
  if (peak.y >= y && peak.y <= y + height) namePeak(context, rect, spectrum.peakHertz, theme);
  context.strokeStyle = theme.line;
  context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
  context.restore();
}

function drawSpectrumLine(context, x, db, across, up, theme) {
  const line = new Path2D();
  for (let row = 0; row < db.length; row++) line.lineTo(across(db[row]), up(row));
  const area = new Path2D(line);
  area.lineTo(x, up(db.length - 1));
  area.lineTo(x, up(0));
  context.fillStyle = theme.brand;
  context.globalAlpha = 0.15;
  context.fill(area);
  context.globalAlpha = 1;
  context.strokeStyle = theme.brand;
  context.stroke(line);
}

function drawSpectrumPeak(context, { x, width }, peak, theme, ratio) {
  context.strokeStyle = theme.muted;
  context.setLineDash([2, 3]);
  panelLine(context, x, peak.y, x + width, peak.y, ratio);
  context.setLineDash([]);
  context.fillStyle = theme.brand;
  context.beginPath();
  context.arc(peak.x, peak.y, 3, 0, 2 * Math.PI);
  context.fill();
}

function drawLevelAxis(context, { x, y, width, height }, { bottom, top, level, unit }, theme, ratio) {
  const base = y + height;
  const ticks = niceTicks(bottom, top, width / 32);
  context.strokeStyle = theme.muted;
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const value of ticks.values) {
    const text = numberText(value, ticks.decimals);
    const half = context.measureText(text).width / 2;
    panelLine(context, level(value), base, level(value), base + PANEL_TICK, ratio);
    // A number that would reach far beyond the panel is left out: others' numbers may be there.
    const isWithin = level(value) - half >= x - 8 && level(value) + half <= x + width + 8;
    if (isWithin) panelText(context, text, level(value), base + PANEL_TICK + 4, theme.text);
  }
  panelText(context, unit, x + width / 2, base + 25, theme.muted);
}

/** Above the panel, where no line crosses it. */
function namePeak(context, { x, y }, hertz, theme) {
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  panelText(context, "peak", x, y - 13, theme.muted);
  const after = x + context.measureText("peak ").width;
  panelText(context, `${numberText(hertz / 1000, 1)} kHz`, after, y - 13, theme.text);
}

/** In CSS pixels until `restore`. */
function begunPanel(context, theme, ratio) {
  context.save();
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.font = `11px ${theme.font}`;
  context.lineWidth = 1;
}

/** Upright or level, on whole device pixels. */
function panelLine(context, x1, y1, x2, y2, ratio) {
  const snap = (value) => (Math.floor(value * ratio) + 0.5) / ratio;
  context.beginPath();
  context.moveTo(x1 === x2 ? snap(x1) : x1, x1 === x2 ? y1 : snap(y1));
  context.lineTo(x1 === x2 ? snap(x2) : x2, x1 === x2 ? y2 : snap(y2));
  context.stroke();
}

function panelText(context, words, x, y, colour) {
  context.fillStyle = colour;
  context.fillText(words, x, y);
}
