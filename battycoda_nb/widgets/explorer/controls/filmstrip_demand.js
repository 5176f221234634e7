/**
 * Asks for the pictures that a filmstrip lacks, as often as it helps and no more.
 *
 * @import { FilmScroll } from "./filmstrip_scroll.js"
 */

const ASK_MS = 100;

/** The demand of one filmstrip, at most ten times a second, and not while whole pages rush by. */
export class FilmDemand {
  /**
   * @param {FilmScroll} scroll
   * @param {() => number[]} missing gives the calls without a picture, those that matter most first
   * @param {(calls: number[]) => void} want
   */
  constructor(scroll, missing, want) {
    this.scroll = scroll;
    this.missing = missing;
    this.want = want;
    /** @type {Set<number>} */
    this.asked = new Set();
    this.time = -Infinity; // ms; of the last look
    this.position = 0; // of the strip at that time
    this.timer = 0;
    this.ended = false;
  }

  /** Forget what was asked for. */
  reset() {
    this.asked.clear();
    this.askSoon();
  }

  /** The strip has jumped to where it is: that is no rush. */
  settle() {
    this.position = this.scroll.position;
  }

  askSoon() {
    if (this.timer || this.ended) return;
    const since = performance.now() - this.time;
    this.timer = setTimeout(
      () => {
        this.timer = 0;
        const { position, view } = this.scroll;
        const rushes = Math.abs(position - this.position) > view;
        this.time = performance.now();
        this.position = position;
        if (rushes) this.askSoon();
        else if (view > 0) this.ask();
      },
      Math.max(ASK_MS - since, 0),
    );
  }

  /** Ask for all that is missing, if some of it was not asked for last time. */
  ask() {
    const missing = this.missing();
    const isNew = missing.some((call) => !this.asked.has(call));
    this.asked = new Set(missing);
    if (isNew) this.want(missing);
  }

  end() {
    this.ended = true;
    clearTimeout(this.timer);
  }
}
