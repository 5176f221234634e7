"""The part of a recording that is shown, as viewport.js has it: a figure and its numbers are of the same picture.

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
    """Return the edges of a whole picture: half a column and half a row beyond the centres of its outermost ones, but
    not beyond the end of its samples."""
    (t0, dt), (f0, df) = time_axis(request, sample_rate), frequency_axis(request, sample_rate)
    rows = np.array([f0 - df / 2, f0 + (request.bins - 0.5) * df])
    bottom, top = mel_to_hz(rows) if request.scale == "mel" else rows
    right = min(t0 + (request.columns - 0.5) * dt, request.stop / sample_rate)
    return Viewport(t0 - dt / 2, right, float(bottom), float(top))


def within(view: Viewport, duration: float, home: Viewport) -> Viewport:
    """Return the nearest view within a recording and its whole picture's band, neither too short nor too long."""
    longest = min(LONGEST_VIEW, duration)
    return Viewport(
        *_fitted(view.left, view.right, 0.0, duration, SHORTEST_VIEW, longest),
        *_fitted(view.bottom, view.top, home.bottom, home.top, NARROWEST_BAND, math.inf),
    )


def chosen(
    times: tuple[float, float] | None, frequencies: tuple[float, float] | None, duration: float, home: Viewport
) -> Viewport:
    """Return what is shown where a user chose times (s from the recording's start) and frequencies (Hz).

    None stands for all of the whole picture, as do frequencies above it: they were chosen at a higher sample rate.
    """
    if times is None and frequencies is None:
        return home
    left, right = times or (home.left, home.right)
    bottom, top = frequencies or (home.bottom, home.top)
    if bottom >= home.top - 1:
        bottom, top = home.bottom, home.top
    return within(Viewport(left, right, bottom, min(top, home.top)), duration, home)


def zoomed(span: tuple[float, float], factor: float) -> tuple[float, float]:
    """Return a span about the same middle, `factor` times shorter."""
    middle, half = (span[0] + span[1]) / 2, (span[1] - span[0]) / 2 / factor
    return middle - half, middle + half


def panned(span: tuple[float, float], share: float, *, least: float = -math.inf) -> tuple[float, float]:
    """Return a span moved by a share of its length, but not to below `least`."""
    by = max(share * (span[1] - span[0]), least - span[0])
    return span[0] + by, span[1] + by


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
