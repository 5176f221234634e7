/** The whole recording in one strip: every call marked along its top, where we are framed, a click or a drag goes. */

import { niceTicks, numberText } from "../../../display/axes.js";
import { colourTable } from "../../../display/colours.js";
import { element, fitCanvas, setText } from "../../dom.js";
import { poolStrip, StripLevels } from "../painting/strip_levels.js";

/** Heights in CSS pixels: the lane of the marks, the levels, the time axis. */
const STRIP_LANE = 10;
const STRIP_PICTURE = 38;
const STRIP_AXIS = 16;
const STRIP_FRAME = 3;
const STRIP_KEYS = ["ArrowLeft", "ArrowRight", "ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End"];
const STRIP_NOTHING = new Float64Array(0);
const EMPTY_STRIP = {
  duration: 0,
  first: 0,
  onsets: STRIP_NOTHING,
  offsets: STRIP_NOTHING,
  call: -1,
  title: "",
  unit: "call",
};

/**
 * One strip. `goTo(seconds, { drag })` is told where the user wants to be: `drag` while more is to come, at most once a
 * frame; where a drag ended comes without it.
 *
 * It is drawn in three layers, so that a step or a drag redraws the top one only: the levels, the marks with the time
 * axis, and where we are.
 */
export class Strip {
  constructor({ goTo }) {
    this.goTo = goTo;
    this.ended = new AbortController();
    this.state = EMPTY_STRIP;
    this.strip = null;
    this.width = 0;
    this.ratio = 1;
    this.build();
    this.listen();
  }

  build() {
    const canvas = (name) => element("canvas", { class: name, "aria-hidden": "true" });
    this.picture = canvas("bc-strip-picture");
    this.chrome = canvas("bc-strip-chrome");
    this.overlay = canvas("bc-strip-overlay");
    this.name = element("div", { class: "bc-strip-name" });
    this.node = element(
      "div",
      { class: "bc-strip", tabindex: "0", role: "slider", "aria-label": "The whole recording", "aria-valuemin": "0" },
      this.picture,
      this.chrome,
      this.overlay,
      this.name,
    );
  }

  listen() {
    const on = (event, handler) => this.node.addEventListener(event, handler, { signal: this.ended.signal });
    on("pointerdown", (event) => this.grab(event));
    on("pointermove", (event) => this.drag(event));
    on("pointerup", () => this.release());
    on("pointercancel", () => this.release());
    on("keydown", (event) => this.press(event));
  }

  /**
   * Show a recording and the place in it.
   *
   * duration in s; onsets, offsets: Float64Array in s; call: the current one, or -1; first: how many calls other files
   * have before this one's, counted in `call`; count: calls in all; viewport: {left, right} in s, or null; title: the
   * file's name; unit: "call" or "window". What is the same object as before is not drawn again.
   */
  show(state) {
    const before = this.state;
    this.state = { ...EMPTY_STRIP, ...state };
    const { duration, onsets, offsets, title } = this.state;
    setText(this.name, title);
    this.describe();
    if (duration !== before.duration) this.poolAll();
    if (duration !== before.duration || onsets !== before.onsets || offsets !== before.offsets) this.drawChrome();
    this.drawOverlay();
  }

  /** The words for who cannot see it. */
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

  /** Where we are, in s: at the current call's onset, or in the middle of the view. */
  get here() {
    const { onsets, viewport } = this.state;
    if (this.index in onsets) return onsets[this.index];
    return viewport ? (viewport.left + viewport.right) / 2 : 0;
  }

  /**
   * Take in a segment of the levels and paint it: {first, total, t0, dt, columns, bins, low, step, enbw, levels}, with
   * `t0` the centre of its first column in s.
   */
  receive(segment) {
    if (!this.strip?.fits(segment)) {
      this.reset();
      this.strip = new StripLevels(segment);
    }
    this.strip.add(segment);
    const { duration } = this.state;
    const { start, dt } = this.strip;
    const pixel = (column) => Math.floor(((start + column * dt) / duration) * this.picture.width);
    this.pool(pixel(segment.first) - 1, pixel(segment.first + segment.columns) + 2);
    this.node.dataset.state = this.strip.known.includes(0) ? "waiting" : "complete";
  }

