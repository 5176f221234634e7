"""Levels to colours, as widgets/colours.js has it: colour maps, BattyCoda's contrast, and the table that joins them.

The maps are written down once, in widgets/colour_stops.js, whose object is JSON; tests/browser/test_modules.py compares
what the two languages make of it.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np

_STOPS = Path(__file__).parent / "widgets" / "colour_stops.js"


def _read_stops() -> dict[str, list[str]]:
    """The stops "PPRRGGBB" (place and colour) of each map."""
    text = _STOPS.read_text(encoding="utf-8")
    return json.loads(text[text.index("= {") + 2 : text.rindex(";")])


COLOUR_STOPS = _read_stops()

#: The names, in the order in which Shift+C goes through them.
COLOUR_MAPS = tuple(COLOUR_STOPS)


@lru_cache(maxsize=32)
def colour_map(name: str) -> np.ndarray:
    """The colours of a map, linear between its stops: np.ndarray [shape=(256, 3), dtype=uint8, read-only], RGB."""
    stops = np.array([list(bytes.fromhex(stop)) for stop in COLOUR_STOPS[name]], float)
    places = np.arange(256)
    left = np.clip(np.searchsorted(stops[:, 0], places, side="right") - 1, 0, len(stops) - 2)
    start, end = stops[left], stops[left + 1]
    share = ((places - start[:, 0]) / (end[:, 0] - start[:, 0]))[:, np.newaxis]
    colours = np.rint(start[:, 1:] + share * (end[:, 1:] - start[:, 1:])).astype(np.uint8)
    colours.flags.writeable = False
    return colours


def brightness(db: np.ndarray, *, contrast: float, enbw: float, rms: float) -> np.ndarray:
    """BattyCoda's contrast: 0 to 1 for levels in dB re full scale.

    Parameters
    ----------
    db : np.ndarray
        Any shape.
    contrast : float
        4 is BattyCoda's.
    enbw : float
        Noise bandwidth of the transform, Hz: what makes power to power per hertz.
    rms : float
        Of the recording, re full scale: BattyCoda scales the samples to unit standard deviation. 0, silence, counts
        as 1.
    """
    density = 10.0 ** (db / 10) / enbw / (rms if rms > 0 else 1.0) ** 2
    return np.arctan(10.0**contrast * density) / (np.pi / 2)


def middle_db(*, contrast: float, enbw: float, rms: float) -> float:
    """The dB value that the contrast shows half way up the map, as it is the middle of the arctangent."""
    return float(10 * np.log10(enbw * (rms if rms > 0 else 1.0) ** 2) - 10 * contrast)


def colour_table(*, low: float, step: float, enbw: float, contrast: float, cmap: str, rms: float) -> np.ndarray:
    """The colour of each level: np.ndarray [shape=(256, 3), dtype=uint8], RGB.

    Parameters
    ----------
    low, step : float
        dB re full scale of level 0, and dB a level.
    contrast, enbw, rms : float
        As `brightness` has them.
    cmap : str
        One of `COLOUR_MAPS`.
    """
    shown = brightness(low + step * np.arange(256), contrast=contrast, enbw=enbw, rms=rms)
    return colour_map(cmap)[np.floor(255 * shown + 0.5).astype(int)]
