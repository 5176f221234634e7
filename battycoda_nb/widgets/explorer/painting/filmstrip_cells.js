/** The pictures in a filmstrip: cut out of a call's picture, brought to the size of their cells, and coloured. */

import { pictureExtent, warpHertz } from "../../../display/axes.js";
import { colourTable } from "../../../display/colours.js";

const CELLS_KEPT = 160; // twice what a wide screen shows, some 10 kB each (40 on a fine screen)

/** Cells by call, each as long as its picture is the same; the least recently drawn leave first. */
export class FilmCells {
  constructor() {
    this.cells = new Map();
    this.tables = new Map();
    this.look = null;
  }

  clear() {
    this.cells.clear();
  }

  /** Other colours: the cells' levels stay. */
  restyle(look) {
    this.look = look;
    this.tables.clear();
  }

  /**
   * The cell of a call, coloured, as {image, stale}; undefined if it is not there and not to be made now.
   *
   * frame: {left, right} in s and {bottom, top} in Hz; width, height in pixels of the screen. With `make` false one of
   * another frame will do, if its size is right, and is `stale`: the proper one follows in the screen's next frame.
   */
  get(call, picture, frame, width, height, make) {
    const key = `${frame.left}/${frame.right}/${frame.bottom}/${frame.top}`;
    let cell = this.cells.get(call);
    if (cell && (cell.picture !== picture || cell.width !== width || cell.height !== height)) cell = undefined;
    if (cell?.key !== key) {
      if (make) cell = { key, picture, width, height, ...cutCell(picture, frame, width, height) };
      else if (!cell) return undefined;
    }
    this.cells.delete(call);
    this.cells.set(call, cell);
    if (this.cells.size > CELLS_KEPT) this.cells.delete(this.cells.keys().next().value);
    cell.stale = cell.key !== key;
    if (cell.look !== this.look) this.colour(cell);
    return cell;
  }

  colour(cell) {
    cell.image ??= new ImageData(cell.width, cell.height);
    const table = this.table(cell.picture.meta);
    const packed = new Uint32Array(cell.image.data.buffer);
    const { levels, across, down, width } = cell;
    for (let k = 0; k < packed.length; k++) packed[k] = table[levels[k]];
    // At the recording's ends a picture covers less than its cell.
    if (across.count.includes(0)) packed.forEach((_, k) => across.count[k % width] || (packed[k] = 0));
    down.count.forEach((count, y) => count || packed.fill(0, y * width, (y + 1) * width));
    cell.look = this.look;
  }

  /** Pictures of one recording share their scale, as a rule. */
  table(meta) {
    const key = [meta.low, meta.step, meta.enbw, meta.scale, meta.unit].join("/");
    if (!this.tables.has(key)) this.tables.set(key, colourTable(meta, this.look));
    return this.tables.get(key);
  }
}

/**
 * The levels of a part of a picture, [height][width], and what part of each axis the picture covers.
 *
 * Where several levels share a pixel the loudest stands for them, so that a thin sweep keeps its colour; where one
 * level fills several pixels they run from one to the next, as they do in the large picture.
 */
export function cutCell({ levels, meta }, { left, right, bottom, top }, width, height) {
  const whole = pictureExtent(meta);
  const [low, high] = [bottom, top].map((hertz) => warpHertz(hertz, meta.scale));
  const column = (seconds) => (seconds - whole.left) / meta.dt;
  const highest = warpHertz(whole.top, meta.scale);
  const row = (frequency) => (highest - frequency) / meta.df;
  const across = cellPlan(column(left), column(right), width, meta.columns);
  const down = cellPlan(row(high), row(low), height, meta.bins);
  const narrow = new Float32Array(meta.bins * width);
  const [first, end] = [Math.min(...down.first), Math.min(Math.max(...down.first) + down.most + 1, meta.bins)];
  for (let bin = first; bin < end; bin++) {
    for (let x = 0; x < width; x++) narrow[bin * width + x] = cellLevel(levels, bin * meta.columns, 1, across, x);
  }
  const cut = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) cut[y * width + x] = cellLevel(narrow, x, width, down, y) + 0.5;
  }
  return { levels: cut, across, down };
}

/** For each of `size` pixels over the samples [from, to): the first, how many (0: outside), the share of the next. */
function cellPlan(from, to, size, samples) {
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

function cellLevel(source, offset, stride, { first, count, share }, k) {
  const at = offset + first[k] * stride;
  let level = source[at];
  if (share[k] > 0) return level + share[k] * (source[at + stride] - level);
  for (let n = 1; n < count[k]; n++) level = Math.max(level, source[at + n * stride]);
  return level;
}
