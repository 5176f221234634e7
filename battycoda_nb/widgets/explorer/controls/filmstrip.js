/**
 * Calls side by side at one scale, with the true intervals between them. Only what is visible is asked for.
 *
 * @import { Look, Theme } from "../../../display/colours.js"
 * @import { Picture } from "../../../display/png.js"
 * @import { FilmCalls } from "../painting/filmstrip_painter.js"
 *
 * @typedef {object} FilmTimes
 * @property {Float64Array} onsets s
 * @property {Float64Array} offsets s
 *
 * @typedef {FilmCalls & FilmTimes & { count: number, unit: string }} FilmState the calls of a file; `count`: in all
 *   files; `unit`: "call" or "window"
 */

import { durationText } from "../../../display/axes.js";
import { element, setText } from "../../dom.js";
import { AXIS_WIDTH } from "../painting/filmstrip_axis.js";
import { FilmLayout } from "../painting/filmstrip_layout.js";
import { FilmPainter } from "../painting/filmstrip_painter.js";
import { FilmDemand } from "./filmstrip_demand.js";
import { FilmScroll } from "./filmstrip_scroll.js";

/** @type {Record<string, number>} */
const KEYS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
const NO_TIMES = new Float64Array(0);
/** @type {FilmState} */
const NOTHING = { count: 0, call: -1, first: 0, onsets: NO_TIMES, offsets: NO_TIMES, frequencies: null, unit: "call" };

let filmstrips = 0; // each gives its option an id of its own

/** One filmstrip. Calls are counted as the explorer counts them: `first` is the number of the file's first one. */
export class Filmstrip {
  /**
   * @param {object} handlers
   * @param {(call: number) => void} handlers.open takes the call that the user chose
   * @param {(calls: number[]) => void} handlers.want takes the calls whose pictures are missing in view and half a page
   *   on either side, the visible ones first
   * @param {(call: number) => Picture | undefined} handlers.picture
   */
  constructor({ open, want, picture }) {
    this.open = open;
    this.picture = picture;
    this.ended = new AbortController();
    this.state = NOTHING;
    /** @type {Look | null} */
    this.look = null;
    /** @type {Theme | null} */
    this.theme = null;
    this.layout = new FilmLayout(NO_TIMES, NO_TIMES);
    /** @type {Map<number, string>} */
    this.failures = new Map();
    this.active = -1; // the option that the keys are on
    this.hovered = -1;
    this.frame = 0;
    const canvas = element("canvas", { "aria-hidden": "true" });
    this.painter = new FilmPainter(canvas);
    this.scroll = new FilmScroll(this.layout, () => this.scrolled(), this.ended.signal);
    this.demand = new FilmDemand(this.scroll, () => this.missing(), want);
    this.option = element("div", { class: "bc-film-option", role: "option", id: `bc-film-option-${++filmstrips}` });
    this.node = element(
      "div",
      { class: "bc-filmstrip", tabindex: "0", role: "listbox", "aria-orientation": "horizontal" },
      canvas,
      this.scroll.node,
      this.option,
    );
    this.node.setAttribute("aria-label", "Filmstrip: calls side by side");
    this.listen();
  }

  listen() {
    const { signal } = this.ended;
    this.scroll.node.addEventListener("click", (event) => this.click(event), { signal });
    this.scroll.node.addEventListener("pointermove", (event) => this.hover(this.callUnder(event)), { signal });
    this.scroll.node.addEventListener("pointerleave", () => this.hover(-1), { signal });
    this.node.addEventListener("keydown", (event) => this.press(event), { signal });
    this.node.addEventListener("focus", () => this.paintSoon(), { signal });
    this.node.addEventListener("blur", () => this.paintSoon(), { signal });
  }

  /**
   * Show the calls of a file.
   *
   * @param {Partial<FilmState> & { look: Look, theme: Theme }} state
   */
  show({ look, theme, ...state }) {
    const before = this.state;
    this.state = { ...NOTHING, ...state };
    if (look !== this.look) this.restyle(look);
    this.theme = theme;
    const { onsets, offsets, call, first } = this.state;
    const same = first === before.first && sameTimes(onsets, before.onsets) && sameTimes(offsets, before.offsets);
    if (!same) {
      this.layout = new FilmLayout(onsets, offsets);
      this.reset();
      this.makeRoom();
    }
    if (!same || call !== before.call) {
      this.active = this.indexOf(call);
      if (this.active >= 0) this.reveal(this.active, !same);
    }
    this.describe();
    this.paint();
    this.demand.askSoon();
  }

  /** Forget what failed and what was asked for: pictures of another transform or channel are meant from now on. */
  reset() {
    this.painter.cells.clear();
    this.failures.clear();
    this.paintSoon();
    this.demand.reset();
  }

  /**
   * A picture has come.
   *
   * @param {number} call
   */
  arrived(call) {
    this.failures.delete(call);
    this.demand.askSoon(); // also so that it may be asked for again, should it be gone by then
    if (this.isVisible(call)) this.paintSoon();
  }

  /**
   * A picture will not come, and why.
   *
   * @param {number} call
   * @param {string} message
   */
  failed(call, message) {
    this.failures.set(call, message);
    if (this.isVisible(call)) this.paintSoon();
    this.describe();
  }

