"""Levels to colours, as colours.js has it: colour maps, the look, and the table that joins them.

The maps are written down once, in colour_maps.json; tests/browser/test_modules.py compares
what the two languages make of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from battycoda_nb.errors import RequestError
from battycoda_nb.signal.requests import is_number

# Stops "PPRRGGBB" (place and colour, hexadecimal), linear between them, at most 2 of 255 from the table that they
# stand for. viridis, magma, inferno and plasma are CC0 (https://bids.github.io/colormap), cividis is that of Nuñez et
# al. 2018, hot and classic are the well-known ramps. roseus is NOT the table of https://github.com/dofuuz/roseus
# (which is MIT) but a path of our own to the same recipe: lightness (CIELAB) rises evenly over its full range while
# the hue turns from blue over rose to cream.
COLOUR_STOPS: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("colour_maps.json").read_text(encoding="utf-8")
)

#: The names, in the order in which Shift+C goes through them.
COLOUR_MAPS = tuple(COLOUR_STOPS)

#: How levels become brightness: linear over a range in dB, or by BattyCoda's contrast (an arctangent of the density).
MAPPINGS = ("range", "contrast")

SPANS = (40.0, 100.0)  # dB: the smallest and the largest range
_CONTRAST_SPAN = 20.0  # dB on either side of the middle: the arctangent has left 1 % and reached 99 % there


@dataclass(frozen=True)
class Look:
    """Look of a picture: colours, range or contrast; no part of what is computed.

    Parameters
    ----------
    mapping : str
        One of `MAPPINGS`.
    low, high : float
        Of the mapping "range": the darkest and the brightest level, dB above `reference`, 40 to 100 dB apart.
    reference : float
        One for the whole recording, dB re full scale: the level of its peak.
    contrast : float
        Of the mapping "contrast", from 0 to 8; 4 is BattyCoda's.
    cmap : str
        One of `COLOUR_MAPS`.
    rms : float
        Of the recording, re full scale: what the contrast is relative to. 0, silence, counts as 1.

    Raises
    ------
    RequestError
        If a value is out of range, or not a number.

    Examples
    --------
    >>> look = Look(low=-80, high=-20, reference=-6.0, cmap="viridis")
    >>> shown_range(look, low=-127.5, step=0.5, enbw=1500.0)
    (-86.0, -26.0)
    """

    mapping: str = "range"
    low: float = -80.0
    high: float = 0.0
    reference: float = 0.0
    contrast: float = 4.0
    cmap: str = "roseus"
    rms: float = 1.0

    def __post_init__(self) -> None:
        for name in ("low", "high", "reference", "contrast", "rms"):
            value = getattr(self, name)
            if not is_number(value):
                raise RequestError(f"{name}={value!r} must be a finite number")
        if self.mapping not in MAPPINGS:
            raise RequestError(f"mapping={self.mapping!r} must be one of {', '.join(MAPPINGS)}")
        if self.cmap not in COLOUR_MAPS:
            raise RequestError(f"cmap={self.cmap!r} must be one of {', '.join(COLOUR_MAPS)}")
        if self.mapping == "range" and not SPANS[0] <= self.high - self.low <= SPANS[1]:
            raise RequestError(
                f"low={self.low:g} and high={self.high:g} are {self.high - self.low:g} dB apart: the range must span "
                f"{SPANS[0]:g} to {SPANS[1]:g} dB"
            )
        if not 0 <= self.contrast <= 8:
            raise RequestError(f"contrast={self.contrast:g} must lie between 0 and 8; BattyCoda's is 4")
        if self.rms < 0:
            raise RequestError(f"rms={self.rms:g} must not be negative")


@lru_cache(maxsize=32)
def colour_map(name: str) -> np.ndarray:
    """Return a map's colours, linear between its stops: np.ndarray [shape=(256, 3), dtype=uint8, read-only], RGB."""
    stops = np.array([list(bytes.fromhex(stop)) for stop in COLOUR_STOPS[name]], float)
    places = np.arange(256)
    left = np.clip(np.searchsorted(stops[:, 0], places, side="right") - 1, 0, len(stops) - 2)
    start, end = stops[left], stops[left + 1]
    share = ((places - start[:, 0]) / (end[:, 0] - start[:, 0]))[:, np.newaxis]
    colours = np.rint(start[:, 1:] + share * (end[:, 1:] - start[:, 1:])).astype(np.uint8)
    colours.flags.writeable = False
    return colours


def shown_range(look: Look, *, low: float, step: float, enbw: float, unit: str = "dB") -> tuple[float, float]:
    """Return what a colour bar spans, in the picture's unit: from the darkest value to the brightest.

    Beyond the ends the colour stays as it is, or for the contrast hardly changes. The parameters are `colour_table`'s.
    """
    if unit == "PCEN":  # no level in dB: its own scale, from nothing to the top
        return 0.0, low + 255 * step
    if look.mapping == "range":
        return look.reference + look.low, look.reference + look.high
    middle = float(10 * np.log10(enbw * (look.rms if look.rms > 0 else 1.0) ** 2) - 10 * look.contrast)
    return middle - _CONTRAST_SPAN, middle + _CONTRAST_SPAN


def brightness(values: np.ndarray, look: Look, *, low: float, step: float, enbw: float, unit: str = "dB") -> np.ndarray:
    """Return 0 (the map's first colour) to 1 (its last) for values in the picture's unit, of any shape.

    The parameters are `colour_table`'s.

    Notes
    -----
    BattyCoda's contrast c is ``arctan(10**c * density)`` over its largest value, where density is the power per hertz
    of samples scaled to unit standard deviation.
    """
    if unit == "PCEN" or look.mapping == "range":
        darkest, brightest = shown_range(look, low=low, step=step, enbw=enbw, unit=unit)
        return np.clip((values - darkest) / (brightest - darkest), 0, 1)
    density = 10.0 ** (values / 10) / enbw / (look.rms if look.rms > 0 else 1.0) ** 2
    return np.arctan(10.0**look.contrast * density) / (np.pi / 2)


def colour_table(*, low: float, step: float, enbw: float, look: Look, unit: str = "dB") -> np.ndarray:
    """Return the colour of each level: np.ndarray [shape=(256, 3), dtype=uint8], RGB.

    Parameters
    ----------
    low, step : float
        Value of level 0, and how much a level is; dB re full scale, or of PCEN.
    enbw : float
        Noise bandwidth of the transform, Hz: what makes power to power per hertz.
    look : Look
    unit : str
        ``"dB"`` or ``"PCEN"``; the latter is shown over its own scale, whatever the look's mapping says.
    """
    shown = brightness(low + step * np.arange(256), look, low=low, step=step, enbw=enbw, unit=unit)
    return colour_map(look.cmap)[np.floor(255 * shown + 0.5).astype(int)]
