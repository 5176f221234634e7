/**
 * The frequency axis of a filmstrip, one for all its pictures, and a bar for its scale, as it has no time axis.
 *
 * @import { Theme } from "../../../display/colours.js"
 * @import { Scale } from "../../../display/png.js"
 * @import { Band } from "../../../display/viewport.js"
 *
 * @typedef {Band & { scale: Scale }} ShownBand
 */

import { niceStep, niceTicks, numberText, warpHertz } from "../../../display/axes.js";

export const AXIS_WIDTH = 44; // CSS pixels left of the pictures
const SCALE_BAR = 36;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {{ top: number, height: number }} rows of the pictures
 * @param {ShownBand} shown
 */
export function drawAxis(context, theme, { top: y, height }, shown) {
  const low = warpHertz(shown.bottom, shown.scale);
  const high = warpHertz(shown.top, shown.scale);
  const ticks = niceTicks(Math.max(shown.bottom, 0) / 1000, shown.top / 1000, height / 34);
  context.font = `11px ${theme.font}`;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of ticks.values) {
    const share = (warpHertz(value * 1000, shown.scale) - low) / (high - low);
    const at = y + height * (1 - share);
    context.fillStyle = theme.muted;
    context.fillRect(AXIS_WIDTH - 8, Math.round(at), 4, 1);
    context.fillStyle = theme.text;
    const middle = Math.min(Math.max(at, y + 5), y + height - 5); // no text beyond the pictures
    context.fillText(numberText(value, ticks.decimals), AXIS_WIDTH - 11, middle);
  }
  context.fillStyle = theme.muted;
  context.textBaseline = "top";
  context.fillText("kHz", AXIS_WIDTH - 11, y + height + 5);
}

/**
 * A bar of a round number of milliseconds.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Theme} theme
 * @param {number} scale CSS pixels a second
 * @param {number} y
 */
export function drawScaleBar(context, theme, scale, y) {
  const length = niceStep(0.4 * (SCALE_BAR / scale), 1); // round numbers are at most 2.5 times apart
  const right = AXIS_WIDTH - 4;
  const left = right - length * scale;
  context.fillStyle = theme.muted;
  context.fillRect(left, y, right - left, 1);
  for (const end of [left, right - 1]) context.fillRect(end, y - 2, 1, 5);
  context.textAlign = "right";
  context.textBaseline = "top";
  context.font = `10px ${theme.font}`;
  context.fillText(shortDuration(length), right, 0);
}

/**
 * A duration in three digits at most.
 *
 * @param {number} seconds
 */
export function shortDuration(seconds) {
  return seconds < 1 ? `${Number((seconds * 1000).toPrecision(3))} ms` : `${Number(seconds.toPrecision(3))} s`;
}
