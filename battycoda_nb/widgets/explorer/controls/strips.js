/**
 * The strips below the picture: the filmstrip of the calls, and the strip of the whole recording.
 *
 * @import { Look, Theme } from "../../../display/colours.js"
 * @import { Segment } from "../painting/strip_levels.js"
 * @import { Session } from "../session.js"
 */

import { Filmstrip } from "./filmstrip.js";
import { Strip } from "./strip.js";

/** Both strips of one display. */
export class Below {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    this.shown = { strip: false, filmstrip: false };
    this.key = ""; // the name of the strip on the screen
    this.pictures = ""; // the name of what the filmstrip's pictures are of
    this.strip = new Strip({ goTo: (seconds, how) => session.goToTime(seconds, how) });
    this.film = new Filmstrip({
      open: (call) => session.goTo(call),
      want: (calls) => session.want(calls),
      picture: (call) => session.detailOf(call),
    });
  }

  /**
   * Show or hide them.
   *
   * @param {{ strip: boolean, filmstrip: boolean }} shown
   * @param {number} ratio
   */
  arrange({ strip, filmstrip }, ratio) {
    this.shown = { strip, filmstrip };
    this.film.node.hidden = !filmstrip;
    this.strip.node.hidden = !strip;
    this.resize(ratio);
  }

  /** @param {number} ratio */
  resize(ratio) {
    for (const part of [this.film, this.strip]) part.resize(ratio);
  }

  /**
   * Paint both where the session is.
   *
   * @param {Look} look
   * @param {Theme} theme
   */
  show(look, theme) {
    if (this.shown.strip) this.showStrip(look, theme);
    if (this.shown.filmstrip) this.showFilm(look, theme);
  }

  /**
   * @param {Look} look
   * @param {Theme} theme
   */
  showFilm(look, theme) {
    const { facts, place, viewport, count } = this.session;
    const { onsets, offsets, unit, first, file } = facts;
    const pictures = `${file}/${place.channel}/${place.transform}`;
    if (this.pictures !== pictures) this.film.reset();
    this.pictures = pictures;
    const frequencies = viewport && { bottom: viewport.bottom, top: viewport.top };
    this.film.show({ count, first, call: place.call, onsets, offsets, unit, frequencies, look, theme });
  }

  /**
   * @param {Look} look
   * @param {Theme} theme
   */
  showStrip(look, theme) {
    const { session, strip } = this;
    const { duration, onsets, offsets, title, unit, first } = session.facts;
    strip.node.hidden = !duration;
    if (!duration) return;
    const segments = session.strips.wanted();
    if (this.key !== session.strips.key) {
      this.key = session.strips.key;
      strip.reset();
      for (const segment of segments) strip.receive(segment);
    }
    strip.restyle(look, theme);
    const { count, viewport, place } = session;
    strip.show({ duration, onsets, offsets, first, count, title, unit, call: place.call, viewport });
  }

  /**
   * A segment of some strip has come.
   *
   * @param {string} key
   * @param {Segment} segment
   */
  receive(key, segment) {
    if (this.key === key) this.strip.receive(segment);
  }

  /** @param {number} call */
  arrived(call) {
    if (this.shown.filmstrip) this.film.arrived(call);
  }

  /**
   * @param {number} call
   * @param {string} text
   */
  failed(call, text) {
    if (this.shown.filmstrip) this.film.failed(call, text);
  }

  end() {
    for (const part of [this.strip, this.film]) part.end();
  }
}
