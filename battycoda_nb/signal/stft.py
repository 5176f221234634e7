"""Samples in, levels out: the transform of a request, and the waveform under it. Pure functions, no input or output.

The path from a call to its picture is what the package exists for, so it is written for speed: one float32 FFT
over blocks of frames in a reused buffer, the logarithm and the scale to 8 bits folded into one multiply-add. A pooled
request is read block by block, and only the maxima of its frames are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from battycoda_nb.errors import RecordingError, RequestError

from .requests import SpectrogramRequest
from .scales import SCALE, decibels, offset_db
from .windows import window_samples

_CACHED_BYTES = 256 * 1024  # frames of one pass: they stay in the processor's cache
_BLOCK = 2**18  # samples, and values of a transform, of one block of a pooled request

# Samples of the recording from one frame to another [shape=(stop - start,), dtype=float32], full scale at 1.0.
Read = Callable[[int, int], np.ndarray]


class Picture(NamedTuple):
    """Result of a request.

    Attributes
    ----------
    levels : np.ndarray [shape=(bins, columns), dtype=uint8]
        The lowest frequency first.
    low, step : float
        Value of level 0, and what a level adds: dB re full scale, or PCEN.
    wave : np.ndarray [shape=(columns, 2), dtype=int8]
        Least and largest of the samples under each column.
    peak : float
        The amplitude re full scale that 127 stands for in `wave`; 0.0 if all is zero.
    """

    levels: np.ndarray
    low: float
    step: float
    wave: np.ndarray
    peak: float


def compute_levels(read: Read, request: SpectrogramRequest, *, sample_rate: int) -> Picture:
    """Return the request's transform of the samples that `read` gives, quantised.

    Raises
    ------
    RecordingError
        If the samples hold NaN or infinity: there is nothing true to draw.
    RequestError
        If the scale cannot be had at this sample rate.
    """
    scale = SCALE[request.scale](request, sample_rate)
    if request.pool > 1:
        with np.errstate(invalid="ignore"):  # a sample that is not a number is reported once it is found
            values, extremes = _pooled(read, request, scale.block)
    else:
        samples = read(request.start, request.stop)
        _check(samples, request.start, request.channel)
        values = scale.block(_power(samples, request, to_stop=True))
        extremes = _extremes(samples, request, from_start=True, to_stop=True)
    levels, low, step = scale.finish(values)
    peak = float(np.abs(extremes).max())
    wave = np.rint(extremes * (127 / peak if peak else 0.0)).astype(np.int8)
    return Picture(levels.T, low, step, wave, peak)


def power_db(
    samples: np.ndarray, *, n_fft: int, hop_length: int, window: str = "tukey", win_length: int | None = None
) -> np.ndarray:
    """Return the power of each short-time frame, in dB re full scale.

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=float32]
        One channel, full scale at 1.0.
    n_fft, hop_length : int
        Transform length and step in samples; ``hop_length >= 1``.
    window : str
        One of `requests.WINDOWS`.
    win_length : int, optional
        Frame length in samples, `n_fft` unless told; shorter frames are filled up with zeros.

    Returns
    -------
    np.ndarray [shape=(n_fft // 2 + 1, columns), dtype=float32]
        A full-scale sine reads -3.01 dB in its bin, at any rate. Digital silence is ``-inf``.

    Raises
    ------
    RequestError
        If `samples` is shorter than one frame; the message gives both lengths.

    Notes
    -----
    As ``scipy.signal.spectrogram(..., scaling="spectrum")`` with its defaults: one-sided, each frame less its mean,
    no padding at the ends; the tests compare the two.
    """
    shape = window_samples(window, win_length or n_fft)
    if len(samples) < len(shape):
        raise RequestError(f"{len(samples)} samples are fewer than one frame of {len(shape)}")
    power = _frames_power(np.asarray(samples, np.float32), shape, n_fft, hop_length)
    return decibels(power, offset_db(window, len(shape), n_fft)).T


def _power(samples: np.ndarray, request: SpectrogramRequest, *, to_stop: bool = False) -> np.ndarray:
    window = window_samples(request.window, request.win_length)
    return _frames_power(samples, window, request.n_fft, request.hop_length, to_stop=to_stop)


def _frames_power(
    samples: np.ndarray, window: np.ndarray, n_fft: int, hop_length: int, *, to_stop: bool = False
) -> np.ndarray:
    """Return the squared magnitude of each windowed frame less its mean [shape=(frames, n_fft//2+1), dtype=float32].

    Frames lie at whole hops; with `to_stop` one more ends with the samples, if they go on behind the last of these.
    """
    from scipy.fft import rfft

    length = len(window)
    frames = np.lib.stride_tricks.sliding_window_view(samples, length)[::hop_length]
    apart = hop_length == length
    even = np.full(length, 1 / length, np.float32)
    if not apart:
        # A running sum gives every frame's mean at once; in float64, so that a long window loses nothing.
        total = np.concatenate(([0.0], np.cumsum(samples, dtype=np.float64)))
        ends, starts = total[length::hop_length], total[: len(total) - length : hop_length]
        means = ((ends - starts) / length).astype(np.float32)[:, np.newaxis]

    one_more = to_stop and (len(samples) - length) % hop_length > 0
    out = np.empty((len(frames) + one_more, n_fft // 2 + 1), np.float32)
    if one_more:
        out[-1:] = _frames_power(samples[-length:], window, n_fft, length)
    rows = max(_CACHED_BYTES // (4 * n_fft), 1)
    buffer = np.empty((min(rows, len(frames)), length), np.float32)
    for first in range(0, len(frames), rows):
        block = frames[first : first + rows]
        windowed = buffer[: len(block)]
        mean = np.vecdot(block, even)[:, np.newaxis] if apart else means[first : first + rows]
        np.subtract(block, mean, out=windowed)
        windowed *= window
        # Real and imaginary parts side by side: squared in one pass, added in a second.
        parts = rfft(windowed, n_fft, axis=1, overwrite_x=True).view(np.float32)
        parts *= parts
        np.add(parts[:, 0::2], parts[:, 1::2], out=out[first : first + len(block)])
    return out


def _extremes(
    samples: np.ndarray, request: SpectrogramRequest, *, from_start: bool = False, to_stop: bool = False
) -> np.ndarray:
    """Return the least and largest sample under each column [shape=(columns, 2), dtype=float32].

    A column covers what lies nearer to its own frames' centres than to its neighbours'; half a window at either end is
    under no column, unless the outer ones are to reach from the start or to the stop of the samples.
    """
    left_over = (len(samples) - request.win_length) % request.hop_length > 0
    frames = (len(samples) - request.win_length) // request.hop_length + 1 + (left_over and to_stop)
    margin = (request.win_length - request.hop_length) // 2
    stop = margin + frames * request.hop_length
    starts = np.arange(margin, stop, request.hop_length * request.pool)
    if from_start:
        starts[0] = 0
    under = samples if to_stop else samples[:stop]
    return np.stack((np.minimum.reduceat(under, starts), np.maximum.reduceat(under, starts)), axis=1)


def _pooled(
    read: Read, request: SpectrogramRequest, transform: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return maxima of the transformed frames of each column, and the extremes under it, read block by block."""
    values = np.zeros((request.columns, request.bins), np.float32)  # no scale goes below
    extremes = np.empty((request.columns, 2), np.float32)
    extremes[:] = np.inf, -np.inf
    for first, last in _runs(request):
        start = min(request.start + first * request.hop_length, request.stop - request.win_length)
        stop = start + (last - 1 - first) * request.hop_length + request.win_length
        samples = read(start, stop)
        block = transform(_power(samples, request))
        here = slice(first // request.pool, (last - 1) // request.pool + 1)
        np.maximum(values[here], _pool(block, request.pool), out=values[here])
        under = _extremes(samples, request, from_start=start == request.start, to_stop=stop == request.stop)
        np.minimum(extremes[here, 0], under[:, 0], out=extremes[here, 0])
        np.maximum(extremes[here, 1], under[:, 1], out=extremes[here, 1])
        if not np.isfinite(values[here]).all():
            _check(samples, start, request.channel)
    return values, extremes


def _pool(block: np.ndarray, pool: int) -> np.ndarray:
    """Return the maximum of every `pool` rows, and of what is left of them at the end."""
    if len(block) <= pool:
        return block.max(axis=0, keepdims=True)  # the same, in two thirds of the time
    return np.maximum.reduceat(block, np.arange(0, len(block), pool), axis=0)


def _runs(request: SpectrogramRequest) -> Iterator[tuple[int, int]]:
    """Yield blocks of frames, each of whole columns or within one; at the end, alone, the frame that `stop` needs."""
    whole = (request.stop - request.start - request.win_length) // request.hop_length + 1
    rows, pool = max(_BLOCK // request.n_fft, 1), request.pool
    group = max(rows // pool, 1) * pool
    for column in range(0, whole, group):
        end = min(column + group, whole)
        for first in range(column, end, group if group <= rows else rows):
            yield first, min(first + rows, end)
    if whole < request.frames:
        yield whole, whole + 1


def _check(samples: np.ndarray, start: int, channel: int) -> None:
    good = np.isfinite(samples)
    if not good.all():
        raise RecordingError(
            f"Sample {start + int(np.flatnonzero(~good)[0])} of channel {channel + 1} is not a number (NaN or "
            "infinity): the file was damaged or written wrongly; export it again, or choose another channel"
        )
