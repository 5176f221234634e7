"""Scales: squared magnitudes of frames to what a picture shows, dB at linear frequencies, dB in mel bands, PCEN.

A scale has two steps, with the pooling of columns between them: `block` takes one block of frames after the other, and
what it gives may be pooled by the maximum; `finish` turns the columns into levels. librosa is imported by the worker
that needs it, and by nobody else.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

import numpy as np

from battycoda_nb.errors import RequestError

from .requests import MELS, SpectrogramRequest
from .windows import window_samples

DB_STEP = 0.5  # dB a level
DB_RANGE = 255 * DB_STEP
PCEN_STEP = 0.025
# Settings for the flight calls of birds in noise: Lostanlen et al., "Robust sound event detection in bioacoustic sensor
# networks", PLOS ONE 14(10), 2019. librosa's defaults are for speech, whose changes are slower.
PCEN_GAIN, PCEN_BIAS, PCEN_POWER = 0.8, 10.0, 0.25
PCEN_TIME_CONSTANT = 0.06  # s
PCEN_FULL_SCALE = 2.0**31  # librosa.pcen expects magnitudes of 32-bit samples

_DB_PER_LOG2 = 10 * math.log10(2)

Levels = tuple[np.ndarray, float, float]  # levels [dtype=uint8], value of level 0, value a level


def mel(frequency: float) -> float:
    """Return HTK's mel scale: 2595 log10(1 + f / 700), f in Hz."""
    return 2595 * math.log10(1 + frequency / 700)


def mel_to_hz(mels: np.ndarray) -> np.ndarray:
    """Return the frequencies of mel values, in Hz."""
    return 700 * (10 ** (mels / 2595) - 1)


def mel_step(sample_rate: int) -> float:
    """Return the distance of the bands from 0 Hz to Nyquist in mel, which is the centre of the first too."""
    return mel(sample_rate / 2) / (MELS + 1)


def mel_n_fft(sample_rate: int) -> int:
    """Return the least power of two that leaves no mel band empty: the lowest, two steps wide, holds a frequency."""
    lowest_band = float(mel_to_hz(np.array(2 * mel_step(sample_rate))))
    return 2 ** math.floor(math.log2(sample_rate / lowest_band) + 1)


class Scale(Protocol):
    """A scale for one request, made of it and the sample rate in Hz."""

    def block(self, power: np.ndarray) -> np.ndarray:
        """Values that grow with what is shown [shape=(frames, bins)] of squared magnitudes [(frames, n_fft/2+1)].

        `power` may be overwritten. Blocks follow one another in time.
        """
        ...

    def finish(self, values: np.ndarray) -> Levels:
        """Levels [shape=(columns, bins)] of pooled values, which are overwritten."""
        ...


class Linear:
    """dB re full scale, as ``scipy.signal.spectrogram(..., scaling="spectrum")``: a full-scale sine reads -3 dB."""

    def __init__(self, request: SpectrogramRequest, sample_rate: int) -> None:
        self._offset = offset_db(request.window, request.win_length, request.n_fft)

    def block(self, power: np.ndarray) -> np.ndarray:
        return power

    def finish(self, values: np.ndarray) -> Levels:
        return quantise(decibels(values, self._offset))


class Mel:
    """dB re full scale of the mean power in 128 bands, by ``librosa.filters.mel(htk=True, norm=1)``.

    The bands are triangles from 0 Hz to Nyquist, their centres equally spaced on HTK's mel scale. With weights that
    add to one, noise has the level that it has in the linear picture, and power divided by the window's noise
    bandwidth is power per hertz here too; with librosa's other norms it would depend on the number of frequencies.

    Raises
    ------
    RequestError
        If `n_fft` is too short for a band to hold a frequency.
    """

    def __init__(self, request: SpectrogramRequest, sample_rate: int) -> None:
        needed = mel_n_fft(sample_rate)
        if request.n_fft < needed:
            raise RequestError(
                f"n_fft={request.n_fft} leaves mel bands empty at {sample_rate / 1000:g} kHz: make it {needed} or more"
            )
        self._filters = _mel_filters(request.window, request.win_length, request.n_fft, sample_rate)

    def block(self, power: np.ndarray) -> np.ndarray:
        return power @ self._filters

    def finish(self, values: np.ndarray) -> Levels:
        return quantise(decibels(values, np.float32(0.0)))


@lru_cache(maxsize=4)
def _mel_filters(window: str, win_length: int, n_fft: int, sample_rate: int) -> np.ndarray:
    """Return what makes mean powers in bands of squared magnitudes [shape=(n_fft // 2 + 1, 128), dtype=float32].

    librosa takes 6 ms for them, many times what the picture takes.
    """
    import librosa

    filters = librosa.filters.mel(sr=sample_rate, n_fft=n_fft, n_mels=MELS, htk=True, norm=1)
    scaled = np.ascontiguousarray((filters * 10 ** (offset_db(window, win_length, n_fft) / 10)).T, np.float32)
    scaled.flags.writeable = False
    return scaled


