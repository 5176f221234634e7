/** Plays the calls: asks the kernel for their sound, keeps it, and knows where in the recording the ear is. */

const KEPT = 48; // sounds, of some 50 kB each
const RATE = 48000; // what the worker sends, so that the browser resamples nothing

/** One session's player; `tell` is called when what it does has changed. */
export class Player {
  constructor(session, tell) {
    this.session = session;
    this.tell = tell;
    this.sounds = new Map();
    this.state = "idle"; // or "loading", "playing", "paused"
    this.problem = "";
    this.offset = 0; // s of the sound that have been heard
    this.direction = 1;
    this.used = false; // whoever never listens has nothing fetched ahead
  }

  /** The choice of the user: times slower, and Hz for a heterodyne detector. */
  get how() {
    const { model } = this.session;
    return { expansion: model.get("expansion"), heterodyne: model.get("heterodyne") };
  }

  key(place = this.session.place) {
    const { expansion, heterodyne } = place.expansion ? place : this.how;
    return [place.call, place.channel, Boolean(place.overview), expansion, heterodyne].join("/");
  }

  /** Play, or pause what plays; from the start if `anew`. */
  toggle(anew) {
    if (this.session.count === 0) return;
    this.used = true;
    this.context ??= new AudioContext({ sampleRate: RATE });
    this.context.resume();
    if (this.state === "playing" && !anew) {
      const at = this.heard;
      this.halt("paused");
      this.offset = at;
      return;
    }
    if (anew) this.offset = 0;
    this.halt("idle");
    this.problem = "";
    const sound = this.sounds.get(this.key());
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

  begin(sound) {
    if (this.offset >= sound.buffer.duration) this.offset = 0;
    this.source = this.context.createBufferSource();
    this.source.buffer = sound.buffer;
    this.source.connect(this.context.destination);
    this.source.onended = () => this.stop();
    this.source.start(0, this.offset);
    this.began = this.context.currentTime - this.offset;
    this.sound = sound;
    this.change("playing");
    this.fetchAhead();
  }

  /** End what plays, without its own "ended". */
  halt(state) {
    if (this.source) {
      this.source.onended = null;
      this.source.stop();
      this.source = null;
    }
    this.change(state);
  }

  /** s of the sound that have been heard. */
  get heard() {
    return Math.min(this.context.currentTime - this.began, this.sound.buffer.duration);
  }

  /** Where the ear is, in s from the recording's start; null while nothing plays. */
  get position() {
    return this.state === "playing" ? this.sound.start + this.heard / this.sound.expansion : null;
  }

  /** The session has gone to another place, or another way of listening was chosen. */
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

  ask({ call, channel, overview }, ahead) {
    this.session.send({ type: "sound", call, channel, overview, ...this.how, ahead });
  }

  /** A sound has come, or why there is none. */
  async receive(message, buffers) {
    const key = this.key(message);
    let sound;
    let problem = message.failed ? String(message.failed) : "";
    if (!problem) {
      try {
        const { buffer, byteOffset, byteLength } = buffers[0];
        this.context ??= new AudioContext({ sampleRate: RATE });
        const decoded = await this.context.decodeAudioData(buffer.slice(byteOffset, byteOffset + byteLength));
        sound = { buffer: decoded, start: message.start, expansion: message.expansion };
        this.keep(key, sound);
      } catch (error) {
        problem = `The sound cannot be played: ${error.message}`;
      }
    }
    if (this.state !== "loading" || key !== this.key()) return;
    if (sound) this.begin(sound);
    else {
      this.problem = problem;
      this.change("idle");
    }
  }

  keep(key, sound) {
    this.sounds.delete(key);
    this.sounds.set(key, sound);
    if (this.sounds.size > KEPT) this.sounds.delete(this.sounds.keys().next().value);
  }

  change(state) {
    this.state = state;
    this.tell();
  }

  close() {
    this.halt("idle");
    this.context?.close();
  }
}
