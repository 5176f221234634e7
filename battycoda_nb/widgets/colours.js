/**
 * Levels to colours: the colour maps, the contrast, and the 256-entry table that joins them.
 * Pure; no canvas and no document, so that it can be tested against numpy.
 */

/**
 * Colour maps as stops "PPRRGGBB" (place and colour, hexadecimal), linear between them, at most 2 of 255 from the
 * table they stand for. viridis, magma, inferno and plasma are CC0 (https://bids.github.io/colormap), cividis is that
 * of Nuñez et al. 2018, hot and classic are the well-known ramps. roseus is NOT the table of
 * https://github.com/dofuuz/roseus (which is MIT) but a path of our own to the same recipe: lightness (CIELAB) rises
 * evenly over its full range while the hue turns from blue over rose to cream.
 */
const COLOUR_STOPS = {
  roseus:
    "0005050a 0c101322 2215224b 30212a65 42413280 4f60348e 659a3195 7bcd318b 85df3882 97f75270 " +
    "a1fe6567 a9ff7663 beff9d65 c9feb06e d3fbc07e dff9d298 f4f9eed2 fffefbf1",
  viridis:
    "00440154 0d481467 1e472a7a 3a3e4c8a 5132648e 7d218e8d 8d1e9d89 9922a884 a22ab07f ae3bbb75 " +
    "c160ca60 d795d840 e9c5e021 f0d8e219 f6e7e419 fffde725",
  magma:
    "00000004 0c06051a 1b160f3b 25241253 3036106b 3e4e117b 4f681c81 69912b81 7db2357b 95d8456c " +
    "a0e75263 acf2645c c0fc8961 d8feb67c ebfed89a fffcfdbf",
  inferno:
    "00000004 09040314 130e092b 1a180c3c 282f0a5b 33420a68 4057106e 53751b6e 69982766 7ab3325a " +
    "92d44842 acef6c23 c2fa9207 c9fc9f07 d1fcae12 e1f8cd37 e9f4dd4f f4f1f179 fffcffa4",
  plasma:
    "000d0887 0720068f 1f4b03a1 377100a8 418004a8 5ba31e9a 6eba3388 8ad5536f adef7c51 cafca338 " +
    "e0fdc527 e9fbd324 fbf2f227 fff0f921",
  cividis:
    "0000224e 11002e6c 16003171 1c123570 23203a6f 3538476c 56585e6d 7d7a7a78 98938e78 afaaa073 " +
    "cbc7b767 eae9d34e fbfde334 fffee838",
  hot: "000b0000 5dff0000 befffe00 ffffffff",
  gray: "00000000 ffffffff",
  classic: "00000080 200000ff 400080ff 6000ffff 8080ff80 9fffff00 bfff8000 dfff0000 ff800000",
  gray_r: "00ffffff ff000000",
};

/** The names, in the order in which Shift+C goes through them. */
export const COLOUR_MAPS = Object.keys(COLOUR_STOPS);

const mapCache = new Map();

/** The 256 colours of a map as packed RGBA, in the byte order that ImageData wants. */
export function colourMap(name) {
  const known = name in COLOUR_STOPS ? name : COLOUR_MAPS[0];
  if (!mapCache.has(known)) mapCache.set(known, interpolateStops(COLOUR_STOPS[known]));
  return mapCache.get(known);
}

function interpolateStops(text) {
  const stops = text.split(" ").map((stop) => [0, 2, 4, 6].map((k) => parseInt(stop.slice(k, k + 2), 16)));
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
