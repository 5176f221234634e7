/** Where things lie: the plot's rectangle, the extent of a picture, ticks, and numbers as text. Pure. */

/** Room around the plot in CSS pixels: ticks and titles, the strip of call marks above, the colour bar at the right. */
const PLOT_MARGINS = { left: 54, top: 26, right: 66, bottom: 40 };
const LONG_WINDOW = 1.05; // s; above it, the time axis counts in seconds

/** The plot's rectangle on a canvas of that size, in whole CSS pixels. */
export function plotRectangle(width, height) {
  const { left, top, right, bottom } = PLOT_MARGINS;
  return {
    x: left,
    y: top,
    width: Math.max(Math.floor(width) - left - right, 1),
    height: Math.max(Math.floor(height) - top - bottom, 1),
  };
}

/** The edges of a picture in s and Hz: t0 and f0 are centres, so the edges lie half a column and half a bin out. */
export function pictureExtent({ t0, dt, f0, df, bins, columns }) {
  return {
    left: t0 - dt / 2,
    right: t0 + (columns - 0.5) * dt,
    bottom: f0 - df / 2,
    top: f0 + (bins - 0.5) * df,
  };
}

/** A linear map from values to pixels. */
export function linearScale(from, to, start, end) {
  return (value) => start + ((value - from) / (to - from)) * (end - start);
}

/** A round step (1, 2 or 5 times a power of ten) that gives at most `most` steps over the span. */
export function niceStep(span, most) {
  const rough = span / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((f) => f * power >= rough * (1 - 1e-9));
  return factor * power;
}

/** Ticks within [low, high]: their values, the small ones between them, and the decimals that they need. */
export function niceTicks(low, high, most) {
  const step = niceStep(high - low, most);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const leading = Math.round(step / 10 ** Math.floor(Math.log10(step) + 1e-9));
  const parts = leading === 2 ? 4 : 5;
  return { values: multiples(step, low, high), minor: multiples(step / parts, low, high), step, decimals };
}

function multiples(step, low, high) {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, k) => (first + k) * step);
}

/** The time axis of a picture: 0 at the call's onset, in ms, or in s for a long window. */
export function timeAxis(meta) {
  const { left, right } = pictureExtent(meta);
  const long = right - left > LONG_WINDOW;
  const factor = long ? 1 : 1000;
  return {
    unit: long ? "s" : "ms",
    from: (left - meta.onset) * factor,
    to: (right - meta.onset) * factor,
    decimals: long ? 4 : 2,
    of: (seconds) => (seconds - meta.onset) * factor,
  };
}

/** A number with a true minus sign and no "-0". */
export function numberText(value, decimals) {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? `\u2212${text}` : text;
}

/** A duration in the unit a researcher would write it in. */
export function durationText(seconds) {
  if (seconds >= 1) return `${numberText(seconds, 2)} s`;
  return `${numberText(seconds * 1000, seconds < 0.1 ? 2 : 1)} ms`;
}

/** What lies under a point of the plot: frequency, time from the onset, level; null outside of the plot. */
export function readPoint(picture, plot, x, y) {
  const [across, up] = [(x - plot.x) / plot.width, 1 - (y - plot.y) / plot.height];
  if (!(across >= 0 && across < 1 && up > 0 && up <= 1)) return null;
  const { meta, levels } = picture;
  const column = Math.floor(across * meta.columns);
  const row = Math.min(Math.floor((1 - up) * meta.bins), meta.bins - 1);
  const level = levels[row * meta.columns + column];
  const { left, right, bottom, top } = pictureExtent(meta);
  return {
    hertz: Math.max(bottom + up * (top - bottom), 0),
    seconds: left + across * (right - left),
    db: meta.low + meta.step * level,
    atFloor: level === 0,
  };
}
