/**
 * Peak frequencies of calls, as a worker measured them: the same whatever picture is shown.
 *
 * @import { Session } from "../session.js"
 * @import { PeaksMessage, Place } from "./messages.d.ts"
 *
 * @typedef {{ hertz: number, atEdge: boolean }} Peak `atEdge`: it lies at an edge of the call's band
 */

/** One session's peak frequencies. */
export class Peaks {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    /** @type {Map<string, Peak>} by channel and call */
    this.known = new Map();
  }

  /** @param {PeaksMessage} message */
  receive({ channel, first, peaks }) {
    peaks.forEach((peak, k) => {
      const key = `${channel}/${first + k}`;
      if (peak) this.known.set(key, { hertz: peak[0], atEdge: peak[1] });
      else this.known.delete(key);
    });
    const { place } = this.session;
    if (channel !== place.channel || place.call < first || place.call >= first + peaks.length) return;
    this.session.publish((view) => {
      view.repaint();
      view.describe();
    });
  }

  /**
   * The peak frequency of a place's call; null where it is not known, or there is nothing to measure.
   *
   * @param {Pick<Place, "call" | "channel">} place
   */
  of({ call, channel }) {
    return this.known.get(`${channel}/${call}`) ?? null;
  }
}
