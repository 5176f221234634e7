/**
 * Colour maps as stops "PPRRGGBB" (place and colour, hexadecimal), linear between them, at most 2 of 255 from the
 * table they stand for. viridis, magma, inferno and plasma are CC0 (https://bids.github.io/colormap), cividis is that
 * of Nuñez et al. 2018, hot and classic are the well-known ramps. roseus is NOT the table of
 * https://github.com/dofuuz/roseus (which is MIT) but a path of our own to the same recipe: lightness (CIELAB) rises
 * evenly over its full range while the hue turns from blue over rose to cream.
 *
 * The object is JSON, and stands alone in this file, as colours.py reads it too: the maps are written down once.
 */
export const COLOUR_STOPS = {
  "roseus": [
    "0005050a", "0c101322", "2215224b", "30212a65", "42413280", "4f60348e", "659a3195", "7bcd318b", "85df3882",
    "97f75270", "a1fe6567", "a9ff7663", "beff9d65", "c9feb06e", "d3fbc07e", "dff9d298", "f4f9eed2", "fffefbf1"
  ],
  "viridis": [
    "00440154", "0d481467", "1e472a7a", "3a3e4c8a", "5132648e", "7d218e8d", "8d1e9d89", "9922a884", "a22ab07f",
    "ae3bbb75", "c160ca60", "d795d840", "e9c5e021", "f0d8e219", "f6e7e419", "fffde725"
  ],
  "magma": [
    "00000004", "0c06051a", "1b160f3b", "25241253", "3036106b", "3e4e117b", "4f681c81", "69912b81", "7db2357b",
    "95d8456c", "a0e75263", "acf2645c", "c0fc8961", "d8feb67c", "ebfed89a", "fffcfdbf"
  ],
  "inferno": [
    "00000004", "09040314", "130e092b", "1a180c3c", "282f0a5b", "33420a68", "4057106e", "53751b6e", "69982766",
    "7ab3325a", "92d44842", "acef6c23", "c2fa9207", "c9fc9f07", "d1fcae12", "e1f8cd37", "e9f4dd4f", "f4f1f179",
    "fffcffa4"
  ],
  "plasma": [
    "000d0887", "0720068f", "1f4b03a1", "377100a8", "418004a8", "5ba31e9a", "6eba3388", "8ad5536f", "adef7c51",
    "cafca338", "e0fdc527", "e9fbd324", "fbf2f227", "fff0f921"
  ],
  "cividis": [
    "0000224e", "11002e6c", "16003171", "1c123570", "23203a6f", "3538476c", "56585e6d", "7d7a7a78", "98938e78",
    "afaaa073", "cbc7b767", "eae9d34e", "fbfde334", "fffee838"
  ],
  "hot": ["000b0000", "5dff0000", "befffe00", "ffffffff"],
  "gray": ["00000000", "ffffffff"],
  "classic": [
    "00000080", "200000ff", "400080ff", "6000ffff", "8080ff80", "9fffff00", "bfff8000", "dfff0000", "ff800000"
  ],
  "gray_r": ["00ffffff", "ff000000"]
};
