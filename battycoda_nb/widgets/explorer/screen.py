"""The screen as a value: which part of which recording is on it, as numbers and as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from battycoda_nb.client.recording import Recording
from battycoda_nb.display.colours import Look
from battycoda_nb.display.viewport import Viewport, chosen, close_span, extent, wants_close
from battycoda_nb.signal.transform import Transform

if TYPE_CHECKING:
    from battycoda_nb.display.shown_figure import ShownFigure
    from battycoda_nb.signal.peak_frequency import PeakFrequency
    from battycoda_nb.signal.spectrogram import Spectrogram

Span = tuple[float, float]


@dataclass(frozen=True)
class Screen:
    """What is on the screen at one moment. Making one, and all but `spectrogram`, `figure` and `save`, never waits.

    Attributes
    ----------
    recording : Recording
    within : int
        The step of the recording, from 0.
    channel, overview, transform
        As for `Recording.request`.
    times, frequencies : (float, float) or None
        What is zoomed into: s from the step's onset, Hz; None for all of it.
    look : Look
        How levels become colours.
    markers : sequence of (s from the onset, Hz)
    panels : dict of bool
        Of ``"grid"``, ``"waveform"`` and ``"spectrum"`` which are shown.
    """

    recording: Recording
    within: int
    channel: int
    overview: bool
    transform: Transform
    times: Span | None
    frequencies: Span | None
    look: Look
    markers: Sequence[Sequence[float]]
    panels: dict[str, Any]

    @property
    def onset(self) -> float:
        """The step's onset, in s from the recording's start."""
        return self.recording.steps[self.within].onset

    @property
    def home(self) -> Viewport:
        """The edges of the whole picture."""
        return extent(self.recording.request(self.within, **self._view), self.recording.info.sample_rate)

    @property
    def viewport(self) -> Viewport:
        """What is shown of the recording."""
        times = (self.onset + self.times[0], self.onset + self.times[1]) if self.times else None
        return chosen(times, self.frequencies, self.recording.info.duration, self.home)

    @property
    def shown_times(self) -> Span:
        """What is shown, in s from the step's onset."""
        return self.viewport.left - self.onset, self.viewport.right - self.onset

    def spectrogram(self) -> Spectrogram:
        """Return the numbers: of the closer picture where it is zoomed into. Waits for a worker."""
        viewport = self.viewport
        if not wants_close(viewport, self.home):
            return self.recording.spectrogram(self.within, **self._view)
        start, stop = close_span(viewport, self.recording.info.duration)
        return self.recording.part(start, stop, channel=self.channel, transform=self.transform)

    def peak_frequency(self) -> PeakFrequency | None:
        """Return the step's peak frequency in the channel that is shown. Waits for a worker."""
        return self.recording.peak_frequency(self.within, channel=self.channel)

    def figure(self) -> ShownFigure:
        """Return it as a matplotlib figure that shows itself, in the same colours. Waits for a worker."""
        return self._drawn(self.spectrogram())

    def save(self, path: str | Path) -> Path:
        """Write the figure to a .png, .pdf or .svg, with its provenance inside. Waits for a worker.

        Raises
        ------
        RequestError
            If the name ends in something else.
        """
        from battycoda_nb.display.figure import save_figure

        spec = self.spectrogram()
        return save_figure(self._drawn(spec), path, spec, **self._shown)

    def _drawn(self, spec: Spectrogram) -> ShownFigure:
        from battycoda_nb.display.figure import call_figure

        peak = self.peak_frequency() if self.panels["spectrum"] else None
        return call_figure(spec, self.recording.steps[self.within], **self._shown, **self.panels, peak=peak)

    @property
    def _view(self) -> dict[str, Any]:
        return {"channel": self.channel, "overview": self.overview, "transform": self.transform}

    @property
    def _shown(self) -> dict[str, Any]:
        zoomed = self.times is not None or self.frequencies is not None
        return {"look": self.look, "viewport": self.viewport if zoomed else None, "markers": self.markers}
