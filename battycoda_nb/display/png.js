/**
 * A spectrogram's PNG to its levels, exactly, and to the waveform under them.
 *
 * Not by the browser's own decoder: that may apply colour management, and reading back from a canvas costs more.
 * Our PNGs are of one kind only (8-bit grey, not interlaced, every row with filter "sub"); anything else is refused,
 * and nothing is unpacked beyond the size that was announced.
 *
 * @typedef {"linear" | "mel" | "pcen"} Scale
 * @typedef {"dB" | "PCEN"} Unit
 *
 * @typedef {object} Meta a picture's axes and scale, checked
 * @property {number} bins
 * @property {number} columns
 * @property {number} t0 centre of the first column, s from the recording's start
 * @property {number} dt s
 * @property {number} end of the samples, s from the recording's start
 * @property {number} f0 centre of the lowest bin, in Hz, or in mel on a mel scale
 * @property {number} df
 * @property {number} low value of level 0, in `unit`
 * @property {number} step from one level to the next, in `unit`
 * @property {number} enbw equivalent noise bandwidth, Hz
 * @property {Scale} scale
 * @property {Unit} unit
 * @property {number} wave amplitude that 127 in the waveform stands for, re full scale
 * @property {number} onset of the call, s from the recording's start
 * @property {number} offset
 * @property {string} label suggested by the segment file, or ""
 *
 * @typedef {object} MetaMessage the same as the kernel sends it, unchecked
 * @property {unknown} shape
 * @property {unknown} time
 * @property {unknown} end
 * @property {unknown} frequency
 * @property {unknown} db
 * @property {unknown} enbw
 * @property {unknown} wave
 * @property {unknown} scale
 * @property {unknown} unit
 * @property {{ onset: unknown, offset: unknown, label?: unknown } | null} call
 *
 * @typedef {object} Pixels
 * @property {Uint8Array<ArrayBuffer>} levels row by row from the highest frequency down
 * @property {Int8Array<ArrayBuffer>} wave the least and the largest sample of each column; 127 is the meta's `wave`
 *
 * @typedef {Pixels & { meta: Meta, digest: string }} Picture
 *
 * @typedef {DataView<ArrayBuffer> | Uint8Array<ArrayBuffer> | ArrayBuffer} Buffer as a message from the kernel has it
 */

const PNG_SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const LARGEST_PICTURE = 32 * 1024 * 1024;
const FILTER_SUB = 1;
const BAD_SHAPE = "the picture's shape is not two whole numbers";
/** @type {Record<Scale, Unit>} */
const SCALE_UNITS = { linear: "dB", mel: "dB", pcen: "PCEN" };

/**
 * Decode a PNG of a shape [bins, columns]. Throws with the reason if the bytes are not that.
 *
 * @param {Buffer | undefined} buffer
 * @param {unknown} shape
 * @returns {Promise<Pixels>}
 */
export async function decodePicture(buffer, shape) {
  const bytes = asBytes(buffer);
  const [bins, columns] = checkShape(shape);
  const { packed, wave } = readChunks(bytes, bins, columns);
  return { levels: unfilter(await inflate(packed, bins * (columns + 1)), bins, columns), wave };
}

/** @param {Buffer | undefined} buffer */
function asBytes(buffer) {
  if (ArrayBuffer.isView(buffer)) return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer);
  throw new Error("the message carries no picture");
}

/**
 * @param {unknown} shape
 * @returns {[number, number]}
 */
function checkShape(shape) {
  const good = Array.isArray(shape) && shape.length === 2 && shape.every((n) => Number.isInteger(n) && n > 0);
  if (!good) throw new Error(BAD_SHAPE);
  const [bins, columns] = shape;
  if (bins * columns > LARGEST_PICTURE) throw new Error(`a picture of ${bins} x ${columns} is too large`);
  return [bins, columns];
}

/**
 * The IDAT chunks as blob parts, after a look at the header, and the waveform.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} bins
 * @param {number} columns
 */
function readChunks(bytes, bins, columns) {
  if (!PNG_SIGNATURE.every((byte, k) => bytes[k] === byte)) throw new Error("the picture is not a PNG");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const packed = [];
  let wave = null;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (at + 12 + length > bytes.length) throw new Error("the picture is cut short");
    if (at === 8) checkHeader(view, type, length, bins, columns);
    if (type === "IDAT") packed.push(bytes.subarray(at + 8, at + 8 + length));
    if (type === "waVe") wave = Int8Array.from(new Int8Array(bytes.buffer, bytes.byteOffset + at + 8, length));
    if (type === "IEND") {
      if (wave?.length !== 2 * columns) throw new Error("the picture has no waveform of its width");
      return { packed, wave };
    }
    at += 12 + length;
  }
  throw new Error("the picture is cut short");
}

