"""The power spectrum of a part of a picture; power_spectrum.js has the same for the browser.

It comes from the levels that are on the screen, so that shown, measured and exported are the same numbers.
"""

from __future__ import annotations

import math

import numpy as np

from battycoda_nb.signal.scales import time_axis
from battycoda_nb.signal.spectrogram import Spectrogram


def power_spectrum(spec: Spectrogram, start: float, stop: float) -> np.ndarray:
    """Return the mean power of a picture between two times, at the picture's own `frequencies`.

    Parameters
    ----------
    start, stop : float
        s from the recording's start. The columns are those whose centres lie between; the nearest where none does.

    Returns
    -------
    np.ndarray [shape=(bins,), dtype=float32]
        In the picture's unit, the lowest frequency first.

    Notes
    -----
    Where it is largest depends on the picture: a call's peak frequency is measured apart (signal/peak_frequency.py).

    The mean is over powers, as in Welch's method (1967), and the lowest level counts as its value. PCEN is no power:
    there it is the mean of the values. In a pooled picture it is the mean of the columns' maxima.
    """
    (t0, dt), columns = time_axis(spec.request, spec.sample_rate), spec.levels.shape[1]
    first, last = math.ceil((start - t0) / dt - 1e-6), math.floor((stop - t0) / dt + 1e-6)
    if first > last or last < 0 or first >= columns:
        first = last = math.floor(((start + stop) / 2 - t0) / dt + 0.5)
    first, last = min(max(first, 0), columns - 1), min(max(last, 0), columns - 1)
    steps = spec.step * spec.levels[:, first : last + 1].astype(float)
    mean = steps.mean(axis=1) if spec.unit == "PCEN" else 10 * np.log10((10 ** (steps / 10)).mean(axis=1))
    return (spec.low + mean).astype(np.float32)
