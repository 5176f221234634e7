/**
 * Facts of the recordings that the browser steps through: one, or the files of a sequence.
 *
 * @import { Buffer } from "../../../display/png.js"
 * @import { ExplorerModel, RecordingMessage } from "./messages.d.ts"
 *
 * @typedef {object} Times the steps of a recording, s from its start
 * @property {Float64Array} onsets
 * @property {Float64Array} offsets
 * @property {number} longest of the steps, s
 *
 * @typedef {Omit<RecordingMessage, "type" | "duration" | "nyquist"> & Times & {
 *   duration: number | null,
 *   nyquist: number | null,
 * }} Facts a duration (s) and nyquist (Hz) that are null are not known yet
 *
 * @typedef {{ step: number, onset: number, offset: number }} Step
 */

const NO_TIMES = new Float64Array();

/**
 * One recording's facts, from the kernel's message and its two buffers.
 *
 * @param {RecordingMessage} message
 * @param {Buffer[] | undefined} buffers
 * @returns {Facts}
 */
export function readFacts({ type, ...facts }, buffers) {
  const [onsets, offsets] = [readTimes(buffers?.[0]), readTimes(buffers?.[1])];
  const longest = offsets.reduce((most, offset, k) => Math.max(most, offset - onsets[k]), 0);
  return { ...facts, onsets, offsets, longest };
}

/**
 * A copy, as a message's buffers need not lie where an array of doubles may begin.
 *
 * @param {Buffer | undefined} buffer
 */
function readTimes(buffer) {
  if (!buffer) return NO_TIMES;
  if (!ArrayBuffer.isView(buffer)) return new Float64Array(buffer.slice(0));
  const { byteOffset, byteLength } = buffer;
  return new Float64Array(buffer.buffer.slice(byteOffset, byteOffset + byteLength));
}

/** The recordings that are known, and what the traits say of the one that is not. */
export class Recordings {
  /** @param {ExplorerModel} model */
  constructor(model) {
    this.model = model;
    /** @type {Map<number, Facts>} by file */
    this.known = new Map();
  }

  /** @param {Facts} facts */
  add(facts) {
    this.known.set(facts.file, facts);
  }

  /**
   * The facts of the recording that a step belongs to.
   *
   * @param {number} step
   * @returns {Facts}
   */
  of(step) {
    for (const facts of this.known.values()) {
      if (step >= facts.first && step < facts.first + facts.count) return facts;
    }
    const { model } = this;
    return {
      title: model.get("title"),
      notice: model.get("notice"),
      channels: model.get("channels"),
      rms: model.get("rms"),
      unit: model.get("unit") ?? "call",
      recorded: "",
      file: 0,
      first: 0,
      count: 0,
      duration: null,
      nyquist: null,
      padding: [0, 0],
      onsets: NO_TIMES,
      offsets: NO_TIMES,
      longest: 0,
    };
  }

  /**
   * Onset and offset of a step in s, or null where its recording is not known yet.
   *
   * @param {number} step
   * @returns {[number, number] | null}
   */
  times(step) {
    const { first, onsets, offsets } = this.of(step);
    return step - first in onsets ? [onsets[step - first], offsets[step - first]] : null;
  }

  /**
   * The steps of a recording that lie in [from, to] s, at most `most` of them.
   *
   * @param {Facts} facts
   * @param {number} from
   * @param {number} to
   */
  between(facts, from, to, most = 5000) {
    const { onsets, offsets, longest, first } = facts;
    /** @type {Step[]} */
    const found = [];
    for (let k = firstAtOrAfter(onsets, from - longest); k < onsets.length && onsets[k] < to; k++) {
      if (offsets[k] > from) found.push({ step: first + k, onset: onsets[k], offset: offsets[k] });
      if (found.length >= most) break;
    }
    return found;
  }

  /**
   * The step that lies nearest to a time in s.
   *
   * @param {Facts} facts
   * @param {number} seconds
   */
  nearest({ onsets, offsets, first }, seconds) {
    if (!onsets.length) return first;
    /** @param {number} k */
    const distance = (k) => Math.max(onsets[k] - seconds, seconds - offsets[k], 0);
    const at = firstAtOrAfter(onsets, seconds);
    let best = Math.min(at, onsets.length - 1);
    for (let k = at - 1; k >= Math.max(at - 3, 0); k--) if (distance(k) < distance(best)) best = k;
    return first + best;
  }
}

/**
 * Index of the first of some ascending numbers that is not below a value.
 *
 * @param {Float64Array} values
 * @param {number} value
 */
function firstAtOrAfter(values, value) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