  /** Forget the levels: another recording or channel comes. */
  reset() {
    this.strip = null;
    this.image = null;
    this.node.dataset.state = "waiting";
    this.picture.getContext("2d").clearRect(0, 0, this.picture.width, this.picture.height);
  }

  /** Take other colours. */
  repaint(look, theme) {
    const restyled = theme !== this.theme;
    Object.assign(this, { look, theme });
    this.colour(0, this.picture.width);
    if (restyled) {
      this.drawChrome();
      this.drawOverlay();
    }
  }

  /** Take the width that the page gives. */
  resize(ratio) {
    const width = this.node.clientWidth;
    if (width === this.width && ratio === this.ratio) return;
    Object.assign(this, { width, ratio });
    fitCanvas(this.picture, width, STRIP_PICTURE, ratio);
    for (const canvas of [this.chrome, this.overlay]) {
      fitCanvas(canvas, width, STRIP_LANE + STRIP_PICTURE + STRIP_AXIS, ratio);
    }
    this.poolAll();
    this.drawChrome();
    this.drawOverlay();
  }

  /** Clean up; nothing is called afterwards. */
  end() {
    this.ended.abort();
    cancelAnimationFrame(this.frame);
    this.node.remove();
  }

  // The levels

  poolAll() {
    this.image = null;
    this.pool(0, this.picture.width);
  }

  /** Pool and paint the pixel columns [from, to), as far as they are there. */
  pool(from, to) {
    const { width, height: rows } = this.picture;
    const { duration } = this.state;
    if (!this.strip || !(duration > 0) || width === 0) return;
    if (!this.image) {
      this.image = new ImageData(width, rows);
      this.pixels = { pooled: new Uint8Array(rows * width), shown: new Uint8Array(width), width, rows, duration };
      [from, to] = [0, width];
    }
    [from, to] = [Math.max(from, 0), Math.min(to, width)];
    poolStrip(this.strip, this.pixels, from, to);
    this.colour(from, to);
  }

  /** Colour the pooled pixel columns [from, to); what is missing stays clear. */
  colour(from, to) {
    if (!this.image || !this.look || from >= to) return;
    const table = colourTable(this.strip, this.look);
    const { pooled, shown, width, rows } = this.pixels;
    const packed = new Uint32Array(this.image.data.buffer);
    for (let y = 0; y < rows; y++) {
      for (let k = y * width + from, x = from; x < to; x++, k++) packed[k] = shown[x] ? table[pooled[k]] : 0;
    }
    this.picture.getContext("2d").putImageData(this.image, 0, 0, from, 0, to - from, rows);
  }

  // The marks, the axis, and where we are

  begin(canvas) {
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.scale(this.ratio, this.ratio);
    return this.theme && this.width > 0 && this.state.duration > 0 ? context : null;
  }

  drawChrome() {
    const context = this.begin(this.chrome);
    if (!context) return;
    this.drawCallMarks(context);
    this.drawStripAxis(context);
  }

  /** Every call, in pixels of the screen: those that share one are one mark. */
  drawCallMarks(context) {
    const { onsets, offsets, duration } = this.state;
    const { ratio, chrome } = this;
    const taken = new Uint8Array(chrome.width);
    for (let k = 0; k < onsets.length; k++) {
      const from = Math.floor((onsets[k] / duration) * taken.length);
      const to = Math.ceil((offsets[k] / duration) * taken.length);
      taken.fill(1, Math.max(Math.min(from, taken.length - 1), 0), Math.max(to, from + 1));
    }
    context.fillStyle = this.theme.muted;
    for (let from = taken.indexOf(1), to; from >= 0; from = taken.indexOf(1, to)) {
      to = taken.indexOf(0, from);
      if (to < 0) to = taken.length;
      context.fillRect(from / ratio, STRIP_LANE - 6, (to - from) / ratio, 5);
    }
  }

