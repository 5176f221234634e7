/**
 * Strips of whole recordings as they come from the kernel: asked for once, kept for whoever shows them.
 *
 * @import { Buffer, Meta } from "../../../display/png.js"
 * @import { Session } from "../session.js"
 * @import { SegmentMeta, StripMessage } from "./messages.d.ts"
 *
 * @typedef {Meta & Pick<SegmentMeta, "first" | "total"> & { levels: Uint8Array<ArrayBuffer> }} Segment
 */

import { unpackPicture } from "../../../display/png.js";

const KEPT_STRIPS = 4;

/** One session's strips. */
export class Strips {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    /** @type {Map<string, Segment[]>} by `key` */
    this.strips = new Map();
    /** @type {Set<string>} by `key`: those of which a part has failed */
    this.failed = new Set();
  }

  /** The name of the strip on the screen: file and channel. */
  get key() {
    return `${this.session.facts.file}/${this.session.place.channel}`;
  }

  /**
   * The segments of the recording on the screen; asks for them the first time.
   *
   * @returns {Segment[]}
   */
  wanted() {
    const { key, session } = this;
    const { file, duration } = session.facts;
    if (!duration) return [];
    const known = this.strips.get(key);
    if (known) return known;
    this.strips.set(key, []);
    for (const oldest of this.strips.keys()) {
      if (this.strips.size <= KEPT_STRIPS) break;
      this.strips.delete(oldest);
    }
    session.send({ type: "strip", file, channel: session.place.channel, call: session.place.call });
    return this.strips.get(key) ?? [];
  }

  /**
   * Some segments have come, with a PNG for each.
   *
   * @param {StripMessage} message
   * @param {Buffer[]} buffers
   */
  async receive({ file, channel, metas, failed, dropped }, buffers) {
    const key = `${file}/${channel}`;
    if (dropped) {
      this.strips.delete(key); // asked for again when it is shown again
      if (this.failed.delete(key)) this.session.publish((view) => view.repaint()); // workers are back
      return;
    }
    if (failed) {
      this.failed.add(key);
      this.session.publish((view) => view.stripFailed(key, String(failed)));
      return;
    }
    for (const [k, described] of (metas ?? []).entries()) {
      const { segment, reason } = await unpackSegment(described, buffers[k]);
      const segments = this.strips.get(key);
      if (!segments) return; // let go of meanwhile
      if (segment) {
        segments.push(segment);
        this.session.publish((view) => view.stripArrived(key, segment));
      } else {
        const text = `A part of the strip cannot be shown: ${reason}.`; // the others can
        this.session.publish((view) => view.stripFailed(key, text));
      }
    }
  }
}

/**
 * A segment of a message, or the reason why it cannot be shown.
 *
 * @param {SegmentMeta} described
 * @param {Buffer | undefined} buffer
 * @returns {Promise<{ segment: Segment, reason?: undefined } | { segment?: undefined, reason: string }>}
 */
async function unpackSegment(described, buffer) {
  const meta = { ...described, call: { onset: 0, offset: 0 } };
  const { picture, reason } = await unpackPicture({ meta }, [buffer]);
  if (!picture) return { reason };
  return { segment: { ...picture.meta, levels: picture.levels, first: described.first, total: described.total } };
}
