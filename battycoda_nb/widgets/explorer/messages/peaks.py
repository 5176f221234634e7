"""Peak frequencies of the calls that the user looks at, or soon may, in blocks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from battycoda_nb.annotations.calls import Calls
from battycoda_nb.client.recording import Recording
from battycoda_nb.client.sequence import RecordingSequence, Step
from battycoda_nb.errors import BattycodaError, ClusterError
from battycoda_nb.signal.peak_frequency import PeakFrequency

from .answers import Answers, Asked


class Block(NamedTuple):
    """The first of some steps of a file, counted within it, and the channel that they are measured in."""

    file: int
    first: int
    channel: int


class Peaks(Answers[Block]):
    """Sends messages of type ``peaks``, unasked.

    Notes
    -----
    `_lock` guards what has been asked for and what has come.
    """

    def __init__(self, sequence: RecordingSequence, send: Callable[..., None]) -> None:
        super().__init__(sequence.workers, send)
        self._sequence = sequence
        self._lock = threading.RLock()
        self._asked: set[Block] = set()  # or here already
        self._shown = 0, 0  # number and channel of the step on the screen

    def show(self, number: int, channel: int) -> None:
        """Have what is on the screen measured, after its picture; the blocks beside it when nobody waits."""
        self._shown = number, channel
        step = self._sequence.step(number)
        if step.recording is None or not 0 <= step.within < len(step.recording):
            return
        here = step.recording.work.measured_with(step.within)
        self._ask(step, step.recording, here.start, channel)
        for other in (here.stop, here.start - 1):
            if 0 <= other < len(step.recording):
                self._ask(step, step.recording, other, channel, ahead=True)

    def resend(self) -> None:
        """Send all again: a browser has come that holds nothing."""
        with self._lock:
            self._asked.clear()

    def _ask(self, step: Step, recording: Recording, within: int, channel: int, *, ahead: bool = False) -> None:
        block = Block(step.file, recording.work.measured_with(within).start, channel)
        try:
            work = recording.work.peaks(within, channel=step.channel_shown(channel))
        except BattycodaError:
            return  # nothing to measure in it
        with self._lock:
            if block in self._asked:
                return
            self._asked.add(block)
        if ahead:
            self.ask_ahead([(block, work)], group=block)
        else:
            self.ask_instead(block, work)

    def came(self, asked: Asked[Block], blob: bytes) -> None:
        file, first, channel = asked.key
        found = asked.work.read(blob)
        peaks = [[peak.hertz, peak.at_edge] if peak else None for _, peak in sorted(found.items())]
        self._send({"type": "peaks", "channel": channel, "first": self._sequence.first(file) + first, "peaks": peaks})

    def failed(self, asked: Asked[Block], error: BaseException) -> None:
        self.dropped(asked)  # the picture in the same place says why
        self._ask_again_after(error, asked.work.site, "", lambda: self.show(*self._shown))

    def dropped(self, asked: Asked[Block]) -> None:
        with self._lock:
            self._asked.discard(asked.key)  # with the next step it is asked for again


def peaks_of(calls: Calls, recording: Recording) -> list[PeakFrequency | None]:
    """Return the peak frequency of each of some calls of a recording, whatever their labels are now. Waits for them.

    Raises
    ------
    ClusterError
        If they cannot be measured now; it says that they may be left out.
    """
    try:
        measured = recording.peak_frequencies()
    except ClusterError as error:
        raise ClusterError(f"{error} Without peak frequencies: export(…, peaks=False)", code=error.code) from error
    known = {replace(call, label=""): peak for call, peak in zip(recording.calls, measured, strict=True)}
    return [known.get(replace(call, label="")) for call in calls]
