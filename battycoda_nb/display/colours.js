/**
 * Levels to colours: the colour maps, the look, and the 256-entry table that joins them; colours.py has the same.
 * Pure; no canvas and no document, so that it can be tested against numpy.
 *
 * @import { Meta } from "./png.js"
 *
 * @typedef {object} Look how the levels of a picture become colours
 * @property {"range" | "contrast"} mapping
 * @property {number} low dB above `reference`
 * @property {number} high dB above `reference`
 * @property {number} reference dB re full scale
 * @property {number} contrast BattyCoda's
 * @property {string} cmap
 * @property {number} rms of the recording, re full scale
 *
 * @typedef {Pick<Meta, "low" | "step" | "enbw"> & Partial<Pick<Meta, "unit">>} LevelScale the values of a picture's
 *   levels; dB where no unit is given
 *
 * @typedef {object} Theme the page's own font and colours, for what is painted beside the data
 * @property {string} font
 * @property {string} text
 * @property {string} muted
 * @property {string} line
 * @property {string} blank
 * @property {string} brand
 */

import COLOUR_STOPS from "./colour_maps.json" with { type: "json" };

/** @type {Record<string, string[]>} */
const STOPS = COLOUR_STOPS;

/** The names, in the order in which Shift+C goes through them. */
export const COLOUR_MAPS = Object.keys(STOPS);

/**
 * Stands for the page's theme until it is known; nothing is painted with it.
 *
 * @type {Theme}
 */
export const NO_THEME = Object.freeze({ font: "sans-serif", text: "", muted: "", line: "", blank: "", brand: "" });

const CONTRAST_SPAN = 20; // dB on either side of the middle: the arctangent has left 1 % and reached 99 % there

/** @type {Map<string, Uint32Array<ArrayBuffer>>} */
const mapCache = new Map();

/**
 * The 256 colours of a map as packed RGBA, in the byte order that ImageData wants.
 *
 * @param {string} name
 */
export function colourMap(name) {
  const known = name in STOPS ? name : COLOUR_MAPS[0];
  let colours = mapCache.get(known);
  if (!colours) {
    colours = interpolateStops(STOPS[known]);
    mapCache.set(known, colours);
  }
  return colours;
}

/** @param {string[]} texts */
function interpolateStops(texts) {
  const stops = texts.map((stop) => [0, 2, 4, 6].map((k) => parseInt(stop.slice(k, k + 2), 16)));
  const rgba = new Uint8ClampedArray(256 * 4).fill(255);
  for (let i = 1; i < stops.length; i++) {
    const [from, to] = [stops[i - 1], stops[i]];
    for (let place = from[0]; place <= to[0]; place++) {
      const share = (place - from[0]) / (to[0] - from[0]);
      for (let c = 1; c < 4; c++) rgba[4 * place + c - 1] = from[c] + share * (to[c] - from[c]);
    }
  }
  return new Uint32Array(rgba.buffer);
}

/**
 * The values that a colour bar spans, in the picture's unit: beyond them the colour stays, or for the contrast hardly
 * changes.
 *
 * @param {Look} look
 * @param {LevelScale} scale
 */
export function shownDb(look, { low, step, enbw, unit }) {
  if (unit === "PCEN") return { bottom: 0, top: low + 255 * step }; // no level in dB: its own scale
  if (look.mapping === "range") return { bottom: look.reference + look.low, top: look.reference + look.high };
  const middle = 10 * Math.log10(enbw * safeRms(look.rms) ** 2) - 10 * look.contrast;
  return { bottom: middle - CONTRAST_SPAN, top: middle + CONTRAST_SPAN };
}

/**
 * 0 (the map's first colour) to 1 (its last) for a value in the picture's unit; colours.py says what BattyCoda's contrast is.
 *
 * @param {number} db
 * @param {Look} look
 * @param {LevelScale} scale
 */
export function brightness(db, look, scale) {
  if (scale.unit === "PCEN" || look.mapping === "range") {
    const { bottom, top } = shownDb(look, scale);
    return Math.min(Math.max((db - bottom) / (top - bottom), 0), 1);
  }
  // density is the power per hertz of samples scaled to unit standard deviation
  const density = 10 ** (db / 10) / scale.enbw / safeRms(look.rms) ** 2;
  return Math.atan(10 ** look.contrast * density) / (Math.PI / 2);
}

/**
 * A recording of silence has rms 0, and its picture must still have colours.
 *
 * @param {number} rms
 */
function safeRms(rms) {
  return rms > 0 ? rms : 1;
}

/**
 * The table level -> packed RGBA for one picture's scale and one look.
 *
 * @param {LevelScale} scale
 * @param {Look} look
 */
export function colourTable(scale, look) {
  const colours = colourMap(look.cmap);
  const table = new Uint32Array(256);
  for (let level = 0; level < 256; level++) {
    table[level] = colours[Math.round(255 * brightness(scale.low + scale.step * level, look, scale))];
  }
  return table;
}

/**
 * Whether a map's quiet end is bright, so that marks over it must be dark.
 *
 * @param {string} name
 */
export function isLightMap(name) {
  const [r, g, b] = new Uint8Array(colourMap(name).buffer, 0, 3);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 128;
}
