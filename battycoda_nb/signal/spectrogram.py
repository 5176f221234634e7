"""A computed spectrogram as a user holds it: its numbers, with their units, and its picture on matplotlib axes."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from .requests import SpectrogramRequest
from .scales import UNIT, column_times, frequency_axis, mel, mel_to_hz, time_axis
from .windows import noise_bandwidth

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.image import AxesImage

_MEL_TICKS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500)  # kHz


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
        Value of level 0, and what a level adds, in `unit`.
    onset : float
        s from the recording's start; plots count time from here.
    title : str
    wave : np.ndarray [shape=(columns, 2), dtype=float32]
        Least and largest of the samples under each column, re full scale.

    Examples
    --------
    >>> request = SpectrogramRequest("0123456789abcdef" * 2, channel=0, start=0, stop=6000)
    >>> levels = np.full((request.bins, request.columns), 200, np.uint8)
    >>> spec = Spectrogram(levels, request, sample_rate=250_000, low=-127.5, step=0.5, title="a.wav, call 1")
    >>> spec
    <Spectrogram 'a.wav, call 1': 129 frequencies x 360 columns, 250 kHz>
    >>> float(spec.db[0, 0]), float(spec.frequencies[-1]), float(spec.times[0])
    (-27.5, 125000.0, 0.000512)
    """

    levels: np.ndarray
    request: SpectrogramRequest
    sample_rate: int
    low: float
    step: float
    onset: float = 0.0
    title: str = ""
    wave: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), np.float32))

    @property
    def unit(self) -> str:
        """What `db` and `step` are in: "dB" re full scale, or "PCEN" where the scale is that."""
        return UNIT[self.request.scale]

    @property
    def enbw(self) -> float:
        """Equivalent noise bandwidth of the window, Hz: power divided by it is power per hertz."""
        return noise_bandwidth(self.request.window, self.request.win_length, self.sample_rate)

    @property
    def db(self) -> np.ndarray:
        """Values in `unit` [shape=(bins, columns), dtype=float32], to half a `step`. Level 0: `low` or less."""
        return self.levels * np.float32(self.step) + np.float32(self.low)

    @property
    def times(self) -> np.ndarray:
        """Centre of each column, s from the recording's start [shape=(columns,)]."""
        return column_times(self.request, self.sample_rate)

    @property
    def frequencies(self) -> np.ndarray:
        """Centre of each row, Hz [shape=(bins,)]."""
        rows = self._rows
        return mel_to_hz(rows) if self.request.scale == "mel" else rows

    @property
    def _rows(self) -> np.ndarray:
        """Centre of each row on the axis on which they are equally spaced: Hz or mel."""
        first, step = frequency_axis(self.request, self.sample_rate)
        return first + np.arange(self.levels.shape[0]) * step

    def plot(self, ax: Axes | None = None, *, db_range: float = 80.0, cmap: str = "magma") -> Axes:
        """Draw onto matplotlib axes: time in ms from the onset, frequency in kHz, a colour bar with its unit.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            A new figure's if not given.
        db_range : float
            dB from the loudest point down to the darkest colour. PCEN is drawn from 0.
        """
        if ax is None:
            # A Figure of its own, not pyplot's: nothing is kept open, and any thread may draw.
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure

            figure = Figure(figsize=(7, 3.4), layout="constrained")
            FigureCanvasAgg(figure)
            ax = figure.add_subplot()
        top = float(self.db.max())
        image = self.draw(ax, cmap=cmap, low=top - db_range if self.unit == "dB" else 0.0, high=top)
        ax.figure.colorbar(image, ax=ax, label="dB re full scale" if self.unit == "dB" else self.unit)
        return ax

    def draw(self, ax: Axes, *, cmap: str | Colormap, low: float, high: float) -> AxesImage:
        """Draw the values from `low` to `high` (in `unit`) and the axes, without a colour bar."""
        is_mel = self.request.scale == "mel"
        unit = 1.0 if is_mel else 1e3  # mel, or kHz
        rows = self._rows
        first, step = time_axis(self.request, self.sample_rate)
        right = first + (self.levels.shape[1] - 0.5) * step
        half_row = frequency_axis(self.request, self.sample_rate)[1] / 2
        extent = (
            (first - step / 2 - self.onset) * 1e3,
            (right - self.onset) * 1e3,
            (rows[0] - half_row) / unit,
            (rows[-1] + half_row) / unit,
        )
        image = ax.imshow(
            self.db, origin="lower", aspect="auto", extent=extent, cmap=cmap, vmin=low, vmax=high,
            interpolation="nearest",
        )  # fmt: skip
        # The last column's share that lies beyond the end is no part of the recording.
        ax.set_xlim(extent[0], (min(right, self.request.stop / self.sample_rate) - self.onset) * 1e3)
        ax.set(xlabel="Time (ms)", ylabel="Frequency (kHz)", title=self.title, ylim=(0, rows[-1] / unit))
        if is_mel:
            ticks = [tick for tick in _MEL_TICKS if mel(tick * 1e3) <= rows[-1]]
            ax.set_yticks([mel(tick * 1e3) for tick in ticks], [str(tick) for tick in ticks])
            ax.set_ylabel("Frequency (kHz, mel scale)")
        return image

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        self.plot().get_figure(root=True).savefig(file, format="png", dpi=110)  # type: ignore[union-attr]
        return file.getvalue()

    def __repr__(self) -> str:
        bins, columns = self.levels.shape
        return f"<Spectrogram {self.title!r}: {bins} frequencies x {columns} columns, {self.sample_rate / 1e3:g} kHz>"
