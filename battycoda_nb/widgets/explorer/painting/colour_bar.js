/**
 * The bar beside a picture: the values over which the look spreads the colours.
 *
 * @import { Look, Theme } from "../../../display/colours.js"
 * @import { Meta } from "../../../display/png.js"
 * @import { Pen } from "./pen.js"
 */

import { levelUnit, linearScale, niceTicks, numberText } from "../../../display/axes.js";
import { brightness, colourMap, shownDb } from "../../../display/colours.js";
import { context2d } from "../../dom.js";
import { frame, line, text } from "./pen.js";

const ROWS = 128;
const WIDTH = 10; // CSS pixels

/** A colour bar; its colours are made once for each row, and stretched. */
export class ColourBar {
  constructor() {
    this.canvas = new OffscreenCanvas(1, ROWS);
    this.context = context2d(this.canvas);
  }

  /**
   * @param {Pen} pen
   * @param {{ x: number, y: number, height: number }} place
   * @param {Meta} meta
   * @param {Look} look
   * @param {Theme} theme
   */
  draw(pen, { x, y, height }, meta, look, theme) {
    const { bottom, top } = shownDb(look, meta);
    const colours = colourMap(look.cmap);
    const image = new ImageData(1, ROWS);
    const packed = new Uint32Array(image.data.buffer);
    const rowDb = linearScale(0, ROWS, top, bottom);
    for (let row = 0; row < ROWS; row++) {
      packed[row] = colours[Math.round(255 * brightness(rowDb(row + 0.5), look, meta))];
    }
    this.context.putImageData(image, 0, 0);
    pen.context.drawImage(this.canvas, x, y, WIDTH, height);
    frame(pen, { x, y, width: WIDTH, height }, theme.line);
    const place = linearScale(bottom, top, y + height, y);
    const ticks = niceTicks(bottom, top, Math.max(height / 60, 2));
    const right = x + WIDTH;
    pen.context.textAlign = "left";
    pen.context.textBaseline = "middle";
    pen.context.strokeStyle = theme.muted;
    for (const value of ticks.values) {
      line(pen, right, place(value), right + 3, place(value));
      text(pen, numberText(value, ticks.decimals), right + 6, place(value), theme.text);
    }
    pen.context.textBaseline = "alphabetic";
    text(pen, levelUnit(meta.unit), x, y - 13, theme.muted);
  }
}
