/**
 * Geometry of the stage: the rectangles on it, the extent of a picture, ticks, and numbers as text. Pure.
 *
 * @import { Meta, Picture, Scale, Unit } from "./png.js"
 * @import { Band, Span, Viewport } from "./viewport.js"
 *
 * @typedef {{ x: number, y: number, width: number, height: number }} Rectangle CSS pixels
 * @typedef {{ waveform?: boolean, spectrum?: boolean }} Panels the panels that are open
 *
 * @typedef {object} StageLayout
 * @property {Rectangle} plot
 * @property {Rectangle | null} waveform
 * @property {Rectangle | null} spectrum
 * @property {number} bar the colour bar's left edge
 * @property {number} base the y of the time axis
 *
 * @typedef {object} Projection from seconds and hertz to the pixels of a plot, and back
 * @property {(seconds: number) => number} x
 * @property {(hertz: number) => number} y
 * @property {(x: number) => number} seconds
 * @property {(y: number) => number} hertz
 *
 * @typedef {{ values: number[], minor: number[], decimals: number }} Ticks
 *
 * @typedef {{ value: number, atFloor: boolean }} Reading a level in the picture's unit; at the floor it is that or less
 */

/** Room around the plot in CSS pixels: ticks and titles, the strip of call marks above, the colour bar at the right. */
const PLOT_MARGINS = { left: 54, top: 26, right: 66, bottom: 40 };
const WAVEFORM = { height: 56, gap: 6 };
const SPECTRUM = { width: 104, gap: 8 };
const MEL_TICKS = [0, 0.5, 1, 2, 5, 10, 20, 30, 40, 50, 60, 80, 100, 150, 200, 250]; // kHz
const MEL_GAP = 18; // CSS pixels
const LONG_WINDOW = 1.05; // s; above it, the time axis counts in seconds

/**
 * The rectangles of a canvas of that size, in whole CSS pixels: the plot, and the panels beside it or null.
 *
 * @param {number} width
 * @param {number} height
 * @param {Panels} [panels]
 * @returns {StageLayout}
 */
export function stageLayout(width, height, { waveform = false, spectrum = false } = {}) {
  const { left, top, right, bottom } = PLOT_MARGINS;
  const below = waveform ? WAVEFORM.height + WAVEFORM.gap : 0;
  const beside = spectrum ? SPECTRUM.width + SPECTRUM.gap : 0;
  const plot = {
    x: left,
    y: top,
    width: Math.max(Math.floor(width) - left - right - beside, 1),
    height: Math.max(Math.floor(height) - top - bottom - below, 1),
  };
  const [edge, base] = [plot.x + plot.width, plot.y + plot.height];
  return {
    plot,
    waveform: waveform ? { x: plot.x, y: base + WAVEFORM.gap, width: plot.width, height: WAVEFORM.height } : null,
    spectrum: spectrum ? { x: edge + SPECTRUM.gap, y: plot.y, width: SPECTRUM.width, height: plot.height } : null,
    bar: edge + beside + 14,
    base: base + below,
  };
}

/**
 * Hz to its place on an axis: mel as HTK has it, or hertz as they are.
 *
 * @param {number} hertz
 * @param {Scale} scale
 */
export function warpHertz(hertz, scale) {
  return scale === "mel" ? 2595 * Math.log10(1 + Math.max(hertz, -690) / 700) : hertz;
}

/**
 * A place on an axis to its Hz.
 *
 * @param {number} value
 * @param {Scale} scale
 */
export function unwarpHertz(value, scale) {
  return scale === "mel" ? 700 * (10 ** (value / 2595) - 1) : value;
}

/**
 * The edges of a picture in s and Hz: t0 and f0 are centres, so the edges lie half a column and half a bin out, but not
 * beyond the end of the samples.
 *
 * @param {Pick<Meta, "t0" | "dt" | "end" | "f0" | "df" | "bins" | "columns" | "scale">} meta
 * @returns {Viewport}
 */
export function pictureExtent({ t0, dt, end, f0, df, bins, columns, scale }) {
  return {
    left: t0 - dt / 2,
    right: Math.min(t0 + (columns - 0.5) * dt, end),
    bottom: unwarpHertz(f0 - df / 2, scale),
    top: unwarpHertz(f0 + (bins - 0.5) * df, scale),
  };
}

/**
 * A linear map from values to pixels.
 *
 * @param {number} from
 * @param {number} to
 * @param {number} start
 * @param {number} end
 * @returns {(value: number) => number}
 */
export function linearScale(from, to, start, end) {
  return (value) => start + ((value - from) / (to - from)) * (end - start);
}

/**
 * From seconds and hertz to the pixels of a plot that shows a viewport, and back.
 *
 * @param {Rectangle} plot
 * @param {Viewport} viewport
 * @param {Scale} scale
 * @returns {Projection}
 */
export function projection(plot, { left, right, bottom, top }, scale) {
  const [low, high] = [warpHertz(bottom, scale), warpHertz(top, scale)];
  const up = linearScale(low, high, plot.y + plot.height, plot.y);
  const down = linearScale(plot.y + plot.height, plot.y, low, high);
  return {
    x: linearScale(left, right, plot.x, plot.x + plot.width),
    y: (hertz) => up(warpHertz(hertz, scale)),
    seconds: linearScale(plot.x, plot.x + plot.width, left, right),
    hertz: (y) => unwarpHertz(down(y), scale),
  };
}

