/**
 * Levels to colours: the colour maps, the contrast, and the 256-entry table that joins them.
 * Pure; no canvas and no document, so that it can be tested against numpy.
 */

import { COLOUR_STOPS } from "./colour_stops.js";

/** The names, in the order in which Shift+C goes through them. */
export const COLOUR_MAPS = Object.keys(COLOUR_STOPS);

const mapCache = new Map();

/** The 256 colours of a map as packed RGBA, in the byte order that ImageData wants. */
export function colourMap(name) {
  const known = name in COLOUR_STOPS ? name : COLOUR_MAPS[0];
  if (!mapCache.has(known)) mapCache.set(known, interpolateStops(COLOUR_STOPS[known]));
  return mapCache.get(known);
}

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

/** The dB value that the contrast shows half way up the map, as it is the middle of the arctangent. */
export function middleDb(contrast, enbw, rms) {
  return 10 * Math.log10(enbw * safeRms(rms) ** 2) - 10 * contrast;
}

/** BattyCoda's contrast: 0 to 1 for a level in dB re full scale (design.md, section 6). */
export function brightness(db, contrast, enbw, rms) {
  // density is the power per hertz of samples scaled to unit standard deviation
  const density = 10 ** (db / 10) / enbw / safeRms(rms) ** 2;
  return Math.atan(10 ** contrast * density) / (Math.PI / 2);
}

/** A recording of silence has rms 0, and its picture must still have colours. */
function safeRms(rms) {
  return rms > 0 ? rms : 1;
}

/** The table level -> packed RGBA for one picture's scale and one look. */
export function colourTable({ low, step, enbw }, { contrast, cmap, rms }) {
  const colours = colourMap(cmap);
  const table = new Uint32Array(256);
  for (let level = 0; level < 256; level++) {
    table[level] = colours[Math.round(255 * brightness(low + step * level, contrast, enbw, rms))];
  }
  return table;
}

/** Whether a map's quiet end is bright, so that marks over it must be dark. */
export function isLightMap(name) {
  const [r, g, b] = new Uint8Array(colourMap(name).buffer, 0, 3);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 128;
}
