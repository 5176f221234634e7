/**
 * Pictures of calls: asked for while they are missing, unpacked as they come, and kept so that a step asks nobody.
 *
 * @import { Buffer, Picture } from "../../../display/png.js"
 * @import { Session } from "../session.js"
 * @import { PictureMessage, Place, Transform, WaitingMessage } from "./messages.d.ts"
 *
 * @typedef {object} Screen
 * @property {"shown" | "waiting" | "failed"} state
 * @property {string} digest
 * @property {Picture} [picture] while it is shown
 * @property {string} [message] in the place of the picture
 * @property {boolean} [retry] whether asking again may help
 */

import { unpackPicture } from "../../../display/png.js";

/** Bytes of levels kept: some 500 detail pictures of 129 x 1000. */
const MEMORY_BYTES = 64 * 1024 * 1024;

const REMIND_MS = 1000;
const PATIENCE = 12; // reminders without an answer: longer than the kernel waits for a worker before it says so
const SILENCE = "The kernel does not answer. If it was restarted, run the notebook's cells again.";

/**
 * The name under which a picture is kept.
 *
 * @param {Place} place
 */
export function pictureKey({ call, channel, overview, transform }) {
  return `${call}/${channel}/${overview ? 1 : 0}/${transform}`;
}

/**
 * The name of a transform, as the kernel has it too (describe.py).
 *
 * @param {Partial<Transform>} transform
 */
export function transformToken({ window, window_length, overlap, scale }) {
  const share = overlap === null || overlap === undefined ? "auto" : overlap.toFixed(3);
  return `${window} ${(window_length ?? 0).toFixed(3)} ${share} ${scale}`;
}

/**
 * Pictures by name, up to a number of bytes. The least recently used leave first; a Map keeps its keys in the order of
 * insertion.
 *
 * @template {{ levels: { byteLength: number } }} Kept
 */
export class Memory {
  /** @param {number} limit bytes of levels */
  constructor(limit = MEMORY_BYTES) {
    this.limit = limit;
    this.bytes = 0;
    /** @type {Map<string, Kept>} */
    this.entries = new Map();
  }

  /**
   * The picture of that key, now the most recently used, or undefined.
   *
   * @param {string} key
   */
  get(key) {
    const picture = this.entries.get(key);
    if (picture === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, picture);
    return picture;
  }

  /** @param {string} key */
  has(key) {
    return this.entries.has(key);
  }

  values() {
    return this.entries.values();
  }

  /**
   * Keep a picture; what has not been looked at for longest makes room.
   *
   * @param {string} key
   * @param {Kept} picture
   */
  set(key, picture) {
    this.delete(key);
    this.entries.set(key, picture);
    this.bytes += picture.levels.byteLength;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= this.limit) break;
      this.delete(oldest);
    }
  }

  /** @param {string} key */
  delete(key) {
    const picture = this.entries.get(key);
    if (picture === undefined) return;
    this.entries.delete(key);
    this.bytes -= picture.levels.byteLength;
  }
}

/** One session's pictures of calls. */
export class Pictures {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    /** @type {Memory<Picture>} */
    this.memory = new Memory();
    /** @type {Map<string, { message: string, digest: string }>} */
    this.failures = new Map();
    /** @type {Map<string, PictureMessage>} the last message of a key: unpacking may finish in another order */
    this.newest = new Map();
    this.waitingText = "";
    this.unanswered = 0; // reminders since the kernel's last message
    this.reminder = 0;
  }

  /**
   * The picture of a place, or undefined.
   *
   * @param {Place} place
   */
  of(place) {
    return this.memory.get(pictureKey(place));
  }

  /**
   * The state of a place's picture.
   *
   * @param {Place} place
   * @param {string} unit the word for a step
   * @returns {Screen}
   */
  screenOf(place, unit) {
    const picture = this.of(place);
    if (picture) return { state: "shown", digest: picture.digest, picture };
    const failure = this.failures.get(pictureKey(place));
    if (failure) return { state: "failed", retry: true, ...failure };
    const message = this.waitingText || `Computing ${unit} ${place.call + 1} …`;
    return { state: "waiting", digest: "", message };
  }

  /** Ask for what is on the screen and not here, and again while it does not come: a first message may be held up
   * behind a running cell, until JupyterLab has opened the subshell that the later ones go to. */
  askIfMissing(first = /** @type {"need" | "retry"} */ ("need")) {
    this.stopAsking();
    if (this.session.count === 0 || this.memory.has(pictureKey(this.session.place))) return;
    this.unanswered = 0;
    this.ask(first);
    if (!this.isWaiting) return;
    this.reminder = setInterval(() => {
      if (!this.isWaiting) this.stopAsking();
      else if (++this.unanswered > PATIENCE) this.giveUp();
      else this.ask("need");
    }, REMIND_MS);
  }

  stopAsking() {
    clearInterval(this.reminder);
  }

  get isWaiting() {
    return this.session.screen.state === "waiting";
  }

  /** @param {"need" | "retry"} type */
  ask(type) {
    this.session.send({ type, ...this.session.place });
  }

  /** The kernel does not answer, or is gone. */
  giveUp() {
    this.fail(this.session.place, SILENCE);
  }

  /** Ask again for what failed on the screen. */
  retry() {
    this.failures.delete(pictureKey(this.session.place));
    this.waitingText = "";
    this.session.publish((view) => view.show());
    this.askIfMissing("retry");
  }

  /**
   * Unpack now, so that nothing is left to do when the user steps onto it.
   *
   * @param {PictureMessage} message
   * @param {Buffer[]} buffers
   */
  async receive(message, buffers) {
    const key = pictureKey(message);
    this.newest.set(key, message);
    const { picture, reason } = await unpackPicture(message, buffers);
    if (this.newest.get(key) !== message) return; // a later message has overtaken this one
    this.newest.delete(key);
    if (picture) this.keep(message, picture);
    else this.fail(message, `The picture of call ${message.call + 1} cannot be shown: ${reason}.`);
  }

  /**
   * @param {Place} place
   * @param {Picture} picture
   */
  keep(place, picture) {
    const key = pictureKey(place);
    this.failures.delete(key);
    this.memory.set(key, picture);
    this.showIfHere(place);
    this.session.publish((view) => view.arrived(place.call));
  }

  /**
   * Show a sentence in the place of a picture.
   *
   * @param {Place & { digest?: string }} place
   * @param {string} text
   */
  fail(place, text) {
    const key = pictureKey(place);
    this.newest.delete(key);
    this.memory.delete(key);
    this.failures.set(key, { message: text, digest: String(place.digest ?? "") });
    this.showIfHere(place);
    this.session.publish((view) => view.failed(place.call, text));
  }

  /**
   * Show why a picture is not here yet.
   *
   * @param {WaitingMessage} message
   */
  wait(message) {
    if (pictureKey(message) !== pictureKey(this.session.place)) return;
    this.waitingText = String(message.message ?? "");
    this.session.publish((view) => view.show());
  }

  /** @param {Place} place */
  showIfHere(place) {
    if (pictureKey(place) === pictureKey(this.session.place)) this.session.publish((view) => view.show());
  }
}
