/** Calls side by side at one scale, with the true intervals between them. Only what is visible is asked for. */

import { durationText } from "../../../display/axes.js";
import { element, setText } from "../../dom.js";
import { AXIS_WIDTH } from "../painting/filmstrip_axis.js";
import { FilmLayout } from "../painting/filmstrip_layout.js";
import { FilmPainter } from "../painting/filmstrip_painter.js";

/** Browsers end an element at 16 to 33 million pixels; a longer strip scrolls in larger steps. */
const FILM_ROOM = 12_000_000;
const FILM_ASK_MS = 100;
const FILM_KEYS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
const FILM_NOTHING = new Float64Array(0);
const EMPTY_FILM = {
  count: 0,
  call: -1,
  first: 0,
  onsets: FILM_NOTHING,
  offsets: FILM_NOTHING,
  frequencies: null,
  unit: "call",
};

let filmstrips = 0; // each gives its option an id of its own

/**
 * One filmstrip. `open(call)` is told which call the user chose, `want(calls)` which pictures are missing in view and
 * half a page on either side, the visible ones first; `picture(call)` gives {levels, meta} or undefined. Calls are
 * counted as the explorer counts them: `first` is the number of the file's first one.
 */
export class Filmstrip {
  constructor({ open, want, picture }) {
    Object.assign(this, { open, want, picture });
    this.ended = new AbortController();
    this.state = EMPTY_FILM;
    this.layout = new FilmLayout(FILM_NOTHING, FILM_NOTHING);
    this.failures = new Map();
    this.asked = new Set();
    this.askedAt = { time: -Infinity, position: 0 };
    this.position = 0; // CSS pixels of the strip at the left edge of the view
    this.target = null; // where it slides to
    this.active = -1; // the option that the keys are on
    this.hovered = -1;
    this.build();
    this.listen();
  }

  build() {
    const canvas = element("canvas", { "aria-hidden": "true" });
    this.painter = new FilmPainter(canvas);
    this.room = element("div", { class: "bc-film-room" });
    this.scroller = element("div", { class: "bc-film-scroller", tabindex: "-1" }, this.room);
    this.option = element("div", { class: "bc-film-option", role: "option", id: `bc-film-option-${++filmstrips}` });
    this.node = element(
      "div",
      { class: "bc-filmstrip", tabindex: "0", role: "listbox", "aria-orientation": "horizontal" },
      canvas,
      this.scroller,
      this.option,
    );
    this.node.setAttribute("aria-label", "Filmstrip: calls side by side");
  }

  listen() {
    const { signal } = this.ended;
    const on = (target, event, handler) => target.addEventListener(event, handler, { signal });
    on(this.scroller, "scroll", () => this.scrolled());
    on(this.scroller, "click", (event) => this.click(event));
    on(this.scroller, "pointermove", (event) => this.hover(this.callUnder(event)));
    on(this.scroller, "pointerleave", () => this.hover(-1));
    on(this.node, "keydown", (event) => this.press(event));
    on(this.node, "focus", () => this.paintSoon());
    on(this.node, "blur", () => this.paintSoon());
  }

  /**
   * Show the calls of a file.
   *
   * count: calls in all files; call: the current one, or -1; first: the number of this file's first; onsets, offsets:
   * Float64Array in s; labels: texts, or nothing; frequencies: {bottom, top} in Hz, or null for all that the pictures
   * hold; look, theme: as for repaint; unit: "call" or "window".
   */
  show(state) {
    const before = this.state;
    this.state = { ...EMPTY_FILM, ...state };
    if (state.look !== this.look) this.restyle(state.look);
    this.theme = state.theme;
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
    this.askSoon();
  }

  /** Forget what failed and what was asked for: pictures of another transform or channel are meant from now on. */
  reset() {
    this.painter.cells.clear();
    this.failures.clear();
    this.asked.clear();
    this.paintSoon();
    this.askSoon();
  }

  /** A picture has come. */
  arrived(call) {
    this.failures.delete(call);
    this.askSoon(); // also so that it may be asked for again, should it be gone by then
    if (this.isVisible(call)) this.paintSoon();
  }

  /** A picture will not come, and why. */
  failed(call, message) {
    this.failures.set(call, message);
    if (this.isVisible(call)) this.paintSoon();
    this.describe();
  }

  /** Take other colours. */
  repaint(look, theme) {
    this.restyle(look);
    this.theme = theme;
    this.paint();
  }

  restyle(look) {
    this.look = look;
    this.painter.cells.restyle(look);
  }

  /** Take the size that the page gives. */
  resize(ratio) {
    if (!this.painter.resize(this.node.clientWidth, this.scroller.clientHeight, ratio)) return;
    this.makeRoom();
    if (this.active >= 0) this.reveal(this.active, true);
    this.paint();
    this.askSoon();
  }

  /** Clean up; nothing is called afterwards. */
  end() {
    this.ended.abort();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.want = () => {};
    this.node.remove();
  }

  // Places

  /** A call's place in this file, or -1. */
  indexOf(call) {
    const index = call - this.state.first;
    return call >= 0 && index >= 0 && index < this.layout.count ? index : -1;
  }

  /** CSS pixels of the strip that the view shows. */
  get view() {
    return Math.max(this.painter.width - AXIS_WIDTH, 0);
  }

