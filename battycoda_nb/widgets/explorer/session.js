/**
 * One model's life in the browser: what it holds, where it is, what it asks of the kernel. No document in here.
 *
 * @import { Buffer } from "../../display/png.js"
 * @import { Segment } from "./messages/strips.js"
 * @import { Screen } from "./messages/pictures.js"
 * @import { BrowserMessage, ExplorerModel, KernelMessage, Look, Place, Traits, Transform } from "./messages/messages.d.ts"
 *
 * @typedef {Partial<Pick<Traits, "call" | "channel" | "overview">>} Move
 *
 * @typedef {object} SessionView what a session calls of each of its displays
 * @property {() => void} show the place or its picture has changed
 * @property {() => void} repaint the look, or the part that is shown
 * @property {() => void} describe the words around the picture
 * @property {() => void} sharpness whether a closer picture is on its way
 * @property {() => void} arrange which panels are there
 * @property {() => void} sounds the player
 * @property {(text: string) => void} flash say a word at the edge
 * @property {(call: number) => void} arrived a picture has come
 * @property {(call: number, text: string) => void} failed a picture will not come, and why
 * @property {(key: string, segment: Segment) => void} stripArrived
 * @property {(key: string, text: string) => void} stripFailed
 */

import { COLOUR_MAPS } from "../../display/colours.js";
import { Closeups } from "./messages/closeups.js";
import { Labels } from "./messages/labels.js";
import { Peaks } from "./messages/peaks.js";
import { Pictures, pictureKey, transformToken } from "./messages/pictures.js";
import { receive } from "./messages/receive.js";
import { Recordings } from "./messages/recordings.js";
import { Player } from "./messages/sounds.js";
import { Strips } from "./messages/strips.js";
import { homeOf, levelIn, sceneOf } from "./scene.js";
import {
  LOOK_TRAITS,
  namesIn,
  PANEL_TRAITS,
  PLACE_TRAITS,
  readLook,
  readTransform,
  SOUND_TRAITS,
  setTraits,
  TEXT_TRAITS,
  TRANSFORM_TRAITS,
  ZOOM_TRAITS,
} from "./traits.js";
import { Zoom } from "./zoom.js";

const FRAME_MS = 16; // until a frame's pixels are on the screen
const UNPAINTED_MS = 250; // a page that is hidden makes no frames

/** Views of one model share its session, so that a picture is kept, decoded and asked for once. */
export class Session {
  /** @param {ExplorerModel} model */
  constructor(model) {
    this.model = model;
    /** @type {Set<SessionView>} */
    this.views = new Set();
    this.direction = 1;
    this.recordings = new Recordings(model);
    this.pictures = new Pictures(this);
    this.peaks = new Peaks(this);
    this.closeups = new Closeups(this);
    this.strips = new Strips(this);
    this.labels = new Labels(this);
    this.player = new Player(this, () => this.publish((view) => view.sounds()));
    /** @type {Move} of the place: what the user chose and the kernel does not know yet */
    this.unsaved = {};
    this.saving = 0; // 0: nothing is to be saved
    this.settling = false; // while several traits are set, of which each would be followed
    this.zoom = new Zoom(this, () => this.viewed());
    this.place = this.readPlace();
    this.traits = readLook(model);
    /** @type {{ traits: Look, look: Look } | null} */
    this.lastLook = null;
    /** @type {(message: KernelMessage, buffers: Buffer[]) => void} */
    this.receiver = (message, buffers) => receive(this, message, buffers);
    this.subscriptions = this.subscribe();
  }

  /**
   * What follows a change of each trait.
   *
   * @returns {[keyof Traits, () => void][]}
   */
  subscribe() {
    /** @type {(names: readonly (keyof Traits)[], follow: () => void) => [keyof Traits, () => void][]} */
    const each = (names, follow) => names.map((name) => [name, follow]);
    return [
      ...each([...PLACE_TRAITS, ...TRANSFORM_TRAITS], () => this.follow()),
      ...LOOK_TRAITS.flatMap((name) => each([name], () => this.followLook(name))),
      ...each(ZOOM_TRAITS, () => this.zoom.follow()),
      ...each(TEXT_TRAITS, () => this.publish((view) => view.describe())),
      ...each(PANEL_TRAITS, () => this.publish((view) => view.arrange())),
      ...each(SOUND_TRAITS, () => this.player.moved()),
      ...each(["count"], () => this.land(this.readPlace())),
    ];
  }

