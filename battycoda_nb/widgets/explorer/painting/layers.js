/**
 * Pictures with their colours, ready to be stretched: coloured once for each look, however often they are drawn.
 *
 * @import { Projection } from "../../../display/axes.js"
 * @import { Look } from "../../../display/colours.js"
 * @import { Picture } from "../../../display/png.js"
 * @import { Viewport } from "../../../display/viewport.js"
 *
 * @typedef {object} Tint a picture's colours
 * @property {OffscreenCanvas} canvas
 * @property {OffscreenCanvasRenderingContext2D} context the canvas's
 * @property {ImageData} image
 * @property {string | null} key the look and the scale that it was coloured for
 */

import { pictureExtent, warpHertz } from "../../../display/axes.js";
import { colourTable } from "../../../display/colours.js";
import { context2d } from "../../dom.js";

const LEAST_PLAIN = 0.6; // pixels of the screen for one of a picture
const MOST_PLAIN = 4.5;
const KEPT_TINTS = 6; // coloured pictures: what can lie over one another, and the one before

/** Colours pictures and draws what a viewport shows of them. */
export class Layers {
  constructor() {
    /** @type {Map<Picture, Tint>} the last used is the last */
    this.tinted = new Map();
  }

  /**
   * Draw a picture's share of a viewport into the plot that `project` maps to.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {Picture} picture
   * @param {Look} look
   * @param {Viewport} viewport
   * @param {Projection} project
   */
  draw(context, picture, look, viewport, project) {
    const { meta } = picture;
    const extent = pictureExtent(meta);
    const [left, right] = [Math.max(viewport.left, extent.left), Math.min(viewport.right, extent.right)];
    const [bottom, top] = [Math.max(viewport.bottom, extent.bottom), Math.min(viewport.top, extent.top)];
    if (!(left < right && bottom < top)) return;
    const highest = meta.f0 + (meta.bins - 0.5) * meta.df;
    const [low, high] = [warpHertz(bottom, meta.scale), warpHertz(top, meta.scale)];
    const [x, y] = [project.x(left), project.y(top)];
    const [columns, rows] = [(right - left) / meta.dt, (high - low) / meta.df];
    const [width, height] = [project.x(right) - x, project.y(bottom) - y];
    // Without a graphics card "medium" takes three times as long as "low", which is bilinear too, but counts in
    // sixteenths of a column and drops what lies between the pixels.
    const { a: ratio } = context.getTransform();
    const scales = [(ratio * width) / columns, (ratio * height) / rows];
    const plain = Math.min(...scales) > LEAST_PLAIN && Math.max(...scales) < MOST_PLAIN;
    context.imageSmoothingQuality = plain ? "low" : "medium";
    const [first, row] = [(left - extent.left) / meta.dt, (highest - high) / meta.df];
    context.drawImage(this.canvasOf(picture, look), first, row, columns, rows, x, y, width, height);
  }

  /**
   * The picture at its own size in the colours of a look.
   *
   * @param {Picture} picture
   * @param {Look} look
   */
  canvasOf(picture, look) {
    const { levels, meta } = picture;
    const key = JSON.stringify([look, meta.low, meta.step, meta.enbw, meta.unit]);
    let tint = this.tinted.get(picture);
    if (tint) this.tinted.delete(picture);
    else tint = this.spare(meta.columns, meta.bins);
    this.tinted.set(picture, tint);
    if (tint.key !== key) {
      const table = colourTable(meta, look);
      const packed = new Uint32Array(tint.image.data.buffer);
      for (let k = 0; k < packed.length; k++) packed[k] = table[levels[k]];
      tint.context.putImageData(tint.image, 0, 0);
      tint.key = key;
    }
    return tint.canvas;
  }

  /**
   * The oldest one's canvas where it fits, else a new one: neighbours are mostly of one size.
   *
   * @param {number} columns
   * @param {number} bins
   * @returns {Tint}
   */
  spare(columns, bins) {
    if (this.tinted.size >= KEPT_TINTS) {
      const [[oldest, tint]] = this.tinted;
      this.tinted.delete(oldest);
      if (tint.image.width === columns && tint.image.height === bins) return { ...tint, key: null };
    }
    const canvas = new OffscreenCanvas(columns, bins);
    return { canvas, context: context2d(canvas), image: new ImageData(columns, bins), key: null };
  }
}
