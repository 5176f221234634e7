/** Closer pictures of what is zoomed into: asked for when the view has come to rest, kept while they may be of use. */

import { pictureExtent } from "../../../display/axes.js";
import { closeSpan, wantsClose } from "../../../display/viewport.js";
import { Memory } from "./pictures.js";

const REST_MS = 80; // after the last change of the view
const CLOSE_BYTES = 24 * 1024 * 1024;

/** One session's closer pictures. */
export class Closeups {
  constructor(session) {
    this.session = session;
    this.memory = new Memory(CLOSE_BYTES);
    this.waiting = new Set();
    this.failed = new Map();
  }

  key({ file, channel, transform, start, stop }) {
    return `${file}/${channel}/${transform}/${start}/${stop}`;
  }

  /** The view has changed: see, when it rests, whether a closer picture is wanted. */
  moved() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), REST_MS);
  }

  /** Whether the picture on the screen is worth a closer one. */
  get wanted() {
    const { viewport, home } = this.session;
    return Boolean(viewport && home) && wantsClose(viewport, home);
  }

  /** What would be asked for now. */
  spot(place = this.session.place, viewport = this.session.viewport) {
    const facts = this.session.book.of(place.call);
    const { start, stop } = closeSpan(viewport, facts.duration ?? viewport.right);
    return { file: facts.file, call: place.call, channel: place.channel, transform: place.transform, start, stop };
  }

  ask() {
    if (!this.wanted) return;
    const spot = this.spot();
    this.send(spot, false);
  }

  send(spot, ahead) {
    const key = this.key(spot);
    if (this.memory.has(key) || this.waiting.has(key) || this.failed.has(key)) return;
    this.waiting.add(key);
    this.session.tell("sharpness");
    this.session.send({ type: "close", ...spot, ahead });
  }

  /** A closer picture has come, or why there is none. */
  receive(message, picture, reason) {
    const key = this.key(message);
    this.waiting.delete(key);
    if (message.dropped) return;
    if (reason) this.failed.set(key, reason);
    else
      this.memory.set(key, { ...picture, file: message.file, channel: message.channel, transform: message.transform });
    for (const what of ["repaint", "sharpness", "describe"]) this.session.tell(what);
    if (!message.ahead && !reason) this.askAhead();
  }

  /** The neighbours in the same zoom. */
  askAhead() {
    const { session } = this;
    const { times } = session.zoom;
    if (!times || !this.wanted) return;
    for (const step of [1, -1]) {
      const place = { ...session.place, call: session.place.call + session.direction * step };
      const neighbour = session.book.times(place.call);
      if (!neighbour) continue;
      this.send(this.spot(place, { left: neighbour[0] + times[0], right: neighbour[0] + times[1] }), true);
    }
  }

  /** "", "waiting", "shown", or the sentence of why there is none. */
  get state() {
    if (!this.wanted) return "";
    const key = this.key(this.spot());
    if (this.failed.has(key)) return this.failed.get(key);
    return this.memory.has(key) ? "shown" : "waiting";
  }

  /** Forget what failed, for another try; and what is waited for, when the kernel is a new one. */
  forgetFailures() {
    this.failed.clear();
    this.waiting.clear();
  }

  /** Those that show something of a viewport, the coarsest first. */
  over(viewport, place, file) {
    if (!this.wanted) return [];
    const fitting = [...this.memory.values()].filter((picture) => {
      const { left, right } = pictureExtent(picture.meta);
      const same = picture.file === file && picture.channel === place.channel && picture.transform === place.transform;
      return same && left < viewport.right && right > viewport.left;
    });
    fitting.sort((one, other) => other.meta.dt - one.meta.dt);
    // What a finer one covers wholly need not be drawn.
    const covers = ({ meta }) => {
      const { left, right } = pictureExtent(meta);
      return left <= viewport.left && right >= viewport.right;
    };
    return fitting.slice(Math.max(fitting.findLastIndex(covers), 0));
  }

  end() {
    clearTimeout(this.timer);
  }
}