  /** @param {Look} look */
  restyle(look) {
    this.look = look;
    this.painter.cells.restyle(look);
  }

  /**
   * Take the size that the page gives.
   *
   * @param {number} ratio
   */
  resize(ratio) {
    if (!this.painter.resize(this.node.clientWidth, this.scroll.node.clientHeight, ratio)) return;
    this.makeRoom();
    if (this.active >= 0) this.reveal(this.active, true);
    this.paint();
    this.demand.askSoon();
  }

  /** Clean up; nothing is called afterwards. */
  end() {
    this.ended.abort();
    cancelAnimationFrame(this.frame);
    this.demand.end();
    this.node.remove();
  }

  // Places

  /**
   * A call's place in this file, or -1.
   *
   * @param {number} call
   */
  indexOf(call) {
    const index = call - this.state.first;
    return call >= 0 && index >= 0 && index < this.layout.count ? index : -1;
  }

  /** @param {number} call */
  isVisible(call) {
    const { position, view } = this.scroll;
    const [from, to] = this.layout.within(position, position + view);
    return call - this.state.first >= from && call - this.state.first < to;
  }

  makeRoom() {
    this.scroll.fit(this.layout, Math.max(this.painter.width - AXIS_WIDTH, 0));
  }

  /**
   * @param {number} index
   * @param {boolean} atOnce
   */
  reveal(index, atOnce) {
    if (this.scroll.reveal(index, atOnce)) this.demand.settle();
    else if (this.scroll.target !== null) this.paintSoon();
  }

  scrolled() {
    this.paintSoon();
    this.demand.askSoon();
  }

  /** The calls without a picture in view and half a page on either side, the visible ones first. */
  missing() {
    const { layout } = this;
    const { position, view } = this.scroll;
    const [from, to] = layout.within(position, position + view);
    const [near, far] = layout.within(position - view / 2, position + 1.5 * view);
    /** @type {number[]} */
    const calls = [];
    /**
     * @param {number} start
     * @param {number} end
     */
    const add = (start, end) => {
      for (let index = start; index < end; index++) {
        const call = this.state.first + index;
        if (!this.failures.has(call) && !this.picture(call)) calls.push(call);
      }
    };
    add(from, to);
    add(to, far);
    add(near, from);
    return calls;
  }

  // Painting

  paintSoon() {
    if (this.ended.signal.aborted) return;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.scroll.slide()) this.demand.askSoon();
      if (this.scroll.target !== null) this.paintSoon();
      this.paint();
    });
  }

  paint() {
    const { painter, layout, state, theme, picture, failures, hovered } = this;
    if (!theme || !this.look || !(painter.width > 0 && painter.height > 0)) return;
    const { position } = this.scroll;
    const active = document.activeElement === this.node ? this.active : -1;
    if (painter.paint({ layout, state, position, theme, picture, failures, hovered, active })) this.paintSoon();
  }

  // Pointer, keys, and words for who cannot see it

  /** @param {MouseEvent} event */
  callUnder(event) {
    const across = event.clientX - this.scroll.node.getBoundingClientRect().left;
    const position = this.scroll.position + across;
    return this.layout.count > 0 && position < this.layout.total ? this.layout.at(position) : -1;
  }

  /** @param {MouseEvent} event */
  click(event) {
    const index = this.callUnder(event);
    if (index >= 0) this.open(this.state.first + index);
  }

  /** @param {number} index */
  hover(index) {
    if (index === this.hovered) return;
    this.hovered = index;
    const failure = this.failures.get(this.state.first + index);
    if (failure) this.scroll.node.title = failure;
    else this.scroll.node.removeAttribute("title");
    this.paintSoon();
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || this.layout.count === 0) return;
    if (event.key === "Enter" && this.active >= 0) this.open(this.state.first + this.active);
    else if (event.key in KEYS) this.activate(this.active + KEYS[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} index */
  activate(index) {
    this.active = Math.min(Math.max(index, 0), this.layout.count - 1);
    this.reveal(this.active, false);
    this.describe();
    this.paint();
    this.demand.askSoon();
  }

  describe() {
    const { state, active, layout } = this;
    this.option.hidden = active < 0;
    if (active < 0) return this.node.removeAttribute("aria-activedescendant");
    const call = state.first + active;
    const parts = [`${state.unit} ${call + 1}`, state.labels?.[active], this.failures.get(call)];
    if (active > 0) parts.push(`${durationText(layout.interval(active - 1))} after the one before`);
    setText(this.option, parts.filter(Boolean).join(", "));
    this.option.setAttribute("aria-posinset", String(call + 1));
    this.option.setAttribute("aria-setsize", String(state.count || layout.count));
    this.option.setAttribute("aria-selected", String(call === state.call));
    this.node.setAttribute("aria-activedescendant", this.option.id);
  }
}

/**
 * Whether two lists of times are the same, be they one object or not.
 *
 * @param {Float64Array} times
 * @param {Float64Array} others
 */
function sameTimes(times, others) {
  return times === others || (times.length === others.length && times.every((time, k) => time === others[k]));
}