  drawStripAxis(context) {
    const { width, theme, ratio } = this;
    const top = STRIP_LANE + STRIP_PICTURE;
    context.font = `10px ${theme.font}`;
    context.textBaseline = "top";
    context.textAlign = "center";
    let free = 0; // no label may touch the one before it
    for (const { share, text } of stripTicks(this.state.duration, width)) {
      const x = Math.min(Math.floor(share * width * ratio) / ratio, width - 1);
      context.fillStyle = theme.muted;
      context.fillRect(x, top, 1 / ratio, 3);
      const half = context.measureText(text).width / 2;
      const middle = Math.min(Math.max(x, half), width - half);
      if (middle - half < free) continue;
      context.fillText(text, middle, top + 5);
      free = middle + half + 8;
    }
  }

  drawOverlay() {
    const context = this.begin(this.overlay);
    if (!context) return;
    if (this.state.viewport) this.drawViewport(context);
    if (this.index in this.state.onsets) this.drawCurrent(context);
  }

  drawViewport(context) {
    const { viewport, duration } = this.state;
    const [left, right] = [viewport.left, viewport.right].map((at) => (at / duration) * this.width);
    const span = Math.max(right - left, STRIP_FRAME);
    const middle = Math.min(Math.max((left + right) / 2, span / 2), this.width - span / 2);
    const [x, y, wide, high] = [middle - span / 2, STRIP_LANE, span, STRIP_PICTURE];
    // Light within dark, so that it shows on any colour map.
    context.fillStyle = "rgba(255, 255, 255, 0.16)";
    context.fillRect(x, y, wide, high);
    context.strokeStyle = "rgba(0, 0, 0, 0.6)";
    context.strokeRect(x - 0.5, y + 0.5, wide + 1, high - 1);
    context.strokeStyle = "rgba(255, 255, 255, 0.9)";
    context.strokeRect(x + 0.5, y + 1.5, Math.max(wide - 1, 1), high - 3);
  }

  /** The current call: a mark as high as the lane, and a pointer that is found at a glance. */
  drawCurrent(context) {
    const { onsets, offsets, duration } = this.state;
    const [from, to] = [onsets[this.index], offsets[this.index]].map((at) => (at / duration) * this.width);
    const span = Math.max(to - from, 2);
    const x = Math.min(Math.max((from + to) / 2, span / 2), this.width - span / 2);
    const tip = Math.min(Math.max(x, 5), this.width - 5);
    context.fillStyle = this.theme.brand;
    context.fillRect(x - span / 2, STRIP_LANE - 6, span, 6);
    context.beginPath();
    context.moveTo(tip - 5, 0);
    context.lineTo(tip + 5, 0);
    context.lineTo(x, STRIP_LANE - 3);
    context.fill();
  }

  // The user's hand

  secondsAt(event) {
    const { left, width } = this.node.getBoundingClientRect();
    return Math.min(Math.max((event.clientX - left) / width, 0), 1) * this.state.duration;
  }

  grab(event) {
    if (event.button !== 0 || !(this.state.duration > 0)) return;
    this.node.setPointerCapture(event.pointerId);
    this.held = { seconds: this.secondsAt(event), moved: false };
    this.goTo(this.held.seconds, { drag: false });
  }

  drag(event) {
    if (!this.held) return;
    this.held = { seconds: this.secondsAt(event), moved: true };
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.goTo(this.held.seconds, { drag: true });
    });
  }

  release() {
    const { held } = this;
    this.held = null;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (held?.moved) this.goTo(held.seconds, { drag: false });
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (!STRIP_KEYS.includes(event.key) || !(this.state.duration > 0)) return;
    event.preventDefault();
    event.stopPropagation();
    this.goTo(this.keyTarget(event.key), { drag: false });
  }

  /** An arrow goes to the next call, or on by a hundredth where there are none; a page is a tenth of the recording. */
  keyTarget(key) {
    const { onsets, duration } = this.state;
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

/** The ticks of the strip's time axis in a unit that suits its length: where (0 to 1), and in what words. */
export function stripTicks(duration, width) {
  const units = [
    ["h", 3600, 10_800],
    ["min", 60, 600],
    ["s", 1, 1],
    ["ms", 0.001, 0],
  ];
  const [unit, size] = units.find(([, , from]) => duration >= from);
  const { values, decimals } = niceTicks(0, duration / size, width / 72);
  const text = (value) => (value === 0 ? "0" : `${numberText(value, decimals)} ${unit}`);
  return values.map((value) => ({ share: (value * size) / duration, text: text(value) }));
}
