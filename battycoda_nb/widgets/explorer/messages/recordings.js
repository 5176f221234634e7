/** What the browser knows of the recordings it steps through: one, or the files of a sequence. */

const NO_TIMES = new Float64Array();

/** One recording's facts, from the kernel's message of type "recording" and its two buffers (view.py). */
export function readFacts(message, buffers) {
  const { file, first, count, title, notice, duration, nyquist, channels, rms, reference, unit, padding } = message;
  const [onsets, offsets] = [0, 1].map((k) => readTimes(buffers?.[k]));
  return {
    file,
    first,
    count,
    title,
    notice,
    duration,
    nyquist,
    channels,
    rms,
    reference,
    unit,
    padding,
    onsets,
    offsets,
    longest: offsets.reduce((most, offset, k) => Math.max(most, offset - onsets[k]), 0),
  };
}

/** A copy, as a message's buffers need not lie where an array of doubles may begin. */
function readTimes(buffer) {
  if (!buffer) return NO_TIMES;
  const from = buffer.byteOffset ?? 0;
  return new Float64Array((buffer.buffer ?? buffer).slice(from, from + buffer.byteLength));
}

/** The recordings that are known, and what the traits say of the one that is not. */
export class RecordingBook {
  constructor(model) {
    this.model = model;
    this.known = new Map();
  }

  add(facts) {
    this.known.set(facts.file, facts);
  }

  /** The facts of the recording that a step belongs to. */
  of(step) {
    for (const facts of this.known.values()) {
      if (step >= facts.first && step < facts.first + facts.count) return facts;
    }
    const { model } = this;
    const told = Object.fromEntries(
      ["title", "notice", "channels", "rms", "reference"].map((name) => [name, model.get(name)]),
    );
    return {
      ...told,
      file: 0,
      first: 0,
      count: 0,
      unit: model.get("unit") ?? "call",
      duration: null,
      nyquist: null,
      padding: [0, 0],
      onsets: NO_TIMES,
      offsets: NO_TIMES,
      longest: 0,
    };
  }

  /** Onset and offset of a step in s, or null where its recording is not known yet. */
  times(step) {
    const { first, onsets, offsets } = this.of(step);
    return step - first in onsets ? [onsets[step - first], offsets[step - first]] : null;
  }

  /** The steps of a recording that lie in [from, to] s, at most `most` of them. */
  between(facts, from, to, most = 5000) {
    const { onsets, offsets, longest, first } = facts;
    const found = [];
    for (let k = firstAtOrAfter(onsets, from - longest); k < onsets.length && onsets[k] < to; k++) {
      if (offsets[k] > from) found.push({ step: first + k, onset: onsets[k], offset: offsets[k] });
      if (found.length >= most) break;
    }
    return found;
  }

  /** The step whose middle lies nearest to a time. */
  nearest(facts, seconds) {
    const { onsets, offsets, first } = facts;
    if (!onsets.length) return first;
    const distance = (k) => Math.max(onsets[k] - seconds, seconds - offsets[k], 0);
    const at = firstAtOrAfter(onsets, seconds);
    let best = Math.min(at, onsets.length - 1);
    for (let k = at - 1; k >= Math.max(at - 3, 0); k--) if (distance(k) < distance(best)) best = k;
    return first + best;
  }
}

/** Index of the first of some ascending numbers that is not below a value. */
function firstAtOrAfter(values, value) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
