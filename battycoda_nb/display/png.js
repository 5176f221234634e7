/**
 * A spectrogram's PNG to its levels, exactly, and to the waveform under them.
 *
 * Not by the browser's own decoder: that may apply colour management, and reading back from a canvas costs more.
 * Our PNGs are of one kind only (8-bit grey, not interlaced, every row with filter "sub"); anything else is refused,
 * and nothing is unpacked beyond the size that was announced.
 */

const PNG_SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const LARGEST_PICTURE = 32 * 1024 * 1024;
const FILTER_SUB = 1;
const SCALE_UNITS = { linear: "dB", mel: "dB", pcen: "PCEN" };

/**
 * `levels`, uint8, row by row from the highest frequency down, and `wave`, int8: the least and the largest sample of each
 * column, where 127 is the amplitude `wave` of the meta. Throws with the reason if the bytes are not that.
 */
export async function decodePicture(buffer, shape) {
  const bytes = asBytes(buffer);
  const [bins, columns] = checkShape(shape);
  const { packed, wave } = readChunks(bytes, bins, columns);
  return { levels: unfilter(await inflate(packed, bins * (columns + 1)), bins, columns), wave };
}

function asBytes(buffer) {
  if (ArrayBuffer.isView(buffer)) return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer);
  throw new Error("the message carries no picture");
}

function checkShape(shape) {
  const good = Array.isArray(shape) && shape.length === 2 && shape.every((n) => Number.isInteger(n) && n > 0);
  if (!good) throw new Error("the picture's shape is not two whole numbers");
  if (shape[0] * shape[1] > LARGEST_PICTURE) throw new Error(`a picture of ${shape[0]} x ${shape[1]} is too large`);
  return shape;
}

/** The IDAT chunks as blob parts, after a look at the header, and the waveform. */
function readChunks(bytes, bins, columns) {
  if (!PNG_SIGNATURE.every((byte, k) => bytes[k] === byte)) throw new Error("the picture is not a PNG");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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

function checkHeader(view, type, length, bins, columns) {
  if (type !== "IHDR" || length !== 13) throw new Error("the picture has no header");
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (width !== columns || height !== bins) {
    throw new Error(`the picture is ${height} x ${width}, but ${bins} x ${columns} were announced`);
  }
  const kind = [24, 25, 26, 27, 28].map((at) => view.getUint8(at)).join(",");
  if (kind !== "8,0,0,0,0") throw new Error("the picture is not an 8-bit grey PNG");
}

/** Unpack into exactly `size` bytes: a byte more or less is an error, found before it is stored. */
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

async function readOrExplain(reader) {
  try {
    return await reader.read();
  } catch {
    // The stream's own words ("Compressed input was truncated") differ from browser to browser.
    throw new Error("the picture's data are damaged");
  }
}

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

/** The meta of a picture, checked, with names for its numbers; throws when one is missing or not a number. */
export function readMeta(meta) {
  const [bins, columns] = checkShape(meta?.shape);
  const [t0, dt] = numbers(meta.time, 2, "time");
  const [f0, df] = numbers(meta.frequency, 2, "frequency");
  const [low, step] = numbers(meta.db, 2, "db");
  const [enbw] = numbers([meta.enbw], 1, "enbw");
  const [wave] = numbers([meta.wave], 1, "wave");
  const [onset, offset] = numbers([meta.call?.onset, meta.call?.offset], 2, "call");
  if (!(dt > 0 && df > 0 && enbw > 0)) throw new Error("the picture's axes have no extent");
  const { scale, unit } = meta;
  if (SCALE_UNITS[scale] !== unit) throw new Error("the picture's scale and unit are not known");
  const label = typeof meta.call.label === "string" ? meta.call.label : "";
  return { bins, columns, t0, dt, f0, df, low, step, enbw, scale, unit, wave, onset, offset, label };
}

function numbers(values, count, name) {
  const good = Array.isArray(values) && values.length === count && values.every((n) => Number.isFinite(n));
  if (!good) throw new Error(`the picture's "${name}" is not ${count === 1 ? "a number" : "a pair of numbers"}`);
  return values;
}

/** The picture in a message, or the reason why there is none in it. */
export async function unpackPicture(message, buffers) {
  try {
    const meta = readMeta(message.meta);
    const { levels, wave } = await decodePicture(buffers?.[0], [meta.bins, meta.columns]);
    return { picture: { levels, wave, meta, digest: String(message.digest ?? "") } };
  } catch (error) {
    return { reason: error.message };
  }
}
