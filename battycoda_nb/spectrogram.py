"""Samples in, levels out: the transform and its scale. Pure functions, no input or output.

The path from a call to its picture is what the package exists for, so it is written for speed: one float32 FFT
over blocks of frames in a reused buffer, the logarithm and the scale to 8 bits folded into one multiply-add.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .errors import RecordingError, RequestError
from .requests import SpectrogramRequest

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.image import AxesImage

DB_STEP = 0.5  # dB a level
DB_RANGE = 255 * DB_STEP
_BLOCK_BYTES = 256 * 1024  # frames of one block: they stay in the processor's cache

_DB_PER_LOG2 = 10 * math.log10(2)


@lru_cache(maxsize=32)
def window_samples(name: str, n_fft: int) -> np.ndarray:
    """The periodic window of that name, as scipy.signal.get_window makes it, without its import of over a second.

    Returns
    -------
    np.ndarray [shape=(n_fft,), dtype=float32]
        Read-only.
    """
    n = np.arange(n_fft)
    if name == "hann":
        window = 0.5 - 0.5 * np.cos(2 * np.pi * n / n_fft)
    elif name == "tukey":
        # A tapered cosine over a quarter of the length (Harris 1978), periodic: of length n_fft + 1, less the last.
        taper = 0.25 * n_fft / 2
        edge = np.minimum(n, n_fft - n)
        window = np.where(edge < taper, 0.5 - 0.5 * np.cos(np.pi * edge / taper), 1.0)
    else:
        raise RequestError(f"window={name!r} is not known")
    window = window.astype(np.float32)
    window.flags.writeable = False
    return window


def noise_bandwidth(name: str, n_fft: int, sample_rate: int) -> float:
    """Equivalent noise bandwidth of the window in Hz: power divided by it is power per hertz."""
    window = window_samples(name, n_fft).astype(np.float64)
    return float(sample_rate * np.sum(window**2) / np.sum(window) ** 2)


def _log2_power(samples: np.ndarray, window: np.ndarray, n_fft: int, hop_length: int) -> np.ndarray:
    """log2 of the squared magnitude of each windowed frame less its mean [shape=(columns, bins), dtype=float32]."""
    from scipy.fft import rfft

    frames = np.lib.stride_tricks.sliding_window_view(samples, n_fft)[::hop_length]
    # A running sum gives every frame's mean at once; in float64, so that a long window loses nothing.
    total = np.concatenate(([0.0], np.cumsum(samples, dtype=np.float64)))
    ends, starts = total[n_fft::hop_length], total[: len(total) - n_fft : hop_length]
    means = ((ends - starts) / n_fft).astype(np.float32)[:, np.newaxis]

    out = np.empty((len(frames), n_fft // 2 + 1), np.float32)
    rows = max(_BLOCK_BYTES // (4 * n_fft), 1)
    buffer = np.empty((min(rows, len(frames)), n_fft), np.float32)
    for first in range(0, len(frames), rows):
        block = frames[first : first + rows]
        windowed = buffer[: len(block)]
        np.subtract(block, means[first : first + rows], out=windowed)
        windowed *= window
        # Real and imaginary parts side by side: squared in one pass, added in a second.
        parts = rfft(windowed, axis=1, overwrite_x=True).view(np.float32)
        parts *= parts
        np.add(parts[:, 0::2], parts[:, 1::2], out=out[first : first + rows])
    with np.errstate(divide="ignore"):  # digital silence within a frame: -inf, the lowest level
        return np.log2(out, out=out)


def _offset_db(window: np.ndarray) -> np.ndarray:
    """What to add to 10*log10 of the squared magnitude, for each bin, for scipy's one-sided ``scaling="spectrum"``."""
    bins = len(window) // 2 + 1
    offset = np.full(bins, 10 * math.log10(2) - 20 * math.log10(float(np.sum(window, dtype=np.float64))))
    offset[0] -= 10 * math.log10(2)
    offset[-1] -= 10 * math.log10(2)  # n_fft is even, so the last bin is Nyquist's
    return offset.astype(np.float32)


def power_db(samples: np.ndarray, *, n_fft: int, hop_length: int, window: str = "tukey") -> np.ndarray:
    """Power of each short-time frame, in dB re full scale.

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=float32]
        One channel, full scale at 1.0.
    n_fft, hop_length : int
        Frame length and step in samples; ``hop_length >= 1``.
    window : str
        ``"tukey"`` or ``"hann"``.

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
    no padding; the tests compare the two.
    """
    shape = window_samples(window, n_fft)
    if len(samples) < n_fft:
        raise RequestError(f"{len(samples)} samples are fewer than one frame of n_fft={n_fft}")
    db = _log2_power(np.asarray(samples, np.float32), shape, n_fft, hop_length)
    db *= np.float32(_DB_PER_LOG2)
    db += _offset_db(shape)
    return db.T


