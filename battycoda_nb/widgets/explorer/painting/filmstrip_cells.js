/**
 * The pictures in a filmstrip: cut out of a call's picture, brought to the size of their cells, and coloured.
 *
 * @import { Look } from "../../../display/colours.js"
 * @import { Meta, Picture } from "../../../display/png.js"
 * @import { Viewport } from "../../../display/viewport.js"
 *
 * @typedef {object} Plan the samples under each pixel of one axis
 * @property {Int32Array} first
 * @property {Int32Array} count 0 outside of the picture
 * @property {Float32Array} share of the next sample, where one fills several pixels
 * @property {number} most the largest count
 *
 * @typedef {{ levels: Uint8Array, across: Plan, down: Plan }} Cut [height][width]
 *
 * @typedef {Cut & {
 *   key: string, picture: Picture, width: number, height: number, image: ImageData, look: Look | null, stale: boolean,
 * }} Cell
 */

import { pictureExtent, warpHertz } from "../../../display/axes.js";
import { colourTable } from "../../../display/colours.js";

const KEPT = 160; // twice what a wide screen shows, some 10 kB each (40 on a fine screen)

/** Cells by call, each as long as its picture is the same; the least recently drawn leave first. */
export class FilmCells {
  constructor() {
    /** @type {Map<number, Cell>} */
    this.cells = new Map();
    /** @type {Map<string, Uint32Array>} */
    this.tables = new Map();
    /** @type {Look | null} */
    this.look = null;
  }

  clear() {
    this.cells.clear();
  }

  /**
   * Other colours: the cells' levels stay.
   *
   * @param {Look} look
   */
  restyle(look) {
    this.look = look;
    this.tables.clear();
  }

  /**
   * The cell of a call, coloured; undefined if it is not there and not to be made now.
   *
   * With `make` false one of another frame will do, if its size is right, and is `stale`: the proper one follows in the
   * screen's next frame.
   *
   * @param {number} call
   * @param {Picture} picture
   * @param {Viewport} frame
   * @param {number} width pixels of the screen
   * @param {number} height pixels of the screen
   * @param {boolean} make
   * @returns {Cell | undefined}
   */
  get(call, picture, frame, width, height, make) {
    const key = `${frame.left}/${frame.right}/${frame.bottom}/${frame.top}`;
    let cell = this.cells.get(call);
    if (cell && (cell.picture !== picture || cell.width !== width || cell.height !== height)) cell = undefined;
    if (cell?.key !== key) {
      if (make) cell = makeCell(key, picture, frame, width, height);
      else if (!cell) return undefined;
    }
    this.cells.delete(call);
    this.cells.set(call, cell);
    if (this.cells.size > KEPT) {
      const [oldest] = this.cells.keys();
      this.cells.delete(oldest);
    }
    cell.stale = cell.key !== key;
    if (this.look && cell.look !== this.look) this.colour(cell, this.look);
    return cell;
  }

  /**
   * @param {Cell} cell
   * @param {Look} look
   */
  colour(cell, look) {
    const table = this.table(cell.picture.meta, look);
    const packed = new Uint32Array(cell.image.data.buffer);
    const { levels, across, down, width, height } = cell;
    for (let k = 0; k < packed.length; k++) packed[k] = table[levels[k]];
    // At the recording's ends a picture covers less than its cell.
    if (across.count.includes(0)) {
      for (let k = 0; k < packed.length; k++) if (across.count[k % width] === 0) packed[k] = 0;
    }
    for (let y = 0; y < height; y++) if (down.count[y] === 0) packed.fill(0, y * width, (y + 1) * width);
    cell.look = look;
  }

  /**
   * Pictures of one recording share their scale, as a rule.
   *
   * @param {Meta} meta
   * @param {Look} look
   */
  table(meta, look) {
    const key = [meta.low, meta.step, meta.enbw, meta.scale, meta.unit].join("/");
    let table = this.tables.get(key);
    if (!table) {
      table = colourTable(meta, look);
      this.tables.set(key, table);
    }
    return table;
  }
}

