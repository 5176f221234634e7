/**
 * Lines, texts and clipped drawing on a canvas's context, as all that is painted here uses them.
 *
 * @import { Rectangle } from "../../../display/axes.js"
 *
 * @typedef {{ context: CanvasRenderingContext2D, ratio: number }} Pen a context in CSS pixels, and the device pixels in one
 */

/**
 * A line, upright or level, that lies on whole device pixels.
 *
 * @param {Pen} pen
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 */
export function line({ context, ratio }, x1, y1, x2, y2) {
  /** @param {number} value */
  const snap = (value) => (Math.floor(value * ratio) + 0.5) / ratio;
  const upright = x1 === x2;
  context.beginPath();
  context.moveTo(upright ? snap(x1) : x1, upright ? y1 : snap(y1));
  context.lineTo(upright ? snap(x2) : x2, upright ? y2 : snap(y2));
  context.stroke();
}

/**
 * A text in a colour, aligned as the context says.
 *
 * @param {Pen} pen
 * @param {string} words
 * @param {number} x
 * @param {number} y
 * @param {string} colour
 */
export function text({ context }, words, x, y, colour) {
  context.fillStyle = colour;
  context.fillText(words, x, y);
}

/**
 * A text turned by a quarter, read upwards, with its middle at a point.
 *
 * @param {Pen} pen
 * @param {string} words
 * @param {number} x
 * @param {number} y
 * @param {string} colour
 */
export function textUpwards({ context, ratio }, words, x, y, colour) {
  context.save();
  context.translate(x, y);
  context.rotate(-Math.PI / 2);
  context.textAlign = "center";
  text({ context, ratio }, words, 0, 0, colour);
  context.restore();
}

/**
 * Draw with all that lies outside of a rectangle left as it is.
 *
 * @param {Pen} pen
 * @param {Rectangle} rectangle
 * @param {() => void} draw
 */
export function clipped({ context }, { x, y, width, height }, draw) {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  draw();
  context.restore();
}

/**
 * A frame around a rectangle, just outside of it.
 *
 * @param {Pen} pen
 * @param {Rectangle} rectangle
 * @param {string} colour
 */
export function frame({ context }, { x, y, width, height }, colour) {
  context.strokeStyle = colour;
  context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
}
