"""What stands beside a picture: the call's power spectrum and its waveform, as widgets/panels.js has them.

Both come from what the picture itself was drawn from, so that shown, measured and exported are the same numbers.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .blob import metadata
from .spectrogram import Spectrogram


class PowerSpectrum(NamedTuple):
    """The mean over some columns of a picture."""

    values: np.ndarray  # [shape=(bins,), dtype=float32] the lowest frequency first, in the picture's unit
    frequencies: np.ndarray  # [shape=(bins,)] Hz
    peak_hertz: float
    peak_value: float


def row_hertz(places: np.ndarray, scale: str) -> np.ndarray:
    """Places on a picture's frequency axis in Hz; those of a mel picture are mel as HTK has it."""
    return 700 * (10 ** (places / 2595) - 1) if scale == "mel" else places


def row_place(hertz: np.ndarray | float, scale: str) -> np.ndarray:
    """Where frequencies (Hz) lie on a picture's frequency axis: the inverse of `row_hertz`."""
    hertz = np.asarray(hertz, float)
    return 2595 * np.log10(1 + hertz / 700) if scale == "mel" else hertz


def power_spectrum(spec: Spectrogram, start: float, stop: float) -> PowerSpectrum:
    """The mean power of a picture between two times, in dB.

    Parameters
    ----------
    start, stop : float
        s from the recording's start. The columns are those whose centres lie between; the nearest where none does.

    Notes
    -----
    The mean is over powers, as in Welch's method, and the lowest level counts as its value. PCEN is no power: there it
    is the mean of the values.
    """
    meta = metadata(spec.request, sample_rate=spec.sample_rate, low=spec.low)
    (t0, dt), (f0, df), columns = meta["time"], meta["frequency"], spec.levels.shape[1]
    first, last = math.ceil((start - t0) / dt - 1e-6), math.floor((stop - t0) / dt + 1e-6)
    if first > last or last < 0 or first >= columns:
        first = last = math.floor(((start + stop) / 2 - t0) / dt + 0.5)
    first, last = min(max(first, 0), columns - 1), min(max(last, 0), columns - 1)
    steps = spec.step * spec.levels[:, first : last + 1].astype(float)
    mean = steps.mean(axis=1) if spec.unit == "PCEN" else 10 * np.log10((10 ** (steps / 10)).mean(axis=1))
    values = (spec.low + mean).astype(np.float32)
    frequencies = row_hertz(f0 + df * np.arange(len(values)), spec.request.scale)
    peak = int(values.argmax())
    return PowerSpectrum(values, frequencies, float(frequencies[peak]), float(values[peak]))
