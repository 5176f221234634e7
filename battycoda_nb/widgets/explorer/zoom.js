/** What the user has zoomed into, relative to the call, so that it stays when stepping; and the way back. */

import { panned, within, zoomed } from "../../display/viewport.js";

const SAVE_MS = 300; // after the last change: the kernel need not follow each turn of a wheel
const GESTURE_MS = 500; // changes closer than this are one, and one way back
const KEPT_VIEWS = 100;

/** `times` are [from, to] in s from the call's onset, `frequencies` [low, high] in Hz; null is all of the picture. */
export class Zoom {
  constructor(session, changed) {
    this.session = session;
    this.changed = changed;
    this.views = []; // where "back" goes
    this.last = -Infinity;
    Object.assign(this, this.stored);
  }

  get stored() {
    const { model } = this.session;
    return { times: model.get("times") ?? null, frequencies: model.get("frequencies") ?? null };
  }

  get viewport() {
    const { home, onset, facts } = this.session;
    if (!home) return null;
    const [left, right] = this.times ? this.times.map((time) => onset + time) : [home.left, home.right];
    const [bottom, top] = this.frequencies ?? [home.bottom, home.top];
    if (!this.times && !this.frequencies) return home;
    // Limits that were chosen for a recording of a higher rate still show something of this one.
    const fits =
      bottom < home.top - 1 ? { bottom, top: Math.min(top, home.top) } : { bottom: home.bottom, top: home.top };
    return facts.duration ? within({ left, right, ...fits }, this.bounds) : { left, right, ...fits };
  }

  get bounds() {
    const { home, facts } = this.session;
    return { ...home, left: 0, right: facts.duration ?? home.right };
  }

  zoom(factor, about, axes) {
    const view = this.viewport;
    if (!view) return;
    const centre = { seconds: (view.left + view.right) / 2, hertz: (view.bottom + view.top) / 2 };
    this.show(zoomed(view, factor, about ?? centre, axes, this.bounds));
  }

  pan(right, up) {
    const view = this.viewport;
    if (view) this.show(panned(view, right, up, this.bounds));
  }

  /** Show a part of the recording: {left, right, bottom, top} in s and Hz. */
  show(viewport) {
    this.remember();
    const { home, onset } = this.session;
    const { left, right, bottom, top } = within(viewport, this.bounds);
    const close = (one, other, span) => Math.abs(one - other) < span * 1e-6;
    const width = right - left;
    const allTime = close(left, home.left, width) && close(right, home.right, width);
    const allBand = bottom <= home.bottom + 1 && top >= home.top - 1;
    this.apply({ times: allTime ? null : [left - onset, right - onset], frequencies: allBand ? null : [bottom, top] });
  }

  centre(seconds) {
    const view = this.viewport;
    if (!view) return;
    const half = (view.right - view.left) / 2;
    this.show({ ...view, left: seconds - half, right: seconds + half });
  }

  reset() {
    if (!this.times && !this.frequencies) return;
    this.last = -Infinity; // a view of its own, however soon it comes
    this.remember();
    this.apply({ times: null, frequencies: null });
  }

  homeInTime({ quietly = false } = {}) {
    if (!this.times) return;
    if (quietly) {
      this.times = null; // the caller paints
      this.saveSoon();
    } else {
      this.remember();
      this.apply({ times: null, frequencies: this.frequencies });
    }
  }

  /** The view before the last change; false when there is none. */
  back() {
    const view = this.views.pop();
    if (!view) return false;
    this.last = -Infinity;
    this.apply(view);
    return true;
  }

  remember() {
    const now = performance.now();
    if (now - this.last > GESTURE_MS) {
      this.views.push({ times: this.times, frequencies: this.frequencies });
      if (this.views.length > KEPT_VIEWS) this.views.shift();
    }
    this.last = now;
  }

  apply({ times, frequencies }) {
    Object.assign(this, { times, frequencies });
    this.changed();
    this.saveSoon();
  }

  saveSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SAVE_MS);
  }

  save() {
    clearTimeout(this.timer);
    this.timer = null;
    this.session.save({ times: this.times, frequencies: this.frequencies });
  }

  /** The kernel's change; our own comes by here too, and finds nothing to do. */
  follow() {
    if (this.timer) return; // ours is newer
    const { times, frequencies } = this.stored;
    if (JSON.stringify([times, frequencies]) === JSON.stringify([this.times, this.frequencies])) return;
    Object.assign(this, { times, frequencies });
    this.changed();
  }

  end() {
    if (this.timer) this.save();
  }
}
