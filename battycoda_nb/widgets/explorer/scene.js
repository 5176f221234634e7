/**
 * The scene on the stage, put together from what a session holds: the pictures that show something of the viewport, and
 * the calls in it. No document in here.
 *
 * @import { Reading } from "../../display/axes.js"
 * @import { Picture } from "../../display/png.js"
 * @import { Viewport } from "../../display/viewport.js"
 * @import { Scene } from "./painting/painter.js"
 * @import { Session } from "./session.js"
 */

import { pictureExtent, readLevel } from "../../display/axes.js";

/**
 * The extent of the whole picture, or what it will be; null where nothing is known yet.
 *
 * @param {Session} session
 * @returns {Viewport | null}
 */
export function homeOf({ pictures, place, recordings, facts }) {
  const picture = pictures.of(place);
  if (picture) return pictureExtent(picture.meta);
  const times = recordings.times(place.call);
  const { duration, nyquist, padding } = facts;
  if (!times || !duration || nyquist === null) return null;
  const room = padding[place.overview ? 1 : 0];
  return { left: Math.max(times[0] - room, 0), right: Math.min(times[1] + room, duration), bottom: 0, top: nyquist };
}

/**
 * The scene of the place where a session is; null where there is no picture.
 *
 * @param {Session} session
 * @returns {Scene | null}
 */
export function sceneOf(session) {
  const { place, facts, pictures, closeups, recordings, model, viewport } = session;
  const { picture } = session.screen;
  if (!picture || !viewport) return null;
  const { onset, offset } = picture.meta;
  const extent = pictureExtent(picture.meta);
  const covered = viewport.left >= extent.left - 1e-9 && viewport.right <= extent.right + 1e-9;
  const around = covered ? undefined : pictures.of({ ...place, overview: true });
  const layers = [...(around ? [around] : []), picture, ...closeups.over(viewport, place, facts.file)];
  /** @type {[number, number][]} */
  const others = [];
  for (const one of recordings.between(facts, viewport.left, viewport.right)) {
    if (one.step !== place.call) others.push([one.onset, one.offset]);
  }
  const room = facts.padding[0];
  const frame =
    place.overview && facts.duration
      ? { ...extent, left: Math.max(onset - room, 0), right: Math.min(offset + room, facts.duration) }
      : null;
  const measured = finestOf(layers, onset, offset) ?? picture;
  const peak = session.peaks.of(place);
  return { layers, measured, peak, viewport, covered, onset, offset, others, frame, grid: Boolean(model.get("grid")) };
}

/**
 * The finest picture that holds all of a call.
 *
 * @param {Picture[]} layers the coarsest first
 * @param {number} onset
 * @param {number} offset
 */
function finestOf(layers, onset, offset) {
  return layers.findLast(({ meta: { t0, dt, columns } }) => t0 - dt <= onset && t0 + columns * dt >= offset);
}

/**
 * The level at a point of the recording in the finest picture that holds it.
 *
 * @param {Scene | null} scene
 * @param {number} seconds
 * @param {number} hertz
 * @returns {Reading | null}
 */
export function levelIn(scene, seconds, hertz) {
  for (const picture of (scene?.layers ?? []).toReversed()) {
    const level = readLevel(picture, seconds, hertz);
    if (level) return level;
  }
  return null;
}