def quantise(db: np.ndarray) -> tuple[np.ndarray, float]:
    """Levels of half a dB over 127.5 dB, and the dB value of level 0.

    The range ends at 0 dB re full scale, which no sound within full scale exceeds; for a float recording that goes
    beyond, it is moved up so that nothing is clipped at the top. What lies below the range has level 0.

    Parameters
    ----------
    db : np.ndarray [dtype=float32]
        Overwritten.

    Returns
    -------
    levels : np.ndarray [dtype=uint8]
    low : float
        dB of level 0; level `n` is ``low + 0.5 * n``.
    """
    low = max(math.ceil(float(db.max())), 0) - DB_RANGE
    db -= np.float32(low)
    db *= np.float32(1 / DB_STEP)
    np.rint(db, out=db)
    np.clip(db, 0, 255, out=db)
    return db.astype(np.uint8), low


def compute_levels(samples: np.ndarray, request: SpectrogramRequest) -> tuple[np.ndarray, float]:
    """The request's transform of its samples, quantised.

    Parameters
    ----------
    samples : np.ndarray [shape=(request.stop - request.start,), dtype=float32]

    Returns
    -------
    levels : np.ndarray [shape=(bins, columns), dtype=uint8]
    low : float
        dB re full scale of level 0.

    Raises
    ------
    RecordingError
        If the samples hold NaN or infinity, or are all zero: there is nothing true to draw.
    """
    if not np.isfinite(samples).all():
        bad = request.start + int(np.flatnonzero(~np.isfinite(samples))[0])
        raise RecordingError(
            f"Sample {bad} of channel {request.channel + 1} is not a number (NaN or infinity): the file was damaged "
            "or written wrongly; export it again, or choose another channel"
        )
    if samples.min() == samples.max():
        raise RecordingError(
            f"Channel {request.channel + 1} is digital silence here (every sample is {samples[0]:g}): was its "
            "microphone connected? Choose another channel or call"
        )
    return quantise(power_db(samples, n_fft=request.n_fft, hop_length=request.hop_length, window=request.window))


@dataclass(frozen=True, eq=False)
class Spectrogram:
    """A computed spectrogram: levels as they were sent, and what they mean.

    Shows itself in a notebook, with axes in ms and kHz.

    Attributes
    ----------
    levels : np.ndarray [shape=(bins, columns), dtype=uint8]
        The lowest frequency first.
    request : SpectrogramRequest
    sample_rate : int
        Hz.
    low, step : float
        dB re full scale of level 0, and dB a level.
    onset : float
        s from the recording's start; plots count time from here.
    title : str
    """

    levels: np.ndarray
    request: SpectrogramRequest
    sample_rate: int
    low: float
    step: float
    onset: float = 0.0
    title: str = ""

    @property
    def db(self) -> np.ndarray:
        """dB re full scale [shape=(bins, columns), dtype=float32], to half a `step`. Level 0: `low` or less."""
        return self.levels * np.float32(self.step) + np.float32(self.low)

    @property
    def times(self) -> np.ndarray:
        """Centre of each column, s from the recording's start [shape=(columns,)]."""
        first = self.request.start + self.request.n_fft / 2
        return (first + np.arange(self.levels.shape[1]) * self.request.hop_length) / self.sample_rate

    @property
    def frequencies(self) -> np.ndarray:
        """Centre of each row, Hz [shape=(bins,)]."""
        return np.arange(self.levels.shape[0]) * (self.sample_rate / self.request.n_fft)

    def plot(self, ax: Axes | None = None, *, db_range: float = 80.0, cmap: str = "magma") -> Axes:
        """Draw onto matplotlib axes: time in ms from the onset, frequency in kHz, a colour bar in dB.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            A new figure's if not given.
        db_range : float
            dB from the loudest point down to the darkest colour.
        """
        if ax is None:
            # A Figure of its own, not pyplot's: nothing is kept open, and any thread may draw.
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure

            figure = Figure(figsize=(7, 3.4), layout="constrained")
            FigureCanvasAgg(figure)
            ax = figure.add_subplot()
        top = float(self.db.max())
        image = self.draw(ax, cmap=cmap, low=top - db_range, high=top)
        ax.figure.colorbar(image, ax=ax, label="dB re full scale")
        return ax

    def draw(self, ax: Axes, *, cmap: str | Colormap, low: float, high: float) -> AxesImage:
        """Draw the levels from `low` to `high` (dB) and the axes, without a colour bar."""
        times, frequencies = self.times, self.frequencies
        half_column = self.request.hop_length / self.sample_rate / 2
        half_bin = self.sample_rate / self.request.n_fft / 2
        extent = (
            (times[0] - half_column - self.onset) * 1e3,
            (times[-1] + half_column - self.onset) * 1e3,
            (frequencies[0] - half_bin) / 1e3,
            (frequencies[-1] + half_bin) / 1e3,
        )
        image = ax.imshow(
            self.db, origin="lower", aspect="auto", extent=extent, cmap=cmap, vmin=low, vmax=high,
            interpolation="nearest",
        )  # fmt: skip
        ax.set(xlabel="Time (ms)", ylabel="Frequency (kHz)", title=self.title, ylim=(0, frequencies[-1] / 1e3))
        return image

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        self.plot().get_figure(root=True).savefig(file, format="png", dpi=110)  # type: ignore[union-attr]
        return file.getvalue()

    def __repr__(self) -> str:
        bins, columns = self.levels.shape
        return f"<Spectrogram {self.title!r}: {bins} frequencies x {columns} columns, {self.sample_rate / 1e3:g} kHz>"
