/**
 * Sounds of the calls: asked of the kernel, kept, and played, so that the ear's place in the recording is known.
 *
 * @import { Buffer } from "../../../display/png.js"
 * @import { Session } from "../session.js"
 * @import { Listening, Place, SoundMessage } from "./messages.d.ts"
 *
 * @typedef {"idle" | "loading" | "playing" | "paused"} PlayerState
 * @typedef {{ buffer: AudioBuffer, start: number, expansion: number }} Sound `start`: s from the recording's start
 */

const KEPT = 48; // sounds, of some 50 kB each
const RATE = 48000; // what the worker sends, so that the browser resamples nothing

/** One session's player. */
export class Player {
  /**
   * @param {Session} session
   * @param {() => void} changed called when the state has changed
   */
  constructor(session, changed) {
    this.session = session;
    this.changed = changed;
    /** @type {Map<string, Sound>} */
    this.sounds = new Map();
    /** @type {PlayerState} */
    this.state = "idle";
    this.problem = "";
    this.offset = 0; // s of the sound from which it goes on
    this.direction = 1;
    this.used = false; // whoever never listens has nothing fetched ahead
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {{ source: AudioBufferSourceNode, sound: Sound, began: number } | null} `began`: the context's time, s */
    this.playing = null;
  }

  /**
   * The choice of the user: times slower, and Hz for a heterodyne detector.
   *
   * @returns {Listening}
   */
  get how() {
    const { model } = this.session;
    return { expansion: model.get("expansion"), heterodyne: model.get("heterodyne") };
  }

  /**
   * The name under which a sound is kept; with no way of its own it is played in the one that is chosen.
   *
   * @param {Omit<Place, "transform"> & Partial<Listening>} place
   */
  key(place) {
    const { expansion, heterodyne } = place.expansion ? place : this.how;
    return [place.call, place.channel, Boolean(place.overview), expansion, heterodyne].join("/");
  }

  /** Made late: browsers want a gesture of the user first. */
  get audio() {
    this.context ??= new AudioContext({ sampleRate: RATE });
    return this.context;
  }

  /**
   * Play, or pause what plays.
   *
   * @param {boolean} fromStart play from the start, whatever plays
   */
  toggle(fromStart) {
    if (this.session.count === 0) return;
    this.used = true;
    this.audio.resume();
    if (this.playing && !fromStart) {
      const at = this.elapsed(this.playing);
      this.halt("paused");
      this.offset = at;
      return;
    }
    if (fromStart) this.offset = 0;
    this.halt("idle");
    this.problem = "";
    const sound = this.sounds.get(this.key(this.session.place));
    if (sound) this.begin(sound);
    else {
      this.change("loading");
      this.ask(this.session.place, false);
    }
  }

  stop() {
    this.offset = 0;
    this.halt("idle");
  }

  /** @param {Sound} sound */
  begin(sound) {
    if (this.offset >= sound.buffer.duration) this.offset = 0;
    const source = this.audio.createBufferSource();
    source.buffer = sound.buffer;
    source.connect(this.audio.destination);
    source.onended = () => this.stop();
    source.start(0, this.offset);
    this.playing = { source, sound, began: this.audio.currentTime - this.offset };
    this.change("playing");
    this.fetchAhead();
  }

  /**
   * End what plays, without its own "ended".
   *
   * @param {PlayerState} state
   */
  halt(state) {
    if (this.playing) {
      this.playing.source.onended = null;
      this.playing.source.stop();
      this.playing = null;
    }
    this.change(state);
  }

  /**
   * s of the sound that have been played.
   *
   * @param {{ sound: Sound, began: number }} playing
   */
  elapsed({ sound, began }) {
    return Math.min(this.audio.currentTime - began, sound.buffer.duration);
  }

  /** Where the ear is, in s from the recording's start; null while nothing plays. */
  get position() {
    if (!this.playing) return null;
    const { sound } = this.playing;
    return sound.start + this.elapsed(this.playing) / sound.expansion;
  }

  /**
   * The session has gone to another place, or another way of listening was chosen.
   *
   * @param {Place} [from]
   */
  moved(from) {
    if (from && from.call !== this.session.place.call) this.direction = Math.sign(this.session.place.call - from.call);
    this.problem = "";
    this.stop();
    if (this.used) this.fetchAhead();
  }

  /** Have the sound of this call and of the next one made while the user still looks. */
  fetchAhead() {
    const { place, count } = this.session;
    const next = { ...place, call: place.call + this.direction };
    for (const wanted of [place, next]) {
      if (wanted.call >= 0 && wanted.call < count && !this.sounds.has(this.key(wanted))) this.ask(wanted, true);
    }
  }

  /**
   * @param {Place} place
   * @param {boolean} ahead
   */
  ask({ call, channel, overview }, ahead) {
    this.session.send({ type: "sound", call, channel, overview, ...this.how, ahead });
  }

  /**
   * A sound has come, or why there is none.
   *
   * @param {SoundMessage} message
   * @param {Buffer[]} buffers
   */
  async receive(message, buffers) {
    const key = this.key(message);
    const { sound, problem } = await this.decode(message, buffers);
    if (sound) this.keep(key, sound);
    if (this.state !== "loading" || key !== this.key(this.session.place)) return;
    if (sound) this.begin(sound);
    else {
      this.problem = problem;
      this.change("idle");
    }
  }

  /**
   * @param {SoundMessage} message
   * @param {Buffer[]} buffers
   * @returns {Promise<{ sound: Sound, problem?: undefined } | { sound?: undefined, problem: string }>}
   */
  async decode({ start = 0, expansion, failed }, [bytes]) {
    if (failed) return { problem: String(failed) };
    try {
      const copy = ArrayBuffer.isView(bytes)
        ? bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
        : bytes.slice(0);
      return { sound: { buffer: await this.audio.decodeAudioData(copy), start, expansion } };
    } catch (error) {
      return { problem: `The sound cannot be played: ${error instanceof Error ? error.message : error}` };
    }
  }

  /**
   * @param {string} key
   * @param {Sound} sound
   */
  keep(key, sound) {
    this.sounds.delete(key);
    this.sounds.set(key, sound);
    for (const oldest of this.sounds.keys()) {
      if (this.sounds.size <= KEPT) break;
      this.sounds.delete(oldest);
    }
  }

  /** @param {PlayerState} state */
  change(state) {
    this.state = state;
    this.changed();
  }

  close() {
    this.halt("idle");
    this.context?.close();
  }
}
