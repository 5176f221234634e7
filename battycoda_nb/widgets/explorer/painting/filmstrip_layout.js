/** Where the calls of a filmstrip lie: all at one scale, side by side, their pauses left out. Pure. */

/** What is shown on either side of a call, in s. */
export const FILM_MARGIN = 0.002;
const FILM_MEDIAN = 75; // CSS pixels that a call of median length gets
const FILM_WIDEST = 600; // one file in a night has a "call" of ten seconds; its beginning will do
const FILM_PITCH = 66; // room for the interval between two short calls
const FILM_GAP = 8;

/** The places of calls (onsets, offsets: Float64Array, s) in CSS pixels from the first one's left edge. */
export class FilmLayout {
  constructor(onsets, offsets) {
    const lengths = onsets.map((onset, k) => Math.max(offsets[k] - onset, 0) + 2 * FILM_MARGIN);
    const median = lengths.length ? lengths.slice().sort()[lengths.length >> 1] : 1;
    this.scale = FILM_MEDIAN / median; // CSS pixels a second
    this.onsets = onsets;
    this.lengths = lengths;
    this.edges = new Float64Array(onsets.length + 1);
    for (let k = 0; k < onsets.length; k++) {
      this.edges[k + 1] = this.edges[k] + Math.max(this.cellWidth(k) + FILM_GAP, FILM_PITCH);
    }
  }

  get count() {
    return this.onsets.length;
  }

  get total() {
    return this.edges[this.count];
  }

  cellWidth(index) {
    return Math.min(Math.max(Math.round(this.lengths[index] * this.scale), 1), FILM_WIDEST);
  }

  /** The picture of a call: its left edge and width in CSS pixels, its first and last second, whether it is cut. */
  cell(index) {
    const width = this.cellWidth(index);
    const x = Math.round((this.edges[index] + this.edges[index + 1] - width) / 2);
    const left = this.onsets[index] - FILM_MARGIN;
    const cut = this.lengths[index] * this.scale > FILM_WIDEST;
    return { x, width, left, right: left + width / this.scale, cut };
  }

  /** From a call's onset to the next one's, in s. */
  interval(index) {
    return this.onsets[index + 1] - this.onsets[index];
  }

  /** The middle of a call's place. */
  middle(index) {
    return (this.edges[index] + this.edges[index + 1]) / 2;
  }

  /** The call whose place holds this position; those beyond the ends belong to the first and the last. */
  at(position) {
    let [low, high] = [0, this.count - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.edges[middle] <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The calls [from, to) that touch the positions from `left` to `right`. */
  within(left, right) {
    return this.count === 0 ? [0, 0] : [this.at(left), this.at(right) + 1];
  }
}
