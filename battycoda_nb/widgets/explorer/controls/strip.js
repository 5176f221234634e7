/**
 * The whole recording in one strip: every call marked along its top, the part that is shown framed; a click, a drag or
 * a key goes elsewhere.
 *
 * @import { Look, Theme } from "../../../display/colours.js"
 * @import { Span } from "../../../display/viewport.js"
 * @import { Segment } from "../painting/strip_levels.js"
 *
 * @typedef {(seconds: number, how: { drag: boolean }) => void} GoTo
 *
 * @typedef {object} StripState a recording and the place in it
 * @property {number} duration s
 * @property {Float64Array} onsets s
 * @property {Float64Array} offsets s
 * @property {number} call the current one, or -1
 * @property {number} first how many calls other files have before this one's, counted in `call`
 * @property {number} [count] calls in all, where there are other files
 * @property {Span | null} viewport
 * @property {string} title the file's name
 * @property {string} unit "call" or "window"
 */

import { numberText } from "../../../display/axes.js";
import { element, setText } from "../../dom.js";
import { StripPainter } from "../painting/strip_painter.js";

const KEYS = ["ArrowLeft", "ArrowRight", "ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End"];
const NO_TIMES = new Float64Array(0);
/** @type {StripState} */
const NOTHING = {
  duration: 0,
  onsets: NO_TIMES,
  offsets: NO_TIMES,
  call: -1,
  first: 0,
  viewport: null,
  title: "",
  unit: "call",
};

/** One strip. */
export class Strip {
  /**
   * @param {object} handlers
   * @param {GoTo} handlers.goTo takes the time that the user chose: with `drag` while more is to come, at most once a
   *   frame; the end of a drag comes without it
   */
  constructor({ goTo }) {
    this.goTo = goTo;
    this.ended = new AbortController();
    this.state = NOTHING;
    /** @type {{ seconds: number, moved: boolean } | null} */
    this.held = null;
    this.frame = 0;
    this.painter = new StripPainter();
    this.name = element("div", { class: "bc-strip-name" });
    this.node = element(
      "div",
      { class: "bc-strip", tabindex: "0", role: "slider", "aria-label": "The whole recording", "aria-valuemin": "0" },
      this.painter.picture,
      this.painter.chrome,
      this.painter.overlay,
      this.name,
    );
    this.listen();
  }

  listen() {
    const { signal } = this.ended;
    this.node.addEventListener("pointerdown", (event) => this.grab(event), { signal });
    this.node.addEventListener("pointermove", (event) => this.drag(event), { signal });
    this.node.addEventListener("pointerup", () => this.release(), { signal });
    this.node.addEventListener("pointercancel", () => this.release(), { signal });
    this.node.addEventListener("keydown", (event) => this.press(event), { signal });
  }

  /**
   * Show a recording and the place in it.
   *
   * @param {Partial<StripState>} state
   */
  show(state) {
    this.state = { ...NOTHING, ...state };
    const { duration, onsets, offsets, viewport, title } = this.state;
    setText(this.name, title);
    this.describe();
    this.painter.show({ duration, onsets, offsets, viewport, index: this.index });
  }

  /** Put the place into words, for who cannot see it. */
  describe() {
    const { duration, onsets, first, unit, count = first + onsets.length } = this.state;
    const [index, at] = [this.index, this.here];
    const where = index in onsets ? `${unit} ${first + index + 1} of ${count} at ` : "";
    const texts = { now: String(at), max: String(duration), text: `${where}${numberText(at, 2)} s` };
    for (const [name, text] of Object.entries(texts)) this.node.setAttribute(`aria-value${name}`, text);
  }

  /** The current call's place in `onsets`, or -1. */
  get index() {
    return this.state.call < 0 ? -1 : this.state.call - this.state.first;
  }

  /** The time that is shown, in s: the current call's onset, or the middle of the view. */
  get here() {
    const { onsets, viewport } = this.state;
    if (this.index in onsets) return onsets[this.index];
    return viewport ? (viewport.left + viewport.right) / 2 : 0;
  }

  /**
   * Take in a segment of the levels and paint it.
   *
   * @param {Segment} segment
   */
  receive(segment) {
    this.painter.receive(segment);
    this.node.dataset.state = this.painter.complete ? "complete" : "waiting";
  }

  /** Forget the levels: another recording or channel comes. */
  reset() {
    this.painter.reset();
    this.node.dataset.state = "waiting";
  }

  /**
   * Take other colours.
   *
   * @param {Look} look
   * @param {Theme} theme
   */
  repaint(look, theme) {
    this.painter.repaint(look, theme);
  }

  /**
   * Take other colours where they differ.
   *
   * @param {Look} look
   * @param {Theme} theme
   */
  restyle(look, theme) {
    if (this.painter.look !== look || this.painter.theme !== theme) this.repaint(look, theme);
  }

  /**
   * Take the width that the page gives.
   *
   * @param {number} ratio
   */
  resize(ratio) {
    this.painter.resize(this.node.clientWidth, ratio);
  }

  /** Clean up; nothing is called afterwards. */
  end() {
    this.ended.abort();
    cancelAnimationFrame(this.frame);
    this.node.remove();
  }

  /** @param {PointerEvent} event */
  secondsAt(event) {
    const { left, width } = this.node.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - left) / width, 0), 1) * this.state.duration;
  }

  /** @param {PointerEvent} event */
  grab(event) {
    if (event.button !== 0 || !(this.state.duration > 0)) return;
    this.node.setPointerCapture(event.pointerId);
    this.held = { seconds: this.secondsAt(event), moved: false };
    this.goTo(this.held.seconds, { drag: false });
  }

  /** @param {PointerEvent} event */
  drag(event) {
    if (!this.held) return;
    this.held = { seconds: this.secondsAt(event), moved: true };
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.held) this.goTo(this.held.seconds, { drag: true });
    });
  }

  release() {
    const { held } = this;
    this.held = null;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (held?.moved) this.goTo(held.seconds, { drag: false });
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (!KEYS.includes(event.key) || !(this.state.duration > 0)) return;
    event.preventDefault();
    event.stopPropagation();
    this.goTo(this.keyTarget(event.key), { drag: false });
  }

  /**
   * The time that a key goes to: an arrow to the next call, or on by a hundredth where there are none; a page is a tenth
   * of the recording.
   *
   * @param {string} key
   */
  keyTarget(key) {
    const { onsets, duration } = this.state;
    /** @param {number} seconds */
    const within = (seconds) => Math.min(Math.max(seconds, 0), duration);
    const last = onsets.length - 1;
    if (key === "Home") return onsets[0] ?? 0;
    if (key === "End") return onsets[last] ?? duration;
    const way = ["ArrowRight", "ArrowUp", "PageUp"].includes(key) ? 1 : -1;
    if (key.startsWith("Page")) return within(this.here + (way * duration) / 10);
    if (last < 0) return within(this.here + (way * duration) / 100);
    if (this.index >= 0) return onsets[Math.min(Math.max(this.index + way, 0), last)];
    const ahead = onsets.findIndex((onset) => onset > this.here);
    const next = way > 0 ? ahead : (ahead < 0 ? onsets.length : ahead) - 1;
    return onsets[next] ?? this.here;
  }
}
