/** The strips of whole recordings as they come from the kernel: asked for once, kept for whoever shows them. */

import { decodePicture, readMeta } from "../../../display/png.js";

const KEPT_STRIPS = 4;

/** One session's strips. */
export class StripFeed {
  constructor(session) {
    this.session = session;
    this.strips = new Map(); // "file/channel" -> segments
  }

  get key() {
    return `${this.session.facts.file}/${this.session.place.channel}`;
  }

  /** The segments of the recording on the screen; asks for them the first time. */
  wanted() {
    const { key, session } = this;
    const { file, duration } = session.facts;
    if (!duration) return [];
    if (!this.strips.has(key)) {
      this.strips.set(key, []);
      if (this.strips.size > KEPT_STRIPS) this.strips.delete(this.strips.keys().next().value);
      session.send({ type: "strip", file, channel: session.place.channel, call: session.place.call });
    }
    return this.strips.get(key);
  }

  /** Some segments have come: {file, channel, metas: [{first, total, …}]} and a PNG for each. */
  async receive({ file, channel, metas, failed, dropped }, buffers) {
    const key = `${file}/${channel}`;
    if (dropped) return this.strips.delete(key); // asked for again when it is shown again
    if (failed) return this.session.tell("stripFailed", key, String(failed));
    for (const [k, described] of (metas ?? []).entries()) {
      const segments = this.strips.get(key);
      if (!segments) return; // let go of meanwhile
      const meta = readMeta({ ...described, call: { onset: 0, offset: 0 } });
      const { levels } = await decodePicture(buffers[k], [meta.bins, meta.columns]);
      const segment = { ...meta, levels, first: described.first, total: described.total };
      segments.push(segment);
      this.session.tell("stripArrived", key, segment);
    }
  }

  /** A new kernel knows nothing of what was asked for. */
  forget() {
    this.strips.clear();
  }
}
