/**
 * The part of a recording that the plot shows, in s and Hz, and how zooming and panning change it. Pure. viewport.py
 * beside it has what a figure needs of it.
 *
 * @typedef {{ left: number, right: number }} Span s from the recording's start
 * @typedef {{ bottom: number, top: number }} Band Hz
 * @typedef {Span & Band} Viewport
 * @typedef {{ seconds: number, hertz: number }} Point of a recording
 * @typedef {"time" | "frequency" | "both"} Axes the axes that a zoom acts on
 */

export const LONGEST_VIEW = 60; // s; the strip shows more
const SHORTEST_VIEW = 0.0005; // s
const NARROWEST_BAND = 1000; // Hz

/**
 * Zoom by a factor (above 1: closer) about a point that stays where it is.
 *
 * @param {Viewport} view
 * @param {number} factor
 * @param {Point} about
 * @param {Axes} axes
 * @param {Viewport} bounds
 */
export function zoomed(view, factor, about, axes, bounds) {
  const next = { ...view };
  if (axes !== "frequency") {
    next.left = about.seconds - (about.seconds - view.left) / factor;
    next.right = about.seconds + (view.right - about.seconds) / factor;
  }
  if (axes !== "time") {
    next.bottom = about.hertz - (about.hertz - view.bottom) / factor;
    next.top = about.hertz + (view.top - about.hertz) / factor;
  }
  return within(next, bounds);
}

/**
 * Move by shares of what is shown: right and up are positive.
 *
 * @param {Viewport} view
 * @param {number} right
 * @param {number} up
 * @param {Viewport} bounds
 */
export function panned(view, right, up, bounds) {
  const [dt, df] = [right * (view.right - view.left), up * (view.top - view.bottom)];
  return within({ left: view.left + dt, right: view.right + dt, bottom: view.bottom + df, top: view.top + df }, bounds);
}

/**
 * The nearest viewport that lies within the bounds and is neither too short nor too long.
 *
 * @param {Viewport} view
 * @param {Viewport} bounds
 * @returns {Viewport}
 */
export function within(view, bounds) {
  const longest = Math.min(LONGEST_VIEW, bounds.right - bounds.left);
  const [left, right] = fitted(view.left, view.right, bounds.left, bounds.right, SHORTEST_VIEW, longest);
  const [bottom, top] = fitted(view.bottom, view.top, bounds.bottom, bounds.top, NARROWEST_BAND, Infinity);
  return { left, right, bottom, top };
}

/**
 * @param {number} from
 * @param {number} to
 * @param {number} least
 * @param {number} most
 * @param {number} shortest
 * @param {number} longest
 */
function fitted(from, to, least, most, shortest, longest) {
  const span = Math.min(Math.max(to - from, shortest), longest, most - least);
  const middle = (from + to) / 2;
  const start = Math.min(Math.max(middle - span / 2, least), most - span);
  return [start, start + span];
}

/**
 * Whether a part of the whole picture is shown for which a closer one is worth its time.
 *
 * @param {Viewport} view
 * @param {Viewport} home the whole picture's
 */
export function wantsClose(view, home) {
  const closer = view.right - view.left < 0.7 * (home.right - home.left);
  const beyond = view.left < home.left - 1e-9 || view.right > home.right + 1e-9;
  return closer || beyond || view.top - view.bottom < 0.6 * (home.top - home.bottom);
}

/**
 * The span that a closer picture of a viewport is asked for: some more on either side, on a grid, so that a small move
 * needs no other one.
 *
 * @param {Span} view
 * @param {number} duration of the recording in s
 */
export function closeSpan({ left, right }, duration) {
  const width = right - left;
  const unit = 2 ** Math.floor(Math.log2(width / 4));
  const start = Math.max(Math.floor((left - width / 8) / unit) * unit, 0);
  const stop = Math.min(Math.ceil((right + width / 8) / unit) * unit, duration);
  return { start, stop };
}