class Pcen:
    """Per-channel energy normalisation of the magnitudes, by ``librosa.pcen``: gain 0.8, bias 10, power 0.25.

    Each frequency is divided by its own recent past (60 ms) and compressed, so that calls stand out of steady noise.
    A view of 25 ms is shorter than that, so the past begins at the background of the view: each frequency's median,
    of the first block if the view is pooled. Levels are 0.025 apart, or more where values go beyond 6.4. Magnitudes
    are those of the linear picture on a full scale of 2**31.
    """

    def __init__(self, request: SpectrogramRequest, sample_rate: int) -> None:
        offset = offset_db(request.window, request.win_length, request.n_fft)
        self._gain = (PCEN_FULL_SCALE * 10 ** (offset.astype(np.float64) / 20)).astype(np.float32)
        frames = PCEN_TIME_CONSTANT * sample_rate / request.hop_length
        self._b = (math.sqrt(1 + 4 * frames**2) - 1) / (2 * frames**2)  # as librosa derives it
        self._state: np.ndarray | None = None

    def block(self, power: np.ndarray) -> np.ndarray:
        import librosa

        magnitude = np.sqrt(power, out=power)
        magnitude *= self._gain
        if self._state is None:  # of a filter that has seen the background for ever
            self._state = (1 - self._b) * np.median(magnitude, axis=0)[np.newaxis]
        values, self._state = librosa.pcen(
            magnitude,
            gain=PCEN_GAIN,
            bias=PCEN_BIAS,
            power=PCEN_POWER,
            b=self._b,
            axis=0,
            zi=self._state,
            return_zf=True,
        )
        return values

    def finish(self, values: np.ndarray) -> Levels:
        step = max(PCEN_STEP, float(values.max()) / 255)
        values /= np.float32(step)
        np.rint(values, out=values)
        return values.astype(np.uint8), 0.0, step


def warm_up() -> None:
    """Have librosa import and compile what the first mel and the first PCEN picture would otherwise wait for.

    It loads itself in parts, at their first use. To take `librosa.filters` alone spares next to nothing: 1.0 s of
    processor time in place of 1.1 s, most of it for scipy.signal, numba and what that compiles.
    """
    import librosa

    _mel_filters("hann", 500, 4096, 250_000)
    librosa.pcen(np.ones((2, 2), np.float32), zi=np.ones((1, 2), np.float32), axis=0, return_zf=True)


SCALE: dict[str, Callable[[SpectrogramRequest, int], Scale]] = {"linear": Linear, "mel": Mel, "pcen": Pcen}
UNIT = {"linear": "dB", "mel": "dB", "pcen": "PCEN"}


def frequency_axis(request: SpectrogramRequest, sample_rate: int) -> tuple[float, float]:
    """Return the centre of the first row and the step to the next: Hz, or mel where the scale is mel."""
    if request.scale == "mel":
        step = mel_step(sample_rate)
        return step, step
    return 0.0, sample_rate / request.n_fft


def time_axis(request: SpectrogramRequest, sample_rate: int) -> tuple[float, float]:
    """Return the centre of the first column and the step to the next, in s from the recording's start.

    The last column may lie less than a step behind the one before it, as `column_times` has it.
    """
    centre = request.start + (request.win_length + (request.pool - 1) * request.hop_length) / 2
    return centre / sample_rate, request.pool * request.hop_length / sample_rate


def column_times(request: SpectrogramRequest, sample_rate: int) -> np.ndarray:
    """Return the centre of what each column was computed from, s from the recording's start [shape=(columns,)].

    The last column ends where the request does, so it may be shorter than the others, or overlap the one before it.
    """
    first, step = time_axis(request, sample_rate)
    times = first + np.arange(request.columns) * step
    last = request.start + (request.columns - 1) * request.pool * request.hop_length
    times[-1] = (min(last, request.stop - request.win_length) + request.stop) / 2 / sample_rate
    return times


@lru_cache(maxsize=32)
def offset_db(window: str, win_length: int, n_fft: int) -> np.ndarray:
    """Return what 10*log10 of the squared magnitude lacks, at each frequency, to one-sided power re full scale."""
    total = float(np.sum(window_samples(window, win_length), dtype=np.float64))
    offset = np.full(n_fft // 2 + 1, 10 * math.log10(2) - 20 * math.log10(total))
    offset[0] -= 10 * math.log10(2)
    offset[-1] -= 10 * math.log10(2)  # n_fft is even, so the last one is Nyquist's
    offset = offset.astype(np.float32)
    offset.flags.writeable = False
    return offset


def decibels(power: np.ndarray, offset: np.ndarray | np.float32) -> np.ndarray:
    """10*log10 of `power`, which is overwritten, plus `offset`. Nothing at all is ``-inf``."""
    with np.errstate(divide="ignore"):
        db = np.log2(power, out=power)
    db *= np.float32(_DB_PER_LOG2)
    db += offset
    return db


def quantise(db: np.ndarray) -> Levels:
    """Return levels of half a dB over 127.5 dB, the dB value of level 0, and 0.5.

    The range ends at 0 dB re full scale, which no sound within full scale exceeds; for a float recording that goes
    beyond, it is moved up so that nothing is clipped at the top. What lies below the range has level 0.

    Parameters
    ----------
    db : np.ndarray [dtype=float32]
        Overwritten.
    """
    low = math.ceil(max(float(db.max()), 0.0)) - DB_RANGE
    db -= np.float32(low)
    db *= np.float32(1 / DB_STEP)
    np.rint(db, out=db)
    np.clip(db, 0, 255, out=db)
    return db.astype(np.uint8), low, DB_STEP
