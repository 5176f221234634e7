/**
 * Levels to colours: the colour maps, the look, and the 256-entry table that joins them; colours.py has the same.
 * Pure; no canvas and no document, so that it can be tested against numpy.
 *
 * A look is { mapping: "range" or "contrast", low, high (dB above `reference`), reference (dB re full scale), contrast
 * (BattyCoda's), cmap, rms (of the recording, re full scale) }.
 */

import COLOUR_STOPS from "./colour_maps.json" with { type: "json" };

/** The names, in the order in which Shift+C goes through them. */
export const COLOUR_MAPS = Object.keys(COLOUR_STOPS);

const CONTRAST_SPAN = 20; // dB on either side of the middle: the arctangent has left 1 % and reached 99 % there

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

/** What a colour bar spans, in the picture's unit: beyond it the colour stays, or for the contrast hardly changes. */
export function shownDb(look, { low, step, enbw, unit }) {
  if (unit === "PCEN") return { bottom: 0, top: low + 255 * step }; // no level in dB: its own scale
  if (look.mapping === "range") return { bottom: look.reference + look.low, top: look.reference + look.high };
  const middle = 10 * Math.log10(enbw * safeRms(look.rms) ** 2) - 10 * look.contrast;
  return { bottom: middle - CONTRAST_SPAN, top: middle + CONTRAST_SPAN };
}

/** 0 (the map's first colour) to 1 (its last) for a value in the picture's unit; BattyCoda's contrast: design.md, 6. */
export function brightness(db, look, meta) {
  if (meta.unit === "PCEN" || look.mapping === "range") {
    const { bottom, top } = shownDb(look, meta);
    return Math.min(Math.max((db - bottom) / (top - bottom), 0), 1);
  }
  // density is the power per hertz of samples scaled to unit standard deviation
  const density = 10 ** (db / 10) / meta.enbw / safeRms(look.rms) ** 2;
  return Math.atan(10 ** look.contrast * density) / (Math.PI / 2);
}

/** A recording of silence has rms 0, and its picture must still have colours. */
function safeRms(rms) {
  return rms > 0 ? rms : 1;
}

/** The table level -> packed RGBA for one picture's scale and one look. */
export function colourTable(meta, look) {
  const colours = colourMap(look.cmap);
  const table = new Uint32Array(256);
  for (let level = 0; level < 256; level++) {
    table[level] = colours[Math.round(255 * brightness(meta.low + meta.step * level, look, meta))];
  }
  return table;
}

/** Whether a map's quiet end is bright, so that marks over it must be dark. */
export function isLightMap(name) {
  const [r, g, b] = new Uint8Array(colourMap(name).buffer, 0, 3);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 128;
}
