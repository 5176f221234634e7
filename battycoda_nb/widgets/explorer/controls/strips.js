/** What lies below the picture: the filmstrip of the calls, and the strip of the whole recording. */

import { Filmstrip } from "./filmstrip.js";
import { Strip } from "./strip.js";

/** Both strips of one display. */
export class Below {
  constructor(session) {
    this.session = session;
    this.strip = new Strip({ goTo: (seconds, how) => session.goToTime(seconds, how) });
    this.film = new Filmstrip({
      open: (call) => session.goTo(call),
      want: (calls) => session.want(calls),
      picture: (call) => session.detailOf(call),
    });
  }

  /** Show or hide them. */
  arrange({ strip, filmstrip }, ratio) {
    this.shown = { strip, filmstrip };
    this.film.node.hidden = !filmstrip;
    this.strip.node.hidden = !strip;
    this.resize(ratio);
  }

  resize(ratio) {
    for (const part of [this.film, this.strip]) part.resize(ratio);
  }

  /** Paint both where the session is. */
  show(look, theme) {
    if (this.shown.strip) this.showStrip(look, theme);
    if (this.shown.filmstrip) this.showFilm(look, theme);
  }

  showFilm(look, theme) {
    const { facts, place, viewport, count } = this.session;
    const { onsets, offsets, unit, first, file } = facts;
    const pictures = `${file}/${place.channel}/${place.transform}`;
    if (this.pictures !== pictures) this.film.reset();
    this.pictures = pictures;
    const frequencies = viewport && { bottom: viewport.bottom, top: viewport.top };
    this.film.show({ count, first, call: place.call, onsets, offsets, unit, frequencies, look, theme });
  }

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
    if (strip.look !== look || strip.theme !== theme) strip.repaint(look, theme);
    const { count, viewport, place } = session;
    strip.show({ duration, onsets, offsets, first, count, title, unit, call: place.call, viewport });
  }

  /** A segment of some strip has come. */
  receive(key, segment) {
    if (this.key === key) this.strip.receive(segment);
  }

  arrived(call) {
    if (this.shown.filmstrip) this.film.arrived(call);
  }

  failed(call, text) {
    if (this.shown.filmstrip) this.film.failed(call, text);
  }

  end() {
    for (const part of [this.strip, this.film]) part.end();
  }
}
