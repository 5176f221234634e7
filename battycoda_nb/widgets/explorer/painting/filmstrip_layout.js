/** Places of the calls in a filmstrip: all at one scale, side by side, their pauses left out. Pure. */

/** The time shown on either side of a call, in s. */
export const CALL_MARGIN = 0.002;
const MEDIAN = 75; // CSS pixels that a call of median length gets
const WIDEST = 600; // one file in a night has a "call" of ten seconds; its beginning will do
const PITCH = 66; // room for the interval between two short calls
const GAP = 8;

/** The places of calls in CSS pixels from the first one's left edge. */
export class FilmLayout {
  /**
   * @param {Float64Array} onsets s
   * @param {Float64Array} offsets s
   */
  constructor(onsets, offsets) {
    const lengths = onsets.map((onset, k) => Math.max(offsets[k] - onset, 0) + 2 * CALL_MARGIN);
    const median = lengths.length ? lengths.slice().sort()[lengths.length >> 1] : 1;
    this.scale = MEDIAN / median; // CSS pixels a second
    this.onsets = onsets;
    this.lengths = lengths;
    this.edges = new Float64Array(onsets.length + 1);
    for (let k = 0; k < onsets.length; k++) {
      this.edges[k + 1] = this.edges[k] + Math.max(this.cellWidth(k) + GAP, PITCH);
    }
  }

  get count() {
    return this.onsets.length;
  }

  get total() {
    return this.edges[this.count];
  }

  /** @param {number} index */
  cellWidth(index) {
    return Math.min(Math.max(Math.round(this.lengths[index] * this.scale), 1), WIDEST);
  }

  /**
   * The picture of a call: its left edge and width in CSS pixels, its first and last second, whether it is cut.
   *
   * @param {number} index
   */
  cell(index) {
    const width = this.cellWidth(index);
    const x = Math.round((this.edges[index] + this.edges[index + 1] - width) / 2);
    const left = this.onsets[index] - CALL_MARGIN;
    const cut = this.lengths[index] * this.scale > WIDEST;
    return { x, width, left, right: left + width / this.scale, cut };
  }

  /**
   * From a call's onset to the next one's, in s.
   *
   * @param {number} index
   */
  interval(index) {
    return this.onsets[index + 1] - this.onsets[index];
  }

  /**
   * The middle of a call's place.
   *
   * @param {number} index
   */
  middle(index) {
    return (this.edges[index] + this.edges[index + 1]) / 2;
  }

  /**
   * The call whose place holds this position; those beyond the ends belong to the first and the last.
   *
   * @param {number} position
   */
  at(position) {
    let [low, high] = [0, this.count - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.edges[middle] <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /**
   * The calls [from, to) that touch the positions from `left` to `right`.
   *
   * @param {number} left
   * @param {number} right
   */
  within(left, right) {
    return this.count === 0 ? [0, 0] : [this.at(left), this.at(right) + 1];
  }
}
