/** One model's life in the browser: what it holds, where it is, what it asks of the kernel. No document in here. */

import { COLOUR_MAPS } from "./colours.js";
import { Memory, pictureKey } from "./memory.js";
import { Player } from "./player.js";
import { decodePicture, readMeta } from "./picture.js";

const PLACE_TRAITS = ["call", "channel", "overview"];
const LOOK_TRAITS = ["contrast", "cmap", "rms"];
const SOUND_TRAITS = ["expansion", "heterodyne"];
const TEXT_TRAITS = ["title", "notice", "channels"];

const REMIND_MS = 1000;
const PATIENCE = 12; // reminders without an answer: longer than the kernel waits for a worker before it says so
const SILENCE = "The kernel does not answer. If it was restarted, run the notebook's cells again.";

/** Views of one model share its session, so that a picture is kept, decoded and asked for once. */
export class Session {
  constructor(model) {
    this.model = model;
    this.memory = new Memory();
    this.failures = new Map();
    this.newest = new Map(); // which message of a key came last: unpacking may finish in another order
    this.views = new Set();
    this.waitingText = "";
    this.player = new Player(this, () => this.tell("sounds"));
    this.place = this.read(PLACE_TRAITS);
    this.look = this.read(LOOK_TRAITS);
    this.subscriptions = [
      ["msg:custom", (message, buffers) => this.receive(message, buffers)],
      ...PLACE_TRAITS.map((name) => [`change:${name}`, () => this.follow()]),
      ...LOOK_TRAITS.map((name) => [`change:${name}`, () => this.restyle(this.read([name]))]),
      ...TEXT_TRAITS.map((name) => [`change:${name}`, () => this.tell("describe")]),
      ...SOUND_TRAITS.map((name) => [`change:${name}`, () => this.player.moved()]),
      ["change:count", () => this.land(this.read(PLACE_TRAITS))],
    ];
  }

  start() {
    for (const [event, handler] of this.subscriptions) this.model.on(event, handler);
    this.model.send({ type: "ready" });
  }

  stop() {
    clearInterval(this.reminder);
    this.player.close();
    for (const [event, handler] of this.subscriptions) this.model.off(event, handler);
  }

  /** Add a view; it is shown at once. Returns what takes it away again. */
  attach(view) {
    this.views.add(view);
    view.show();
    // A second view of a call that is already being waited for has nothing to ask.
    if (this.views.size === 1) this.askIfMissing();
    return () => this.views.delete(view);
  }

  get count() {
    return this.model.get("count");
  }

  /** What belongs on the screen now. */
  get screen() {
    if (this.count === 0) {
      const message = this.model.get("notice") || "There are no calls in this recording.";
      return { state: "failed", digest: "", message, retry: false };
    }
    const key = pictureKey(this.place);
    const picture = this.memory.get(key);
    if (picture) return { state: "shown", digest: picture.digest, picture };
    const failure = this.failures.get(key);
    if (failure) return { state: "failed", retry: true, ...failure };
    return { state: "waiting", digest: "", message: this.waitingText || `Computing call ${this.place.call + 1} …` };
  }

  /** Step to a call, as the user asked; false when there is no such call. */
  goTo(call) {
    if (!(call >= 0 && call < this.count)) return false;
    if (call !== this.place.call) this.change({ call });
    return true;
  }

  /** The user's change of place: painted first, told to the kernel afterwards. */
  change(changes) {
    this.land({ ...this.place, ...changes });
    this.save(changes);
  }

  /** The kernel's change of place; our own changes come by here too, and find nothing to do. */
  follow() {
    const place = this.read(PLACE_TRAITS);
    if (pictureKey(place) !== pictureKey(this.place)) this.land(place);
  }

  land(place) {
    const from = this.place;
    this.place = place;
    this.waitingText = "";
    this.tell("show");
    this.askIfMissing();
    this.player.moved(from);
  }

  /** Ask for what is on screen and not here, and again while it does not come: a first message may be held up behind a
   * running cell, until JupyterLab has opened the subshell that the later ones go to. */
  askIfMissing(first = "need") {
    clearInterval(this.reminder);
    if (this.count === 0 || this.memory.has(pictureKey(this.place))) return;
    this.unanswered = 0;
    this.ask(first);
    if (this.screen.state !== "waiting") return;
    this.reminder = setInterval(() => {
      if (this.screen.state !== "waiting") clearInterval(this.reminder);
      else if (++this.unanswered > PATIENCE) this.receiveFailure(this.place, SILENCE);
      else this.ask("need");
    }, REMIND_MS);
  }

  /** Ask again for what failed. */
  retry() {
    this.failures.delete(pictureKey(this.place));
    this.waitingText = "";
    this.tell("show");
    this.askIfMissing("retry");
  }

  ask(type) {
    const { call, channel, overview } = this.place;
    this.send({ type, call, channel, overview });
  }

  send(message) {
    try {
      this.model.send(message);
    } catch {
      this.receiveFailure(this.place, SILENCE); // the kernel is gone, and our channel with it
    }
  }

  /** Change the look here and now; it is the caller who knows when the kernel should hear of it. */
  restyle(changes) {
    if (Object.entries(changes).every(([name, value]) => this.look[name] === value)) return;
    this.look = { ...this.look, ...changes };
    this.tell("repaint");
  }

  nextColourMap() {
    const cmap = COLOUR_MAPS[(COLOUR_MAPS.indexOf(this.look.cmap) + 1) % COLOUR_MAPS.length];
    this.restyle({ cmap });
    this.save({ cmap });
  }

  save(changes) {
    for (const [name, value] of Object.entries(changes)) this.model.set(name, value);
    this.model.save_changes();
  }

  receive(message, buffers) {
    this.unanswered = 0;
    if (message?.type === "picture") this.receivePicture(message, buffers);
    if (message?.type === "sound") this.player.receive(message, buffers);
    if (message?.type === "play") this.player.toggle(true);
    if (message?.type === "stop") this.player.stop();
    if (message?.type === "failed") this.receiveFailure(message, String(message.message ?? ""));
    if (message?.type === "waiting" && this.isHere(message)) {
      this.waitingText = String(message.message ?? "");
      this.tell("show");
    }
  }

  /** Unpack now, so that nothing is left to do when the user steps onto it. */
  async receivePicture(message, buffers) {
    const key = pictureKey(message);
    this.newest.set(key, message);
    let picture;
    let reason;
    try {
      const meta = readMeta(message.meta);
      const { levels, wave } = await decodePicture(buffers?.[0], [meta.bins, meta.columns]);
      picture = { levels, wave, meta, digest: String(message.digest ?? "") };
    } catch (error) {
      reason = `The picture of call ${message.call + 1} cannot be shown: ${error.message}.`;
    }
    if (this.newest.get(key) !== message) return; // a later message has overtaken this one
    this.newest.delete(key);
    if (reason) this.receiveFailure(message, reason);
    else this.keep(message, key, picture);
  }

  keep(message, key, picture) {
    this.failures.delete(key);
    this.memory.set(key, picture);
    if (this.isHere(message)) this.tell("show");
  }

  receiveFailure(message, text) {
    const key = pictureKey(message);
    this.newest.delete(key);
    this.memory.delete(key);
    this.failures.set(key, { message: text, digest: String(message.digest ?? "") });
    if (this.isHere(message)) this.tell("show");
  }

  isHere(message) {
    return pictureKey(message) === pictureKey(this.place);
  }

  tell(what) {
    for (const view of this.views) view[what]();
  }

  read(names) {
    return Object.fromEntries(names.map((name) => [name, this.model.get(name)]));
  }
}
