/** One model's life in the browser: what it holds, where it is, what it asks of the kernel. No document in here. */

import { pictureExtent, readLevel } from "../../display/axes.js";
import { COLOUR_MAPS } from "../../display/colours.js";
import { unpackPicture } from "../../display/png.js";
import { Closeups } from "./messages/closeups.js";
import { Judgements } from "./messages/labels.js";
import { Memory, pictureKey, transformToken } from "./messages/pictures.js";
import { RecordingBook, readFacts } from "./messages/recordings.js";
import { Player } from "./messages/sounds.js";
import { StripFeed } from "./messages/strips.js";
import { Zoom } from "./zoom.js";

const PLACE_TRAITS = ["call", "channel", "overview"];
const TRANSFORM_TRAITS = ["window", "window_length", "overlap", "scale"];
const LOOK_TRAITS = ["mapping", "low", "high", "contrast", "cmap", "rms", "reference"];
const ZOOM_TRAITS = ["times", "frequencies"];
const SOUND_TRAITS = ["expansion", "heterodyne"];
const PANEL_TRAITS = ["grid", "markers", "waveform", "spectrum", "strip", "filmstrip"];
const TEXT_TRAITS = ["title", "notice", "channels", "unit", "bindings", "label_keys"];

const FRAME_MS = 16; // until a frame's pixels are on the screen
const UNPAINTED_MS = 250; // a page that is hidden makes no frames
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
    this.direction = 1;
    this.book = new RecordingBook(model);
    this.player = new Player(this, () => this.tell("sounds"));
    this.closeups = new Closeups(this);
    this.strips = new StripFeed(this);
    this.judgements = new Judgements(this);
    this.unsaved = {}; // of the place: what the user chose and the kernel has not been told yet
    this.zoom = new Zoom(this, () => this.viewed());
    this.place = this.readPlace();
    this.traits = this.read(LOOK_TRAITS);
    this.subscriptions = [
      ["msg:custom", (message, buffers) => this.receive(message, buffers)],
      ...[...PLACE_TRAITS, ...TRANSFORM_TRAITS].map((name) => [`change:${name}`, () => this.follow()]),
      ...LOOK_TRAITS.map((name) => [`change:${name}`, () => this.restyle(this.read([name]))]),
      ...ZOOM_TRAITS.map((name) => [`change:${name}`, () => this.zoom.follow()]),
      ...TEXT_TRAITS.map((name) => [`change:${name}`, () => this.tell("describe")]),
      ...PANEL_TRAITS.map((name) => [`change:${name}`, () => this.tell("arrange")]),
      ...SOUND_TRAITS.map((name) => [`change:${name}`, () => this.player.moved()]),
      ["change:count", () => this.land(this.readPlace())],
    ];
  }

  start() {
    for (const [event, handler] of this.subscriptions) this.model.on(event, handler);
    this.model.send({ type: "ready" });
  }

  stop() {
    clearInterval(this.reminder);
    if (this.saving) this.savePlace();
    this.player.close();
    this.closeups.end();
    this.zoom.end();
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

  /** What is known of the recording on the screen. */
  get facts() {
    return this.book.of(this.place.call);
  }

  /** The traits of the look, and what they are relative to: the recording's own reference and RMS. */
  get look() {
    const { reference, rms, count } = this.facts;
    if (!count) return this.traits;
    const known = this.lastLook; // the same object for the same look, so that nothing is coloured twice
    if (known?.traits !== this.traits || known.look.reference !== reference || known.look.rms !== rms) {
      this.lastLook = { traits: this.traits, look: { ...this.traits, reference, rms } };
    }
    return this.lastLook.look;
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
    const message = this.waitingText || `Computing ${this.facts.unit} ${this.place.call + 1} …`;
    return { state: "waiting", digest: "", message };
  }

  /** What the whole picture shows, or would show: {left, right, bottom, top}; null where nothing is known yet. */
  get home() {
    const picture = this.memory.get(pictureKey(this.place));
    if (picture) return pictureExtent(picture.meta);
    const times = this.book.times(this.place.call);
    const { duration, nyquist, padding } = this.facts;
    if (!times || !duration) return null;
    const room = padding[this.place.overview ? 1 : 0];
    return { left: Math.max(times[0] - room, 0), right: Math.min(times[1] + room, duration), bottom: 0, top: nyquist };
  }

  /** Onset of the step on the screen in s from the recording's start: what the time axis counts from. */
  get onset() {
    return this.memory.get(pictureKey(this.place))?.meta.onset ?? this.book.times(this.place.call)?.[0] ?? 0;
  }

  get viewport() {
    return this.zoom.viewport;
  }

  /** All that the painter needs of what is on the screen; null where there is no picture. */
  get scene() {
    const { picture } = this.screen;
    const { viewport, place, facts } = this;
    if (!picture) return null;
    const { meta } = picture;
    const extent = pictureExtent(meta);
    const covered = viewport.left >= extent.left - 1e-9 && viewport.right <= extent.right + 1e-9;
    const around = covered ? undefined : this.memory.get(pictureKey({ ...place, overview: true }));
    const layers = [around, picture, ...this.closeups.over(viewport, place, facts.file)].filter(Boolean);
    const others = this.book
      .between(facts, viewport.left, viewport.right)
      .filter(({ step }) => step !== place.call)
      .map(({ onset, offset }) => [onset, offset]);
    const room = facts.padding[0];
    const frame =
      place.overview && facts.duration
        ? { ...extent, left: Math.max(meta.onset - room, 0), right: Math.min(meta.offset + room, facts.duration) }
        : null;
    const { onset, offset } = meta;
    // What the call is measured by: the finest picture that holds all of it.
    const holds = ({ meta: { t0, dt, columns } }) => t0 - dt <= onset && t0 + columns * dt >= offset;
    const measured = layers.findLast(holds) ?? picture;
    const grid = Boolean(this.model.get("grid"));
    return { layers, measured, viewport, covered, onset, offset, others, frame, grid };
  }

  /** The level at a point of the recording in the finest picture that holds it: {value, atFloor}, or null. */
  levelAt(seconds, hertz) {
    const layers = this.scene?.layers ?? [];
    for (const picture of layers.toReversed()) {
      const level = readLevel(picture, seconds, hertz);
      if (level) return level;
    }
    return null;
  }

  /** The detail picture of a call, or undefined. */
  detailOf(call) {
    return this.memory.get(pictureKey({ ...this.place, overview: false, call }));
  }

  /** Have the detail pictures of some calls computed, when nobody waits for anything else. */
  want(calls) {
    this.send({ type: "want", calls });
  }

  /** Step to a call, as the user asked; false when there is no such call. */
  goTo(call) {
    if (!(call >= 0 && call < this.count)) return false;
    if (call !== this.place.call) this.change({ call });
    return true;
  }

  /** Show a time of the recording on the screen, with the call that lies nearest to it. While the user drags, what is
   * here is shown, and the kernel hears only of where the drag ends. */
  goToTime(seconds, { drag = false } = {}) {
    const call = this.book.nearest(this.facts, seconds);
    const [onset, offset] = this.book.times(call) ?? [seconds, seconds];
    const room = this.facts.padding[this.place.overview ? 1 : 0];
    if (drag) this.land({ ...this.place, call }, { passing: true });
    else if (call !== this.place.call || call !== this.model.get("call")) this.change({ call });
    if (seconds >= onset - room && seconds <= offset + room) this.zoom.homeInTime();
    else this.zoom.centre(seconds);
  }

  /** The user's change of place: painted first, told to the kernel afterwards. */
  change(changes) {
    this.land({ ...this.place, ...changes });
    this.unsaved = { ...this.unsaved, ...changes };
    if (this.screen.state === "shown") this.saveAfterPaint();
    else this.savePlace(); // it is the kernel that everybody waits for
  }

  /** The user's change of the transform. */
  transform(changes) {
    const transform = transformToken({ ...this.read(TRANSFORM_TRAITS), ...changes });
    this.settling = true; // one trait after the other makes transforms that nobody wants
    this.set(changes);
    this.settling = false;
    this.land({ ...this.place, transform });
    this.model.save_changes();
  }

  /** The kernel's change of place; our own changes come by here too, and find nothing to do. */
  follow() {
    if (this.settling) return;
    const place = this.readPlace();
    if (pictureKey(place) !== pictureKey(this.place)) this.land(place);
  }

  land(place, { passing = false } = {}) {
    const from = this.place;
    if (place.call !== from.call) this.direction = Math.sign(place.call - from.call);
    this.place = place;
    this.waitingText = "";
    if (place.overview !== from.overview) this.zoom.homeInTime({ quietly: true });
    this.tell("show");
    if (passing) return clearInterval(this.reminder);
    this.askIfMissing();
    this.closeups.moved();
    this.player.moved(from);
  }

  /** The part that is shown has changed. */
  viewed() {
    this.tell("repaint");
    this.tell("sharpness");
    this.closeups.moved();
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
    this.closeups.forgetFailures();
    this.waitingText = "";
    this.tell("show");
    this.askIfMissing("retry");
  }

  ask(type) {
    this.send({ type, ...this.place });
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
    if (Object.entries(changes).every(([name, value]) => this.traits[name] === value)) return;
    this.traits = { ...this.traits, ...changes };
    this.tell("repaint");
  }

  nextColourMap() {
    const cmap = COLOUR_MAPS[(COLOUR_MAPS.indexOf(this.traits.cmap) + 1) % COLOUR_MAPS.length];
    this.restyle({ cmap });
    this.save({ cmap });
  }

  toggle(trait) {
    this.save({ [trait]: !this.model.get(trait) });
  }

  set(changes) {
    for (const [name, value] of Object.entries(changes)) this.model.set(name, value);
  }

  save(changes) {
    this.set(changes);
    this.model.save_changes();
  }

  /** Save the place when its frame is on the screen: where cores are few, what follows in the kernel holds it up. Not
   * set before, or the echo of the place before would take us back there. */
  saveAfterPaint() {
    if (this.saving) return;
    this.saving = setTimeout(() => this.savePlace(), UNPAINTED_MS);
    requestAnimationFrame(() => setTimeout(() => this.saving && this.savePlace(), FRAME_MS));
  }

  savePlace() {
    clearTimeout(this.saving);
    this.saving = null;
    this.settling = true; // we are there already, or further
    this.save(this.unsaved);
    this.settling = false;
    this.unsaved = {};
  }

  receive(message, buffers) {
    this.unanswered = 0;
    if (message?.type === "picture") this.receivePicture(message, buffers);
    if (message?.type === "close") this.receiveCloseup(message, buffers);
    if (message?.type === "recording") this.receiveRecording(message, buffers);
    if (message?.type === "strip") this.strips.receive(message, buffers);
    if (message?.type === "labels") this.judgements.receive(message);
    if (message?.type === "sound") this.player.receive(message, buffers);
    if (message?.type === "play") this.player.toggle(true);
    if (message?.type === "stop") this.player.stop();
    if (message?.type === "act" && message.action === "back") this.zoom.back();
    if (message?.type === "failed") this.receiveFailure(message, String(message.message ?? ""));
    if (message?.type === "waiting" && this.isHere(message)) {
      this.waitingText = String(message.message ?? "");
      this.tell("show");
    }
  }

  receiveRecording(message, buffers) {
    this.book.add(readFacts(message, buffers));
    this.tell("show");
  }

  /** Unpack now, so that nothing is left to do when the user steps onto it. */
  async receivePicture(message, buffers) {
    const key = pictureKey(message);
    this.newest.set(key, message);
    const { picture, reason } = await unpackPicture(message, buffers);
    if (this.newest.get(key) !== message) return; // a later message has overtaken this one
    this.newest.delete(key);
    if (reason) this.receiveFailure(message, `The picture of call ${message.call + 1} cannot be shown: ${reason}.`);
    else this.keep(message, key, picture);
  }

  async receiveCloseup(message, buffers) {
    if (message.failed || message.dropped) return this.closeups.receive(message, null, String(message.failed ?? ""));
    const { picture, reason } = await unpackPicture(message, buffers);
    this.closeups.receive(message, picture, reason);
  }

  keep(message, key, picture) {
    this.failures.delete(key);
    this.memory.set(key, picture);
    if (this.isHere(message)) this.tell("show");
    this.tell("arrived", message.call);
  }

  receiveFailure(message, text) {
    const key = pictureKey(message);
    this.newest.delete(key);
    this.memory.delete(key);
    this.failures.set(key, { message: text, digest: String(message.digest ?? "") });
    if (this.isHere(message)) this.tell("show");
    this.tell("failed", message.call, text);
  }

  isHere(message) {
    return pictureKey(message) === pictureKey(this.place);
  }

  tell(what, ...details) {
    for (const view of this.views) view[what](...details);
  }

  read(names) {
    return Object.fromEntries(names.map((name) => [name, this.model.get(name)]));
  }

  readPlace() {
    return { ...this.read(PLACE_TRAITS), ...this.unsaved, transform: transformToken(this.read(TRANSFORM_TRAITS)) };
  }
}
