/**
 * The levels of a whole recording as they come in, and the pooling that brings them to pixels. Pure.
 *
 * @import { Meta } from "../../../display/png.js"
 *
 * @typedef {object} Run the columns of a segment among those of its strip
 * @property {number} first column of the segment
 * @property {number} total columns of the strip
 *
 * @typedef {Run & Pick<Meta, "t0" | "dt" | "columns" | "bins" | "low" | "step" | "enbw"> & { levels: Uint8Array }}
 *   Segment a part of a strip; `t0` is the centre of its first column, the rows go from the highest frequency down
 *
 * @typedef {object} Pooled
 * @property {Uint8Array} pooled levels [rows][width]
 * @property {Uint8Array} shown [width] 1 where a pixel column has something to show
 * @property {number} width
 * @property {number} rows
 * @property {number} duration s
 */

/** Raw levels of one strip [bins][total]; columns that have not come yet are known to be missing. */
export class StripLevels {
  /** @param {Segment} segment any one of the strip */
  constructor({ first, total, t0, dt, bins, low, step, enbw }) {
    this.total = total;
    this.bins = bins;
    this.dt = dt;
    this.low = low;
    this.step = step;
    this.enbw = enbw;
    this.start = t0 - (first + 0.5) * dt; // s; the left edge of the first column of all
    this.levels = new Uint8Array(bins * total);
    this.known = new Uint8Array(total);
  }

  /**
   * Whether a segment is of this strip; one of another recording has another shape or begins elsewhere.
   *
   * @param {Segment} segment
   */
  fits({ first, total, t0, dt, bins }) {
    const start = t0 - (first + 0.5) * dt;
    return total === this.total && bins === this.bins && dt === this.dt && Math.abs(start - this.start) < dt / 2;
  }

  /**
   * Take a segment in.
   *
   * @param {Segment} segment
   */
  add({ first, columns, low, step, levels }) {
    const table = low === this.low && step === this.step ? null : this.translate(low, step);
    for (let bin = 0; bin < this.bins; bin++) {
      const row = levels.subarray(bin * columns, (bin + 1) * columns);
      this.levels.set(table ? row.map((level) => table[level]) : row, bin * this.total + first);
    }
    this.known.fill(1, first, first + columns);
  }

  /**
   * Levels of another scale in ours: a blob moves its range up where a sound is louder than full scale.
   *
   * @param {number} low
   * @param {number} step
   */
  translate(low, step) {
    /** @param {number} level */
    const ours = (level) => Math.round((low + step * level - this.low) / this.step);
    return Uint8ClampedArray.from({ length: 256 }, (_, level) => ours(level));
  }

  /**
   * The columns [from, to) under the time from `left` to `right` (s): at least one, and never beyond the ends.
   *
   * @param {number} left
   * @param {number} right
   */
  under(left, right) {
    const from = Math.floor((left - this.start) / this.dt + 1e-6);
    const to = Math.ceil((right - this.start) / this.dt - 1e-6);
    const first = Math.min(Math.max(from, 0), this.total - 1);
    return [first, Math.min(Math.max(to, first + 1), this.total)];
  }
}

/**
 * Pool the loudest level under every pixel of the pixel columns [from, to).
 *
 * The maximum, so that a call of 5 ms in an hour still shows at its own level.
 *
 * @param {StripLevels} strip
 * @param {Pooled} pixels
 * @param {number} from
 * @param {number} to
 */
export function poolStrip(strip, { pooled, shown, width, rows, duration }, from, to) {
  const { bins, total, levels, known } = strip;
  const loudest = new Uint8Array(bins);
  const spans = rowSpans(bins, rows);
  for (let x = from; x < to; x++) {
    const [first, end] = strip.under((x / width) * duration, ((x + 1) / width) * duration);
    shown[x] = known.subarray(first, end).includes(1) ? 1 : 0;
    for (let bin = 0; bin < bins; bin++) {
      const row = bin * total;
      let top = 0;
      for (let k = row + first; k < row + end; k++) if (levels[k] > top) top = levels[k];
      loudest[bin] = top;
    }
    for (let y = 0; y < rows; y++) {
      let top = 0;
      for (let bin = spans[2 * y]; bin < spans[2 * y + 1]; bin++) if (loudest[bin] > top) top = loudest[bin];
      pooled[y * width + x] = top;
    }
  }
}

/**
 * First and one past the last bin of every row of pixels: each bin in the row of its middle, or one bin in several.
 *
 * @param {number} bins
 * @param {number} rows
 */
function rowSpans(bins, rows) {
  const spans = new Uint32Array(2 * rows);
  const shrinks = bins > rows;
  for (let y = 0; y < rows; y++) {
    const first = shrinks ? Math.ceil((y * bins) / rows - 0.5) : Math.floor(((y + 0.5) * bins) / rows);
    spans[2 * y] = first;
    spans[2 * y + 1] = shrinks ? Math.ceil(((y + 1) * bins) / rows - 0.5) : first + 1;
  }
  return spans;
}