  get furthest() {
    return Math.max(this.layout.total - this.view, 0);
  }

  isVisible(call) {
    const [from, to] = this.layout.within(this.position, this.position + this.view);
    return call - this.state.first >= from && call - this.state.first < to;
  }

  makeRoom() {
    this.room.style.width = `${Math.min(this.layout.total, FILM_ROOM)}px`;
    this.moveTo(this.position);
  }

  /** Positions of the strip in one pixel of the scroll bar's: 1, unless the strip is beyond a browser's widths. */
  get gear() {
    const { scrollWidth, clientWidth } = this.scroller;
    return scrollWidth > clientWidth && this.layout.total > FILM_ROOM ? this.furthest / (scrollWidth - clientWidth) : 1;
  }

  moveTo(position) {
    this.position = Math.min(Math.max(position, 0), this.furthest);
    this.scroller.scrollLeft = this.position / this.gear;
    this.scrolledTo = this.scroller.scrollLeft; // rounded; the event that it will send is not the user's
  }

  /** Bring a call into view, with a neighbour beside it. */
  reveal(index, atOnce) {
    const { layout, view } = this;
    const from = this.target ?? this.position;
    const margin = Math.min(view / 4, 100);
    const [left, right] = [layout.edges[index] - margin, layout.edges[index + 1] + margin];
    let to = from;
    if (left < from || right > from + view) to = left < from ? left : right - view;
    const far = Math.abs(to - this.position) > view;
    if (far) to = layout.middle(index) - view / 2;
    if (atOnce || far || matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.target = null;
      this.moveTo(to);
      this.askedAt.position = this.position; // a jump is no rush: it ends here
    } else if (to !== from) {
      this.target = Math.min(Math.max(to, 0), this.furthest);
      this.paintSoon();
    }
  }

  slide() {
    if (this.target === null) return;
    const rest = this.target - this.position;
    const arrives = Math.abs(rest) < 1;
    this.moveTo(arrives ? this.target : this.position + 0.35 * rest);
    if (arrives) this.target = null;
    else this.paintSoon();
    this.askSoon();
  }

  scrolled() {
    if (this.scroller.scrollLeft === this.scrolledTo) return;
    this.target = null;
    this.scrolledTo = this.scroller.scrollLeft;
    this.position = Math.min(this.scrolledTo * this.gear, this.furthest);
    this.paintSoon();
    this.askSoon();
  }

  // Asking

  /** Ask soon for what is missing, at most ten times a second, and not while whole pages rush by. */
  askSoon() {
    if (this.timer || this.ended.signal.aborted) return;
    const since = performance.now() - this.askedAt.time;
    this.timer = setTimeout(
      () => {
        this.timer = 0;
        const rushes = Math.abs(this.position - this.askedAt.position) > this.view;
        this.askedAt = { time: performance.now(), position: this.position };
        if (rushes) this.askSoon();
        else this.ask();
      },
      Math.max(FILM_ASK_MS - since, 0),
    );
  }

  ask() {
    const { layout, position, view } = this;
    if (view === 0) return;
    const [from, to] = layout.within(position, position + view);
    const [near, far] = layout.within(position - view / 2, position + 1.5 * view);
    const calls = [];
    const add = (start, end) => {
      for (let index = start; index < end; index++) calls.push(this.state.first + index);
    };
    add(from, to);
    add(to, far);
    add(near, from);
    const missing = calls.filter((call) => !this.failures.has(call) && !this.picture(call));
    const isNew = missing.some((call) => !this.asked.has(call));
    this.asked = new Set(missing);
    if (isNew) this.want(missing);
  }

  // Painting

  paintSoon() {
    if (this.ended.signal.aborted) return;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.slide();
      this.paint();
    });
  }

  paint() {
    const { painter, layout, state, position, theme, picture, failures, hovered } = this;
    if (!theme || !this.look || !(painter.width > 0 && painter.height > 0)) return;
    const active = document.activeElement === this.node ? this.active : -1;
    if (painter.paint({ layout, state, position, theme, picture, failures, hovered, active })) this.paintSoon();
  }

  // The user's hand, and the words for who cannot see it

  callUnder(event) {
    const across = event.clientX - this.scroller.getBoundingClientRect().left;
    const position = this.position + across;
    return this.layout.count > 0 && position < this.layout.total ? this.layout.at(position) : -1;
  }

  click(event) {
    const index = this.callUnder(event);
    if (index >= 0) this.open(this.state.first + index);
  }

  hover(index) {
    if (index === this.hovered) return;
    this.hovered = index;
    const failure = this.failures.get(this.state.first + index);
    if (failure) this.scroller.title = failure;
    else this.scroller.removeAttribute("title");
    this.paintSoon();
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || this.layout.count === 0) return;
    if (event.key === "Enter" && this.active >= 0) this.open(this.state.first + this.active);
    else if (event.key in FILM_KEYS) this.activate(this.active + FILM_KEYS[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  activate(index) {
    this.active = Math.min(Math.max(index, 0), this.layout.count - 1);
    this.reveal(this.active, false);
    this.describe();
    this.paint();
    this.askSoon();
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

/** Whether two lists of times say the same, be they one object or not. */
function sameTimes(times, others) {
  return times === others || (times.length === others.length && times.every((time, k) => time === others[k]));
}
