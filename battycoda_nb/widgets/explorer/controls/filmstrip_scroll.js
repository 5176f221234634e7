/**
 * The scrolling of a filmstrip: by the user's hand, at once, or sliding to a call.
 *
 * @import { FilmLayout } from "../painting/filmstrip_layout.js"
 */

import { element } from "../../dom.js";

/** Browsers end an element at 16 to 33 million pixels; a longer strip scrolls in larger steps. */
const LONGEST_ROOM = 12_000_000;
const MOST_MARGIN = 100; // CSS pixels kept on either side of a call that comes into view
const SLIDE = 0.35; // of the way that is left, in one frame

/** A position in a strip, and the element that the user scrolls. */
export class FilmScroll {
  /**
   * @param {FilmLayout} layout
   * @param {() => void} scrolled follows the user's hand
   * @param {AbortSignal} signal
   */
  constructor(layout, scrolled, signal) {
    this.layout = layout;
    this.view = 0; // CSS pixels of the strip that are shown
    this.position = 0; // CSS pixels of the strip at the left edge of the view
    /** @type {number | null} */
    this.target = null; // the position that it slides to
    this.scrolledTo = 0;
    this.room = element("div", { class: "bc-film-room" });
    this.node = element("div", { class: "bc-film-scroller", tabindex: "-1" }, this.room);
    this.node.addEventListener("scroll", () => this.follow(scrolled), { signal });
  }

  /**
   * Make room for a strip in a view of some CSS pixels.
   *
   * @param {FilmLayout} layout
   * @param {number} view
   */
  fit(layout, view) {
    this.layout = layout;
    this.view = view;
    this.room.style.width = `${Math.min(layout.total, LONGEST_ROOM)}px`;
    this.moveTo(this.position);
  }

  get furthest() {
    return Math.max(this.layout.total - this.view, 0);
  }

  /** Positions of the strip in one pixel of the scroll bar's: 1, unless the strip is beyond a browser's widths. */
  get gear() {
    const { scrollWidth, clientWidth } = this.node;
    const isLonger = scrollWidth > clientWidth && this.layout.total > LONGEST_ROOM;
    return isLonger ? this.furthest / (scrollWidth - clientWidth) : 1;
  }

  /** @param {number} position */
  moveTo(position) {
    this.position = Math.min(Math.max(position, 0), this.furthest);
    this.node.scrollLeft = this.position / this.gear;
    this.scrolledTo = this.node.scrollLeft; // rounded; the event that it will send is not the user's
  }

  /**
   * Bring a call into view, with a neighbour beside it. True for a jump, which ends here; else it may slide there.
   *
   * @param {number} index
   * @param {boolean} atOnce
   */
  reveal(index, atOnce) {
    const { layout, view } = this;
    const from = this.target ?? this.position;
    const margin = Math.min(view / 4, MOST_MARGIN);
    const [left, right] = [layout.edges[index] - margin, layout.edges[index + 1] + margin];
    let to = from;
    if (left < from || right > from + view) to = left < from ? left : right - view;
    const far = Math.abs(to - this.position) > view;
    if (far) to = layout.middle(index) - view / 2;
    if (atOnce || far || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.target = null;
      this.moveTo(to);
      return true;
    }
    if (to !== from) this.target = Math.min(Math.max(to, 0), this.furthest);
    return false;
  }

  /** Slide for one frame; false when there is nowhere to slide to. */
  slide() {
    if (this.target === null) return false;
    const rest = this.target - this.position;
    const arrives = Math.abs(rest) < 1;
    this.moveTo(arrives ? this.target : this.position + SLIDE * rest);
    if (arrives) this.target = null;
    return true;
  }

  /** @param {() => void} scrolled */
  follow(scrolled) {
    if (this.node.scrollLeft === this.scrolledTo) return;
    this.target = null;
    this.scrolledTo = this.node.scrollLeft;
    this.position = Math.min(this.scrolledTo * this.gear, this.furthest);
    scrolled();
  }
}
