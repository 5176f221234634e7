/** Where things lie: the rectangles on the stage, the extent of a picture, ticks, and numbers as text. Pure. */

/** Room around the plot in CSS pixels: ticks and titles, the strip of call marks above, the colour bar at the right. */
const PLOT_MARGINS = { left: 54, top: 26, right: 66, bottom: 40 };
const WAVEFORM = { height: 56, gap: 6 };
const SPECTRUM = { width: 104, gap: 8 };
const MEL_TICKS = [0, 0.5, 1, 2, 5, 10, 20, 30, 40, 50, 60, 80, 100, 150, 200, 250]; // kHz
const MEL_GAP = 18; // CSS pixels
const LONG_WINDOW = 1.05; // s; above it, the time axis counts in seconds

/** The rectangles of a canvas of that size, in whole CSS pixels: the plot, and the panels beside it or null. */
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
    base: base + below, // where the time axis lies
  };
}

/** Hz to where it lies on an axis, and back: mel as HTK has it, or hertz as they are. */
export function warpHertz(hertz, scale) {
  return scale === "mel" ? 2595 * Math.log10(1 + Math.max(hertz, -690) / 700) : hertz;
}

export function unwarpHertz(value, scale) {
  return scale === "mel" ? 700 * (10 ** (value / 2595) - 1) : value;
}

/** The edges of a picture in s and Hz: t0 and f0 are centres, so the edges lie half a column and half a bin out. */
export function pictureExtent({ t0, dt, f0, df, bins, columns, scale }) {
  return {
    left: t0 - dt / 2,
    right: t0 + (columns - 0.5) * dt,
    bottom: unwarpHertz(f0 - df / 2, scale),
    top: unwarpHertz(f0 + (bins - 0.5) * df, scale),
  };
}

/** A linear map from values to pixels. */
export function linearScale(from, to, start, end) {
  return (value) => start + ((value - from) / (to - from)) * (end - start);
}

/** From seconds and hertz to the pixels of a plot that shows a viewport, and back. */
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

/** Ticks of the frequency axis in kHz; on a mel axis 1, 2, 5, 10 …, as many as have room. */
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

/** The time axis of a viewport: 0 at the call's onset, in ms, or in s for a long window. */
export function timeAxis({ left, right }, onset) {
  const long = right - left > LONG_WINDOW;
  const factor = long ? 1 : 1000;
  return {
    unit: long ? "s" : "ms",
    from: (left - onset) * factor,
    to: (right - onset) * factor,
    decimals: long ? 4 : 2,
    of: (seconds) => (seconds - onset) * factor,
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

/** The level of a picture at a time and a frequency, in the picture's unit; null outside of it. */
export function readLevel({ meta, levels }, seconds, hertz) {
  const column = Math.floor((seconds - meta.t0) / meta.dt + 0.5);
  const bin = Math.floor((warpHertz(hertz, meta.scale) - meta.f0) / meta.df + 0.5);
  if (!(column >= 0 && column < meta.columns && bin >= 0 && bin < meta.bins)) return null;
  const level = levels[(meta.bins - 1 - bin) * meta.columns + column];
  return { value: meta.low + meta.step * level, atFloor: level === 0 };
}
