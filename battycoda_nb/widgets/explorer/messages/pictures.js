/** The pictures that this browser holds, so that a step need not ask the kernel. Pure. */

/** Bytes of levels kept: some 500 detail pictures of 129 x 1000. */
export const MEMORY_BYTES = 64 * 1024 * 1024;

/** The name under which a picture is kept. */
export function pictureKey({ call, channel, overview, transform }) {
  return `${call}/${channel}/${overview ? 1 : 0}/${transform}`;
}

/** The name of a transform, as the kernel has it too (explorer.py). */
export function transformToken({ window, window_length, overlap, scale }) {
  const share = overlap === null || overlap === undefined ? "auto" : overlap.toFixed(3);
  return `${window} ${(window_length ?? 0).toFixed(3)} ${share} ${scale}`;
}

/** The least recently used pictures leave first; a Map keeps its keys in the order of insertion. */
export class Memory {
  constructor(limit = MEMORY_BYTES) {
    this.limit = limit;
    this.bytes = 0;
    this.entries = new Map();
  }

  /** The picture of that key, now the most recently used, or undefined. */
  get(key) {
    const picture = this.entries.get(key);
    if (picture === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, picture);
    return picture;
  }

  has(key) {
    return this.entries.has(key);
  }

  values() {
    return this.entries.values();
  }

  /** Keep a picture; what has not been looked at for longest makes room. */
  set(key, picture) {
    this.delete(key);
    this.entries.set(key, picture);
    this.bytes += picture.levels.byteLength;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= this.limit) break;
      this.delete(oldest);
    }
  }

  delete(key) {
    const picture = this.entries.get(key);
    if (picture === undefined) return;
    this.entries.delete(key);
    this.bytes -= picture.levels.byteLength;
  }
}
