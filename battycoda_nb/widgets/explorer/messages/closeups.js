/**
 * Closer pictures of what is zoomed into: asked for when the view has come to rest, kept while they may be of use.
 *
 * @import { Buffer, Picture } from "../../../display/png.js"
 * @import { Span as Times, Viewport } from "../../../display/viewport.js"
 * @import { Session } from "../session.js"
 * @import { CloseMessage, Place, Span } from "./messages.d.ts"
 *
 * @typedef {Picture & Pick<Span, "file" | "channel" | "transform">} Closeup
 * @typedef {{ state: "" | "waiting" | "shown" } | { state: "failed", problem: string }} Sharpness "": none is wanted
 */

import { pictureExtent } from "../../../display/axes.js";
import { unpackPicture } from "../../../display/png.js";
import { closeSpan, wantsClose } from "../../../display/viewport.js";
import { Memory } from "./pictures.js";

const REST_MS = 80; // after the last change of the view
const KEPT_BYTES = 24 * 1024 * 1024;

/** @param {Span} span */
function keyOf({ file, channel, transform, start, stop }) {
  return `${file}/${channel}/${transform}/${start}/${stop}`;
}

/** One session's closer pictures. */
export class Closeups {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    /** @type {Memory<Closeup>} */
    this.memory = new Memory(KEPT_BYTES);
    /** @type {Set<string>} */
    this.waiting = new Set();
    /** @type {Map<string, string>} */
    this.failures = new Map();
    this.timer = 0;
  }

  /** The view has changed: see, when it rests, whether a closer picture is wanted. */
  moved() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), REST_MS);
  }

  /** The viewport, where the picture on the screen is worth a closer one; else null. */
  get wanted() {
    const { viewport, home } = this.session;
    return viewport && home && wantsClose(viewport, home) ? viewport : null;
  }

  /**
   * The span that is asked for to show some seconds of a recording.
   *
   * @param {Place} place
   * @param {Times} times
   * @returns {Span}
   */
  spanOf(place, times) {
    const { file, duration } = this.session.recordings.of(place.call);
    const { start, stop } = closeSpan(times, duration ?? times.right);
    return { file, call: place.call, channel: place.channel, transform: place.transform, start, stop };
  }

  ask() {
    const { wanted } = this;
    if (wanted) this.send(this.spanOf(this.session.place, wanted), false);
  }

  /**
   * @param {Span} span
   * @param {boolean} ahead
   */
  send(span, ahead) {
    const key = keyOf(span);
    if (this.memory.has(key) || this.waiting.has(key) || this.failures.has(key)) return;
    this.waiting.add(key);
    this.session.publish((view) => view.sharpness());
    this.session.send({ type: "close", ...span, ahead });
  }

  /**
   * A closer picture has come, or why there is none.
   *
   * @param {CloseMessage} message
   * @param {Buffer[]} buffers
   */
  async receive(message, buffers) {
    const { file, channel, transform, ahead, meta, digest, failed, dropped } = message;
    const key = keyOf(message);
    if (dropped) {
      this.waiting.delete(key);
      if (this.failures.delete(key)) this.ask(); // workers are back
      return;
    }
    const { picture, reason } = meta
      ? await unpackPicture({ meta, digest }, buffers)
      : { reason: String(failed ?? "the message carries no picture") };
    this.waiting.delete(key);
    if (picture) this.memory.set(key, { ...picture, file, channel, transform });
    else this.failures.set(key, reason);
    this.session.publish((view) => {
      view.repaint();
      view.sharpness();
      view.describe();
    });
    if (!ahead && picture) this.askAhead();
  }

  /** The neighbours in the same zoom. */
  askAhead() {
    const { zoom, place, direction, recordings } = this.session;
    if (!zoom.times || !this.wanted) return;
    const [from, to] = zoom.times;
    for (const step of [1, -1]) {
      const call = place.call + direction * step;
      const times = recordings.times(call);
      if (times) this.send(this.spanOf({ ...place, call }, { left: times[0] + from, right: times[0] + to }), true);
    }
  }

  /**
   * Whether the closer picture of what is on the screen is here.
   *
   * @returns {Sharpness}
   */
  get sharpness() {
    const { wanted } = this;
    if (!wanted) return { state: "" };
    const key = keyOf(this.spanOf(this.session.place, wanted));
    const problem = this.failures.get(key);
    if (problem !== undefined) return { state: "failed", problem };
    return { state: this.memory.has(key) ? "shown" : "waiting" };
  }

  /** Forget what failed, for another try; and what is waited for, when the kernel is a new one. */
  forgetFailures() {
    this.failures.clear();
    this.waiting.clear();
  }

  /**
   * Those that show something of a viewport, the coarsest first.
   *
   * @param {Viewport} viewport
   * @param {Place} place
   * @param {number} file
   */
  over(viewport, place, file) {
    if (!this.wanted) return [];
    const fitting = [...this.memory.values()].filter((picture) => {
      const { left, right } = pictureExtent(picture.meta);
      const same = picture.file === file && picture.channel === place.channel && picture.transform === place.transform;
      return same && left < viewport.right && right > viewport.left;
    });
    fitting.sort((one, other) => other.meta.dt - one.meta.dt);
    // What a finer one covers wholly need not be drawn.
    const finest = fitting.findLastIndex(({ meta }) => {
      const { left, right } = pictureExtent(meta);
      return left <= viewport.left && right >= viewport.right;
    });
    return fitting.slice(Math.max(finest, 0));
  }

  end() {
    clearTimeout(this.timer);
  }
}