  start() {
    this.model.on("msg:custom", this.receiver);
    for (const [name, follow] of this.subscriptions) this.model.on(`change:${name}`, follow);
    this.model.send({ type: "ready" });
  }

  stop() {
    this.pictures.stopAsking();
    if (this.saving) this.savePlace();
    this.player.close();
    this.closeups.end();
    this.zoom.end();
    this.model.off("msg:custom", this.receiver);
    for (const [name, follow] of this.subscriptions) this.model.off(`change:${name}`, follow);
  }

  /**
   * Add a view; it is shown at once. Returns what takes it away again.
   *
   * @param {SessionView} view
   */
  attach(view) {
    this.views.add(view);
    view.show();
    // A second view of a call that is already being waited for has nothing to ask.
    if (this.views.size === 1) this.pictures.askIfMissing();
    return () => this.views.delete(view);
  }

  /**
   * Call something of every view.
   *
   * @param {(view: SessionView) => void} call
   */
  publish(call) {
    for (const view of this.views) call(view);
  }

  // Where it is, and what is there

  get count() {
    return this.model.get("count");
  }

  /** Facts of the recording on the screen. */
  get facts() {
    return this.recordings.of(this.place.call);
  }

  /** The traits of the look, with the RMS of the recording on the screen: BattyCoda's contrast is relative to that. The
   * reference of the dB range is one for all files of a sequence. */
  get look() {
    const { rms, count } = this.facts;
    if (!count) return this.traits;
    const known = this.lastLook; // the same object for the same look, so that nothing is coloured twice
    if (known?.traits === this.traits && known.look.rms === rms) return known.look;
    const look = { ...this.traits, rms };
    this.lastLook = { traits: this.traits, look };
    return look;
  }

  /**
   * What belongs on the screen now.
   *
   * @returns {Screen}
   */
  get screen() {
    if (this.count > 0) return this.pictures.screenOf(this.place, this.facts.unit);
    const message = this.model.get("notice") || "There are no calls in this recording.";
    return { state: "failed", digest: "", message, retry: false };
  }

  /** The extent of the whole picture, or what it will be; null where nothing is known yet. */
  get home() {
    return homeOf(this);
  }

  /** Onset of the step on the screen in s from the recording's start: what the time axis counts from. */
  get onset() {
    return this.pictures.of(this.place)?.meta.onset ?? this.recordings.times(this.place.call)?.[0] ?? 0;
  }

  get viewport() {
    return this.zoom.viewport;
  }

  /** All that the painter needs of what is on the screen; null where there is no picture. */
  get scene() {
    return sceneOf(this);
  }

  /**
   * The level at a point of the recording in the finest picture that holds it, or null.
   *
   * @param {number} seconds
   * @param {number} hertz
   */
  levelAt(seconds, hertz) {
    return levelIn(this.scene, seconds, hertz);
  }

  /**
   * The detail picture of a call, or undefined.
   *
   * @param {number} call
   */
  detailOf(call) {
    return this.pictures.of({ ...this.place, overview: false, call });
  }

  /**
   * Have the detail pictures of some calls computed, when nobody waits for anything else.
   *
   * @param {number[]} calls
   */
  want(calls) {
    this.send({ type: "want", calls });
  }

  // Moves

  /**
   * Step to a call, as the user asked; false when there is no such call.
   *
   * @param {number} call
   */
  goTo(call) {
    if (!(call >= 0 && call < this.count)) return false;
    if (call !== this.place.call) this.change({ call });
    return true;
  }