/**
 * @param {DataView} view
 * @param {string} type
 * @param {number} length
 * @param {number} bins
 * @param {number} columns
 */
function checkHeader(view, type, length, bins, columns) {
  if (type !== "IHDR" || length !== 13) throw new Error("the picture has no header");
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (width !== columns || height !== bins) {
    throw new Error(`the picture is ${height} x ${width}, but ${bins} x ${columns} were announced`);
  }
  const kind = [24, 25, 26, 27, 28].map((at) => view.getUint8(at)).join(",");
  if (kind !== "8,0,0,0,0") throw new Error("the picture is not an 8-bit grey PNG");
}

/**
 * Unpack into exactly `size` bytes: a byte more or less is an error, found before it is stored.
 *
 * @param {Uint8Array<ArrayBuffer>[]} parts
 * @param {number} size
 */
async function inflate(parts, size) {
  const out = new Uint8Array(size);
  const reader = new Blob(parts).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  let filled = 0;
  for (;;) {
    const { done, value } = await readOrExplain(reader);
    if (done) break;
    if (filled + value.length > size) {
      await reader.cancel();
      throw new Error("the picture holds more than was announced");
    }
    out.set(value, filled);
    filled += value.length;
  }
  if (filled !== size) throw new Error("the picture holds less than was announced");
  return out;
}

/** @param {ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>} reader */
async function readOrExplain(reader) {
  try {
    return await reader.read();
  } catch {
    // The stream's own words ("Compressed input was truncated") differ from browser to browser.
    throw new Error("the picture's data are damaged");
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} raw
 * @param {number} bins
 * @param {number} columns
 */
function unfilter(raw, bins, columns) {
  const levels = new Uint8Array(bins * columns);
  for (let row = 0, from = 0, to = 0; row < bins; row++) {
    if (raw[from++] !== FILTER_SUB) throw new Error(`row ${row} of the picture is not filtered with "sub"`);
    let level = 0;
    for (const end = to + columns; to < end; ) {
      level = (level + raw[from++]) & 255;
      levels[to++] = level;
    }
  }
  return levels;
}

/**
 * The meta of a picture, checked, with names for its numbers; throws when one is missing or not a number.
 *
 * @param {MetaMessage | null | undefined} meta
 * @returns {Meta}
 */
export function readMeta(meta) {
  if (!meta) throw new Error(BAD_SHAPE);
  const [bins, columns] = checkShape(meta.shape);
  const [t0, dt] = numbers(meta.time, 2, "time");
  const [end] = numbers([meta.end], 1, "end");
  const [f0, df] = numbers(meta.frequency, 2, "frequency");
  const [low, step] = numbers(meta.db, 2, "db");
  const [enbw] = numbers([meta.enbw], 1, "enbw");
  const [wave] = numbers([meta.wave], 1, "wave");
  const [onset, offset] = numbers([meta.call?.onset, meta.call?.offset], 2, "call");
  if (!(dt > 0 && df > 0 && enbw > 0)) throw new Error("the picture's axes have no extent");
  const { scale, unit } = meta;
  if (!isScale(scale) || SCALE_UNITS[scale] !== unit) throw new Error("the picture's scale and unit are not known");
  const label = typeof meta.call?.label === "string" ? meta.call.label : "";
  return {
    bins,
    columns,
    t0,
    dt,
    end,
    f0,
    df,
    low,
    step,
    enbw,
    scale,
    unit: SCALE_UNITS[scale],
    wave,
    onset,
    offset,
    label,
  };
}

/**
 * @param {unknown} scale
 * @returns {scale is Scale}
 */
function isScale(scale) {
  return typeof scale === "string" && Object.hasOwn(SCALE_UNITS, scale);
}

/**
 * @param {unknown} values
 * @param {number} count
 * @param {string} name
 * @returns {number[]}
 */
function numbers(values, count, name) {
  const good = Array.isArray(values) && values.length === count && values.every((n) => Number.isFinite(n));
  if (!good) throw new Error(`the picture's "${name}" is not ${count === 1 ? "a number" : "a pair of numbers"}`);
  return values;
}

/**
 * The picture in a message, or the reason why there is none in it.
 *
 * @param {{ meta: MetaMessage, digest?: unknown }} message
 * @param {readonly (Buffer | undefined)[] | undefined} buffers
 * @returns {Promise<{ picture: Picture, reason?: undefined } | { picture?: undefined, reason: string }>}
 */
export async function unpackPicture(message, buffers) {
  try {
    const meta = readMeta(message.meta);
    const { levels, wave } = await decodePicture(buffers?.[0], [meta.bins, meta.columns]);
    return { picture: { levels, wave, meta, digest: String(message.digest ?? "") } };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
