/**
 * The part of the picture that the user has zoomed into, relative to the call, so that it stays when stepping; and the
 * way back.
 *
 * @import { Axes, Point, Viewport } from "../../display/viewport.js"
 * @import { Traits } from "./messages/messages.d.ts"
 * @import { Session } from "./session.js"
 *
 * @typedef {Pick<Traits, "times" | "frequencies">} View `times`: [from, to] in s from the call's onset, `frequencies`:
 *   [low, high] in Hz; null is all of the picture
 */

import { panned, within, zoomed } from "../../display/viewport.js";

const SAVE_MS = 300; // after the last change: the kernel need not follow each turn of a wheel
const GESTURE_MS = 500; // changes closer than this are one, and one way back
const KEPT_VIEWS = 100;

/** One session's zoom. */
export class Zoom {
  /**
   * @param {Session} session
   * @param {() => void} changed called when another part is shown
   */
  constructor(session, changed) {
    this.session = session;
    this.changed = changed;
    /** @type {View[]} where "back" goes */
    this.views = [];
    this.last = -Infinity;
    this.timer = 0; // 0: everything is saved
    this.view = this.stored;
  }

  /** @returns {View} */
  get stored() {
    const { model } = this.session;
    return { times: model.get("times") ?? null, frequencies: model.get("frequencies") ?? null };
  }

  get times() {
    return this.view.times;
  }

  get isHome() {
    return !this.view.times && !this.view.frequencies;
  }

  /**
   * The part of the recording that is shown; null where nothing is known yet.
   *
   * @returns {Viewport | null}
   */
  get viewport() {
    const { home, onset, facts } = this.session;
    if (!home || this.isHome) return home;
    const { times, frequencies } = this.view;
    const [left, right] = times ? times.map((time) => onset + time) : [home.left, home.right];
    const [bottom, top] = frequencies ?? [home.bottom, home.top];
    // Limits that were chosen for a recording of a higher rate still show something of this one.
    const fits =
      bottom < home.top - 1 ? { bottom, top: Math.min(top, home.top) } : { bottom: home.bottom, top: home.top };
    return facts.duration ? within({ left, right, ...fits }, this.boundsOf(home)) : { left, right, ...fits };
  }

  /**
   * All that can be shown of the recording.
   *
   * @param {Viewport} home the whole picture's
   * @returns {Viewport}
   */
  boundsOf(home) {
    return { ...home, left: 0, right: this.session.facts.duration ?? home.right };
  }

  /**
   * Zoom by a factor (above 1: closer) about a point; by default about the middle.
   *
   * @param {number} factor
   * @param {Point | null} about
   * @param {Axes} axes
   */
  zoom(factor, about, axes) {
    const { viewport } = this;
    const { home } = this.session;
    if (!viewport || !home) return;
    const { left, right, bottom, top } = viewport;
    const centre = { seconds: (left + right) / 2, hertz: (bottom + top) / 2 };
    this.show(zoomed(viewport, factor, about ?? centre, axes, this.boundsOf(home)));
  }

  /**
   * Move by shares of what is shown.
   *
   * @param {number} right
   * @param {number} up
   */
  pan(right, up) {
    const { viewport } = this;
    const { home } = this.session;
    if (viewport && home) this.show(panned(viewport, right, up, this.boundsOf(home)));
  }

  /**
   * Show a part of the recording.
   *
   * @param {Viewport} wanted
   */
  show(wanted) {
    const { home, onset } = this.session;
    if (!home) return;
    this.remember();
    const { left, right, bottom, top } = within(wanted, this.boundsOf(home));
    const width = right - left;
    /** @type {(one: number, other: number) => boolean} */
    const isClose = (one, other) => Math.abs(one - other) < width * 1e-6;
    const allTime = isClose(left, home.left) && isClose(right, home.right);
    const allBand = bottom <= home.bottom + 1 && top >= home.top - 1;
    this.apply({ times: allTime ? null : [left - onset, right - onset], frequencies: allBand ? null : [bottom, top] });
  }

  /** @param {number} seconds from the recording's start */
  centre(seconds) {
    const { viewport } = this;
    if (!viewport) return;
    const half = (viewport.right - viewport.left) / 2;
    this.show({ ...viewport, left: seconds - half, right: seconds + half });
  }

  reset() {
    if (this.isHome) return;
    this.last = -Infinity; // a view of its own, however soon it comes
    this.remember();
    this.apply({ times: null, frequencies: null });
  }

  homeInTime({ quietly = false } = {}) {
    const { times, frequencies } = this.view;
    if (!times) return;
    if (quietly) {
      this.view = { times: null, frequencies }; // the caller paints
      this.saveSoon();
    } else {
      this.remember();
      this.apply({ times: null, frequencies });
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
      this.views.push(this.view);
      if (this.views.length > KEPT_VIEWS) this.views.shift();
    }
    this.last = now;
  }

  /** @param {View} view */
  apply(view) {
    this.view = view;
    this.changed();
    this.saveSoon();
  }

  saveSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SAVE_MS);
  }

  save() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.session.save(this.view);
  }

  /** Take the kernel's change; our own comes by here too, and finds nothing to do. */
  follow() {
    if (this.timer) return; // ours is newer
    const { stored } = this;
    if (JSON.stringify(stored) === JSON.stringify(this.view)) return;
    this.view = stored;
    this.changed();
  }

  end() {
    if (this.timer) this.save();
  }
}