  /**
   * Show a time of the recording on the screen, with the call that lies nearest to it. While the user drags, what is
   * here is shown, and the kernel learns only where the drag ends.
   *
   * @param {number} seconds
   */
  goToTime(seconds, { drag = false } = {}) {
    const call = this.recordings.nearest(this.facts, seconds);
    const [onset, offset] = this.recordings.times(call) ?? [seconds, seconds];
    const room = this.facts.padding[this.place.overview ? 1 : 0];
    if (drag) this.land({ ...this.place, call }, { passing: true });
    else if (call !== this.place.call || call !== this.model.get("call")) this.change({ call });
    if (seconds >= onset - room && seconds <= offset + room) this.zoom.homeInTime();
    else this.zoom.centre(seconds);
  }

  /**
   * The user's change of place: painted first, saved afterwards.
   *
   * @param {Move} changes
   */
  change(changes) {
    this.land({ ...this.place, ...changes });
    this.unsaved = { ...this.unsaved, ...changes };
    if (this.screen.state === "shown") this.saveAfterPaint();
    else this.savePlace(); // it is the kernel that everybody waits for
  }

  /**
   * The user's change of the transform.
   *
   * @param {Partial<Transform>} changes
   */
  transform(changes) {
    const transform = transformToken({ ...readTransform(this.model), ...changes });
    this.settling = true; // one trait after the other makes transforms that nobody wants
    setTraits(this.model, changes);
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

  /** @param {Place} place */
  land(place, { passing = false } = {}) {
    const from = this.place;
    if (place.call !== from.call) this.direction = Math.sign(place.call - from.call);
    this.place = place;
    this.pictures.waitingText = "";
    if (place.overview !== from.overview) this.zoom.homeInTime({ quietly: true });
    this.publish((view) => view.show());
    if (passing) {
      this.pictures.stopAsking();
      return;
    }
    this.pictures.askIfMissing();
    this.closeups.moved();
    this.player.moved(from);
  }

  /** Another part is shown. */
  viewed() {
    this.publish((view) => {
      view.repaint();
      view.sharpness();
    });
    this.closeups.moved();
  }

  /** Ask again for what failed. */
  retry() {
    this.closeups.forgetFailures();
    this.pictures.retry();
  }

  // Looks and other traits

  /**
   * Change the look here and now; it is the caller who knows when to save it.
   *
   * @param {Partial<Look>} changes
   */
  restyle(changes) {
    if (namesIn(changes).every((name) => this.traits[name] === changes[name])) return;
    this.traits = { ...this.traits, ...changes };
    this.publish((view) => view.repaint());
  }

  /**
   * Take the kernel's change of one trait of the look; our own comes by here too.
   *
   * @template {keyof Look} Name
   * @param {Name} name
   */
  followLook(name) {
    /** @type {Partial<Look>} */
    const change = {};
    change[name] = this.model.get(name);
    this.restyle(change);
  }

  nextColourMap() {
    const cmap = COLOUR_MAPS[(COLOUR_MAPS.indexOf(this.traits.cmap) + 1) % COLOUR_MAPS.length];
    this.restyle({ cmap });
    this.save({ cmap });
  }

  /** @param {"grid" | "waveform" | "spectrum" | "filmstrip"} panel */
  toggle(panel) {
    this.save({ [panel]: !this.model.get(panel) });
  }

  /** @param {Partial<Traits>} changes */
  save(changes) {
    setTraits(this.model, changes);
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
    this.saving = 0;
    this.settling = true; // we are there already, or further
    this.save(this.unsaved);
    this.settling = false;
    this.unsaved = {};
  }

  /** @returns {Place} */
  readPlace() {
    const { model } = this;
    const place = { call: model.get("call"), channel: model.get("channel"), overview: model.get("overview") };
    return { ...place, ...this.unsaved, transform: transformToken(readTransform(model)) };
  }

  /** @param {BrowserMessage} message */
  send(message) {
    try {
      this.model.send(message);
    } catch {
      this.pictures.giveUp(); // the kernel is gone, and our channel with it
    }
  }
}
