"""Viewport: the part of a recording that is shown, as viewport.js has it, so that a figure is of the same picture.

tests/browser/test_modules.py holds the two languages to it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from battycoda_nb.signal.requests import SpectrogramRequest
from battycoda_nb.signal.scales import frequency_axis, mel_to_hz, time_axis

LONGEST_VIEW = 60.0  # s
SHORTEST_VIEW = 0.0005  # s
NARROWEST_BAND = 1000.0  # Hz


class Viewport(NamedTuple):
    """A part of a recording: s from its start, Hz.

    Examples
    --------
    >>> whole = Viewport(0.0, 60.0, 0.0, 125_000.0)
    >>> within(Viewport(59.9, 60.1, 20_000.0, 90_000.0), duration=60.0, home=whole).left
    59.8
    """

    left: float
    right: float
    bottom: float
    top: float


def extent(request: SpectrogramRequest, sample_rate: int) -> Viewport:
    """Return the edges of a whole picture, half a column and half a row beyond the centres of its outermost ones."""
    (t0, dt), (f0, df) = time_axis(request, sample_rate), frequency_axis(request, sample_rate)
    rows = np.array([f0 - df / 2, f0 + (request.bins - 0.5) * df])
    bottom, top = mel_to_hz(rows) if request.scale == "mel" else rows
    return Viewport(t0 - dt / 2, t0 + (request.columns - 0.5) * dt, float(bottom), float(top))


def within(view: Viewport, duration: float, home: Viewport) -> Viewport:
    """Return the nearest view within a recording and its whole picture's band, neither too short nor too long."""
    longest = min(LONGEST_VIEW, duration)
    return Viewport(
        *_fitted(view.left, view.right, 0.0, duration, SHORTEST_VIEW, longest),
        *_fitted(view.bottom, view.top, home.bottom, home.top, NARROWEST_BAND, math.inf),
    )


def _fitted(
    start: float, stop: float, least: float, most: float, shortest: float, longest: float
) -> tuple[float, float]:
    span = min(max(stop - start, shortest), longest, most - least)
    start = min(max((start + stop) / 2 - span / 2, least), most - span)
    return start, start + span


def wants_close(view: Viewport, home: Viewport) -> bool:
    """Return whether a part of the whole picture is shown for which a closer one is computed."""
    closer = view.right - view.left < 0.7 * (home.right - home.left)
    beyond = view.left < home.left - 1e-9 or view.right > home.right + 1e-9
    return closer or beyond or view.top - view.bottom < 0.6 * (home.top - home.bottom)


def close_span(view: Viewport, duration: float) -> tuple[float, float]:
    """Return start and stop (s) of that closer picture: some more on either side, on a grid."""
    width = view.right - view.left
    unit = 2.0 ** math.floor(math.log2(width / 4))
    start = max(math.floor((view.left - width / 8) / unit) * unit, 0.0)
    return start, min(math.ceil((view.right + width / 8) / unit) * unit, duration)
