/** The levels of a whole recording as they come in, and the pooling that brings them to pixels. Pure. */

/** Raw levels of one strip [bins][total]; columns that have not come yet are known to be missing. */
export class StripLevels {
  constructor({ first, total, t0, dt, bins, low, step, enbw }) {
    Object.assign(this, { total, bins, dt, low, step, enbw });
    this.start = t0 - (first + 0.5) * dt; // s; the left edge of the first column of all
    this.levels = new Uint8Array(bins * total);
    this.known = new Uint8Array(total);
  }

  /** Whether a segment is of this strip; one of another recording has another shape or begins elsewhere. */
  fits({ first, total, t0, dt, bins }) {
    const start = t0 - (first + 0.5) * dt;
    return total === this.total && bins === this.bins && dt === this.dt && Math.abs(start - this.start) < dt / 2;
  }

  /** Take a segment in: its rows from the highest frequency down, its first column of all. */
  add({ first, columns, low, step, levels }) {
    const table = low === this.low && step === this.step ? null : this.translate(low, step);
    for (let bin = 0; bin < this.bins; bin++) {
      const row = levels.subarray(bin * columns, (bin + 1) * columns);
      this.levels.set(table ? row.map((level) => table[level]) : row, bin * this.total + first);
    }
    this.known.fill(1, first, first + columns);
  }

  /** Levels of another scale in ours: a blob moves its range up where a sound is louder than full scale. */
  translate(low, step) {
    const ours = (level) => Math.round((low + step * level - this.low) / this.step);
    return Uint8ClampedArray.from({ length: 256 }, (_, level) => ours(level));
  }

  /** The columns [from, to) under the time from `left` to `right` (s): at least one, and never beyond the ends. */
  under(left, right) {
    const from = Math.floor((left - this.start) / this.dt + 1e-6);
    const to = Math.ceil((right - this.start) / this.dt - 1e-6);
    const first = Math.min(Math.max(from, 0), this.total - 1);
    return [first, Math.min(Math.max(to, first + 1), this.total)];
  }
}

/**
 * The loudest level under every pixel of the pixel columns [from, to), into `pooled` [rows][width].
 *
 * The maximum, so that a call of 5 ms in an hour still shows at its own level. `shown` [width] says which pixel
 * columns have something to show.
 */
export function poolStrip(strip, { pooled, shown, width, rows, duration }, from, to) {
  const { bins, total, levels, known } = strip;
  const loudest = new Uint8Array(bins);
  const spans = stripRows(bins, rows);
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

/** First and one past the last bin of every row of pixels: each bin in the row of its middle, or one bin in several. */
function stripRows(bins, rows) {
  const spans = new Uint32Array(2 * rows);
  const shrinks = bins > rows;
  for (let y = 0; y < rows; y++) {
    const first = shrinks ? Math.ceil((y * bins) / rows - 0.5) : Math.floor(((y + 0.5) * bins) / rows);
    spans[2 * y] = first;
    spans[2 * y + 1] = shrinks ? Math.ceil(((y + 1) * bins) / rows - 0.5) : first + 1;
  }
  return spans;
}
