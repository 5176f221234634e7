"""Peak frequency: a property of a call, by one transform of its own, whatever picture of it is looked at.

A worker measures the calls of a block in one go, so that a thousand of them cost a hundred messages; the answer is
JSON. What comes over the broker is not trusted: `read_peaks` refuses what does not fit its request.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

from battycoda_nb._version import __version__
from battycoda_nb.errors import ClusterError, RecordingError, RequestError

from .requests import Window
from .scales import offset_db
from .stft import Read
from .windows import window_samples

PEAK_VERSION = 1  # part of every digest: raise it when the same request would give other numbers
WIN_SECONDS = 0.002  # of the Hann window
OVERLAP = 4  # frames begin a quarter of a window apart: twice as far, the sum of windows ripples, and sweeps with it
MIN_SAMPLES = 16  # of a call; shorter ones have no spectrum to speak of
MAX_FRAMES = 4096  # those of a longer call than 2 s lie further apart, from its onset to its offset
MAX_CALLS = 64  # of one request
MAX_BYTES = 16384  # of one answer

_BLOCK = 2**18  # samples that are read and transformed at a time

# First sample, one past the last, and the band's edges in Hz; an upper edge of 0 is Nyquist.
Span = tuple[int, int, int, int]


@dataclass(frozen=True)
class PeakFrequency:
    """Frequency at which a call has most power.

    Attributes
    ----------
    hertz : float
    db : float
        Mean power there, dB re full scale.
    at_edge : bool
        Whether it lies at an edge of the call's band (or of all frequencies): the maximum may lie beyond it.
    """

    hertz: float
    db: float
    at_edge: bool = False

    def __str__(self) -> str:
        return f"{self.hertz / 1e3:.1f} kHz{' (band edge)' if self.at_edge else ''}"


def peak_frequency(
    read: Read, start: int, stop: int, *, sample_rate: int, low: float = 0.0, high: float | None = None
) -> PeakFrequency | None:
    """Return the peak frequency of a call: the maximum of the mean power over the frames within onset and offset.

    Parameters
    ----------
    read : callable
        As for `stft.compute_levels`.
    start, stop : int
        Of the call: first sample, and one past the last.
    sample_rate : int
        Hz.
    low, high : float
        Hz, the call's band: what lies outside does not count. All frequencies unless told.

    Returns
    -------
    PeakFrequency or None
        None where there is nothing to measure: fewer than 16 samples, silence, or samples that are not numbers.

    Notes
    -----
    Frames of 2 ms, or of the whole call where that is shorter, less their mean, with a Hann window, a quarter of it
    apart and filled up with zeros to twice its length; their powers are averaged as in Welch's method (1967). The
    maximum is interpolated by a parabola through its level in dB and its two neighbours' (J. O. Smith, "Spectral Audio
    Signal Processing", 2011), which for a Hann window is within 1 % of a bin.
    """
    nyquist = sample_rate / 2
    high = min(high or nyquist, nyquist)
    win_length = min(round(WIN_SECONDS * sample_rate), stop - start)
    if win_length < MIN_SAMPLES or low >= nyquist:
        return None
    n_fft = 2 * win_length
    bin_width = sample_rate / n_fft
    with np.errstate(over="ignore", invalid="ignore"):  # what comes of such samples is no number either
        power = _mean_power(read, start, stop, win_length, n_fft)
    if not np.isfinite(power).all() or not power.any():
        return None
    first, last = _bins_within(low, high, bin_width)
    peak = first + int(power[first : last + 1].argmax())
    with np.errstate(divide="ignore"):
        db = 10 * np.log10(power) + offset_db("hann", win_length, n_fft)
    shift, level = _vertex(db, peak)
    hertz = min(max((peak + shift) * bin_width, low), high)  # what rises beyond the band's edge does not count
    return PeakFrequency(hertz, level, peak in (first, last))


def _mean_power(read: Read, start: int, stop: int, win_length: int, n_fft: int) -> np.ndarray:
    """Return the mean over the frames of their squared magnitudes [shape=(n_fft // 2 + 1,), dtype=float64]."""
    from scipy.fft import rfft

    length = stop - start
    hop = max(win_length // OVERLAP, math.ceil((length - win_length) / (MAX_FRAMES - 1)), 1)
    frames = (length - win_length) // hop + 1
    window = window_samples("hann", win_length)
    at_once = max(_BLOCK // n_fft, 1) if hop <= win_length else 1
    total = np.zeros(n_fft // 2 + 1)
    for first in range(0, frames, at_once):
        count = min(at_once, frames - first)
        begin = start + first * hop
        samples = read(begin, begin + (count - 1) * hop + win_length)
        if samples.min() == samples.max():
            continue  # less their mean they are nothing, but for rounding
        block = np.lib.stride_tricks.sliding_window_view(samples, win_length)[::hop]
        spectra = rfft((block - block.mean(axis=1, keepdims=True)) * window, n_fft, axis=1)
        total += (spectra.real**2 + spectra.imag**2).sum(axis=0, dtype=np.float64)
    return total / frames


def _bins_within(low: float, high: float, bin_width: float) -> tuple[int, int]:
    """Return the first and the last bin within a band; the nearest to its middle where it is too narrow for one."""
    first, last = math.ceil(low / bin_width - 1e-9), math.floor(high / bin_width + 1e-9)
    if first > last:
        first = last = round((low + high) / 2 / bin_width)
    return first, last


def _vertex(db: np.ndarray, peak: int) -> tuple[float, float]:
    """Return where the parabola through a bin and its neighbours has its vertex, in bins from it, and its level.

    The bin itself where there is none: at 0 Hz and Nyquist, beside a bin without any power, on a slope.
    """
    at = float(db[peak])
    if not 0 < peak < len(db) - 1 or not np.isfinite(db[peak - 1 : peak + 2]).all():
        return 0.0, at
    slope, curve = float(db[peak + 1] - db[peak - 1]) / 2, float(db[peak - 1] + db[peak + 1]) - 2 * at
    if curve >= 0 or abs(slope / curve) > 1:
        return 0.0, at
    return -slope / curve, at - slope**2 / (2 * curve)


@dataclass(frozen=True)
class PeakRequest(Window):
    """Some calls of a recording whose peak frequencies are asked for.

    Parameters
    ----------
    recording, channel, start, stop
        As in `Window`; `start` and `stop` are those of the first and the last call.
    calls : tuple of (first sample, one past the last, low, high)
        1 to 64 of them; `low` and `high` in Hz, an upper edge of 0 being Nyquist.

    Raises
    ------
    RequestError
        If a value is of the wrong type or out of range.
    """

    kind = "A request for peak frequencies"
    version = ("peak", PEAK_VERSION)

    calls: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        calls: object = self.calls  # of JSON it is a list, or anything
        if not isinstance(calls, list | tuple) or not 1 <= len(calls) <= MAX_CALLS:
            raise RequestError(f"calls={repr(calls)[:40]} must be 1 to {MAX_CALLS} calls")
        object.__setattr__(self, "calls", tuple(map(self._checked, calls)))

    def _checked(self, call: Any) -> Span:
        whole = isinstance(call, list | tuple) and len(call) == 4 and all(type(value) is int for value in call)
        if not whole or not self.start <= call[0] < call[1] <= self.stop or not 0 <= call[2] < 2**53 > call[3] >= 0:
            raise RequestError(
                f"{repr(call)[:80]} is no call: it has two samples from start to stop, and two frequencies in Hz"
            )
        start, stop, low, high = call
        return start, stop, low, high

    def to_json(self) -> dict[str, Any]:
        """Return the fields as a JSON object, as they cross the broker."""
        return {**super().to_json(), "calls": [list(call) for call in self.calls]}


def measure(read: Read, request: PeakRequest, *, sample_rate: int) -> list[PeakFrequency | None]:
    """Return the peak frequency of each call of a request; None also for one whose samples cannot be read."""
    found: list[PeakFrequency | None] = []
    for start, stop, low, high in request.calls:
        try:
            found.append(peak_frequency(read, start, stop, sample_rate=sample_rate, low=low, high=high or None))
        except RecordingError:  # the others may well be measured
            found.append(None)
    return found


def encode_peaks(peaks: Sequence[PeakFrequency | None], request: PeakRequest) -> bytes:
    """Return peak frequencies as the answer to a request."""
    values = [peak and astuple(peak) for peak in peaks]
    software = f"battycoda_nb {__version__}"
    return json.dumps({"software": software, "digest": request.digest, "peaks": values}).encode()


def read_peaks(blob: bytes, request: PeakRequest) -> list[PeakFrequency | None]:
    """Return the peak frequencies of an answer.

    Raises
    ------
    ClusterError
        If it is not the answer to `request`.
    """
    try:
        answer = json.loads(blob) if len(blob) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        answer = None
    values = answer.get("peaks") if isinstance(answer, dict) and answer.get("digest") == request.digest else None
    if not isinstance(values, list) or len(values) != len(request.calls) or not all(map(_is_peak, values)):
        raise ClusterError(
            "The answer from the worker was refused: it does not have the peak frequencies that were asked for. Are "
            "client and worker of the same version?"
        )
    return [value and PeakFrequency(float(value[0]), float(value[1]), value[2]) for value in values]


def _is_peak(value: object) -> bool:
    """Return whether a value is null, or two numbers that can be shown and a truth value."""
    if value is None:
        return True
    if not (isinstance(value, list) and len(value) == 3 and type(value[2]) is bool):
        return False
    return all(type(number) in (int, float) and abs(number) < 1e9 for number in value[:2])