/**
 * A round step (1, 2 or 5 times a power of ten) that gives at most `most` steps over the span.
 *
 * @param {number} span
 * @param {number} most
 */
export function niceStep(span, most) {
  const rough = span / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].find((f) => f * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/**
 * Ticks within [low, high]: their values, the small ones between them, and the decimals that they need.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} most
 * @returns {Ticks}
 */
export function niceTicks(low, high, most) {
  const step = niceStep(high - low, most);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const leading = Math.round(step / 10 ** Math.floor(Math.log10(step) + 1e-9));
  const parts = leading === 2 ? 4 : 5;
  return { values: multiples(step, low, high), minor: multiples(step / parts, low, high), decimals };
}

/**
 * @param {number} step
 * @param {number} low
 * @param {number} high
 */
function multiples(step, low, high) {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, k) => (first + k) * step);
}

/**
 * Ticks of the frequency axis in kHz; on a mel axis 1, 2, 5, 10 …, as many as have room.
 *
 * @param {Band} band
 * @param {(hertz: number) => number} place
 * @param {number} height
 * @param {Scale} scale
 * @returns {Ticks}
 */
export function frequencyTicks({ bottom, top }, place, height, scale) {
  const [low, high] = [Math.max(bottom, 0) / 1000, top / 1000];
  const ticks = niceTicks(low, high, height / 44);
  if (scale !== "mel") return ticks;
  let last = Infinity;
  const values = MEL_TICKS.filter((value) => {
    const fits = value >= low && value <= high && last - place(value * 1000) >= MEL_GAP;
    if (fits) last = place(value * 1000);
    return fits;
  });
  return { values, minor: [], decimals: values.some((value) => value < 1) ? 1 : 0 };
}

/**
 * The time axis of a viewport: 0 at the call's onset, in ms, or in s for a long window.
 *
 * @param {Span} span
 * @param {number} onset s
 */
export function timeAxis({ left, right }, onset) {
  const long = right - left > LONG_WINDOW;
  const factor = long ? 1 : 1000;
  return {
    unit: long ? "s" : "ms",
    from: (left - onset) * factor,
    to: (right - onset) * factor,
    decimals: long ? 4 : 2,
    /** @param {number} seconds */
    of: (seconds) => (seconds - onset) * factor,
  };
}

/**
 * A number with a true minus sign and no "-0".
 *
 * @param {number} value
 * @param {number} decimals
 */
export function numberText(value, decimals) {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? `\u2212${text}` : text;
}

/**
 * A duration in the unit a researcher would write it in.
 *
 * @param {number} seconds
 */
export function durationText(seconds) {
  if (seconds >= 1) return `${numberText(seconds, 2)} s`;
  return `${numberText(seconds * 1000, seconds < 0.1 ? 2 : 1)} ms`;
}

/**
 * The time of day at some seconds from when a recording began, by the clock that it was recorded by.
 *
 * @param {string} recorded ISO 8601 with ms, such as "2024-06-01T22:15:03.250+02:00"; its offset may be missing
 * @param {number} seconds
 * @returns {{ date: string, time: string, offset: string } | null} null where `recorded` is no time
 */
export function clockText(recorded, seconds) {
  const [local, offset] = [recorded.slice(0, 23), recorded.slice(23)];
  // As if it were UTC: so no time zone of the browser's, nor its summer time, has a part in it.
  const moment = new Date(Date.parse(`${local}Z`) + 1000 * seconds);
  if (Number.isNaN(moment.getTime())) return null;
  const [date, time] = moment.toISOString().split("T");
  return { date, time: time.slice(0, 8), offset: offset === "+00:00" ? "UTC" : offset };
}

/**
 * The unit of a level as people read it: wherever one stands, it counts from full scale.
 *
 * @param {Unit} unit the picture's
 */
export function levelUnit(unit) {
  return unit === "dB" ? "dBFS" : unit;
}

/**
 * A peak frequency as people read it; PeakFrequency in peak_frequency.py writes the same.
 *
 * @param {{ hertz: number, atEdge: boolean }} peak
 */
export function peakText({ hertz, atEdge }) {
  return `${numberText(hertz / 1000, 1)} kHz${atEdge ? " (band edge)" : ""}`;
}

/**
 * The level of a picture at a time and a frequency, in the picture's unit; null outside of it.
 *
 * @param {Pick<Picture, "meta" | "levels">} picture
 * @param {number} seconds
 * @param {number} hertz
 * @returns {Reading | null}
 */
export function readLevel({ meta, levels }, seconds, hertz) {
  const column = Math.floor((seconds - meta.t0) / meta.dt + 0.5);
  const bin = Math.floor((warpHertz(hertz, meta.scale) - meta.f0) / meta.df + 0.5);
  if (!(column >= 0 && column < meta.columns && bin >= 0 && bin < meta.bins)) return null;
  const level = levels[(meta.bins - 1 - bin) * meta.columns + column];
  return { value: meta.low + meta.step * level, atFloor: level === 0 };
}
