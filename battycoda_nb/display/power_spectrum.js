/**
 * The power spectrum of a part of a picture, from the levels that are on the screen; power_spectrum.py makes the same
 * of the same levels. Pure.
 *
 * @import { Meta, Picture } from "./png.js"
 */

import { unwarpHertz, warpHertz } from "./axes.js";

/**
 * The frequency of a row in Hz, counted from the lowest; the rows of a mel picture are equally spaced in mel (HTK).
 *
 * @param {Pick<Meta, "f0" | "df" | "scale">} meta
 * @param {number} row
 */
export function rowHertz({ f0, df, scale }, row) {
  return unwarpHertz(f0 + row * df, scale);
}

/**
 * The first and the last column whose centre lies between two times (s); the nearest where none does.
 *
 * @param {Pick<Meta, "t0" | "dt" | "columns">} meta
 * @param {number} from
 * @param {number} to
 */
function columnsBetween({ t0, dt, columns }, from, to) {
  /** @param {number} column */
  const within = (column) => Math.min(Math.max(column, 0), columns - 1);
  const [first, last] = [Math.ceil((from - t0) / dt - 1e-6), Math.floor((to - t0) / dt + 1e-6)];
  if (first <= last && last >= 0 && first < columns) return [within(first), within(last)];
  const nearest = within(Math.round(((from + to) / 2 - t0) / dt));
  return [nearest, nearest];
}

/**
 * The value of a spectrum at a frequency in Hz, between its rows.
 *
 * @param {Float32Array} spectrum
 * @param {Pick<Meta, "f0" | "df" | "scale">} meta
 * @param {number} hertz
 */
export function valueAt(spectrum, { f0, df, scale }, hertz) {
  const row = Math.min(Math.max((warpHertz(hertz, scale) - f0) / df, 0), spectrum.length - 1);
  const below = Math.floor(row);
  const above = Math.min(below + 1, spectrum.length - 1);
  return spectrum[below] + (row - below) * (spectrum[above] - spectrum[below]);
}

/**
 * The mean power over the columns between two times (s) in the picture's unit, the lowest frequency first. The lowest
 * level counts as its value. PCEN is no power: there it is the mean of the values.
 *
 * @param {Pick<Picture, "levels" | "meta">} picture
 * @param {{ from: number, to: number }} times
 */
export function powerSpectrum({ levels, meta }, { from, to }) {
  const { bins, columns, low, step } = meta;
  const plain = meta.unit === "PCEN";
  const powers = new Float64Array(256).map((_, level) => (plain ? step * level : 10 ** ((step * level) / 10)));
  const [first, last] = columnsBetween(meta, from, to);
  const spectrum = new Float32Array(bins);
  for (let row = 0; row < bins; row++) {
    const start = (bins - 1 - row) * columns; // the highest frequency lies first
    let sum = 0;
    for (let k = start + first; k <= start + last; k++) sum += powers[levels[k]];
    const mean = sum / (last - first + 1);
    spectrum[row] = low + (plain ? mean : 10 * Math.log10(mean));
  }
  return spectrum;
}