/**
 * @param {string} key
 * @param {Picture} picture
 * @param {Viewport} frame
 * @param {number} width
 * @param {number} height
 * @returns {Cell}
 */
function makeCell(key, picture, frame, width, height) {
  const image = new ImageData(width, height);
  return { key, picture, width, height, image, look: null, stale: false, ...cutCell(picture, frame, width, height) };
}

/**
 * The levels of a part of a picture, and the share of each axis that the picture covers.
 *
 * Where several levels share a pixel the loudest stands for them, so that a thin sweep keeps its colour; where one
 * level fills several pixels they run from one to the next, as they do in the large picture.
 *
 * @param {Pick<Picture, "levels" | "meta">} picture
 * @param {Viewport} frame
 * @param {number} width
 * @param {number} height
 * @returns {Cut}
 */
function cutCell({ levels, meta }, { left, right, bottom, top }, width, height) {
  const whole = pictureExtent(meta);
  const [low, high] = [bottom, top].map((hertz) => warpHertz(hertz, meta.scale));
  /** @param {number} seconds */
  const column = (seconds) => (seconds - whole.left) / meta.dt;
  const highest = warpHertz(whole.top, meta.scale);
  /** @param {number} frequency on the picture's scale */
  const row = (frequency) => (highest - frequency) / meta.df;
  const across = planAxis(column(left), column(right), width, meta.columns);
  const down = planAxis(row(high), row(low), height, meta.bins);
  const narrow = new Float32Array(meta.bins * width);
  const [first, end] = [Math.min(...down.first), Math.min(Math.max(...down.first) + down.most + 1, meta.bins)];
  for (let bin = first; bin < end; bin++) {
    for (let x = 0; x < width; x++) narrow[bin * width + x] = levelAt(levels, bin * meta.columns, 1, across, x);
  }
  const cut = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) cut[y * width + x] = levelAt(narrow, x, width, down, y) + 0.5;
  }
  return { levels: cut, across, down };
}

/**
 * The plan of `size` pixels over the samples [from, to).
 *
 * @param {number} from
 * @param {number} to
 * @param {number} size
 * @param {number} samples
 * @returns {Plan}
 */
function planAxis(from, to, size, samples) {
  const step = (to - from) / size;
  const plan = { first: new Int32Array(size), count: new Int32Array(size), share: new Float32Array(size), most: 1 };
  for (let k = 0; k < size; k++) {
    const [start, end] = [from + k * step, from + (k + 1) * step];
    const inside = (start + end) / 2 > 0 && (start + end) / 2 < samples;
    if (step > 1) {
      // Each sample belongs to the pixel that its middle lies in.
      plan.first[k] = Math.min(Math.max(Math.ceil(start - 0.5), 0), samples - 1);
      plan.count[k] = inside ? Math.max(Math.min(Math.ceil(end - 0.5), samples) - plan.first[k], 1) : 0;
      plan.most = Math.max(plan.most, plan.count[k]);
    } else {
      const place = Math.min(Math.max((start + end) / 2 - 0.5, 0), samples - 1);
      plan.first[k] = Math.floor(place);
      plan.count[k] = inside ? 1 : 0;
      plan.share[k] = place - plan.first[k];
    }
  }
  return plan;
}

/**
 * @param {Uint8Array | Float32Array} source
 * @param {number} offset
 * @param {number} stride
 * @param {Plan} plan
 * @param {number} k
 */
function levelAt(source, offset, stride, { first, count, share }, k) {
  const at = offset + first[k] * stride;
  let level = source[at];
  if (share[k] > 0) return level + share[k] * (source[at + stride] - level);
  for (let n = 1; n < count[k]; n++) level = Math.max(level, source[at + n * stride]);
  return level;
}
