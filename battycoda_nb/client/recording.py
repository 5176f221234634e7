"""A recording that a client has opened: what is known of it, its steps, and the way to their spectrograms."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

from battycoda_nb.annotations.calls import Calls
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.cluster.work import Location
from battycoda_nb.errors import RequestError
from battycoda_nb.formatting import counted
from battycoda_nb.recordings.info import RecordingInfo
from battycoda_nb.recordings.metadata import Metadata
from battycoda_nb.signal.peak_frequency import PeakFrequency
from battycoda_nb.signal.requests import SpectrogramRequest
from battycoda_nb.signal.sound import Sound
from battycoda_nb.signal.spectrogram import Spectrogram
from battycoda_nb.signal.transform import Transform

from .preparation import Part, Preparation
from .recording_work import BATTYCODA, Peaks, RecordingWork
from .steps import STEP, Stepped, check_step, windows
from .workers import Workers


class Recording(Stepped):
    """A recording as a notebook sees it. `Client.open` makes one.

    Attributes
    ----------
    info : RecordingInfo
        Path, hash, sample_rate (Hz), channels, frames, duration (s), rms.
    calls : Calls
        Counted from 0, as everything in Python; the explorer's screen counts from 1.
    steps : Calls
        What one steps through: the calls, or where there are none consecutive windows that cover the recording.
    unit : str
        ``"call"`` or ``"window"``: what a step is.
    step_length : float
        How much of a recording without calls a step shows, in s.
    notice : str
        What the user should know: that the file is cut short, or how to get calls. Empty if there is nothing.
    work : RecordingWork
        What its workers can be asked for, as values that `workers` takes.
    workers : Workers
        Who computes what is asked of it.

    Examples
    --------
    >>> import battycoda_nb as bc
    >>> recording = bc.connect().open(bc.sample_recording("sample_bats.wav"))
    >>> len(recording), recording.unit, recording.calls[0].label
    (43, 'call', 'FM')
    >>> recording.spectrogram(call=0)
    <Spectrogram 'sample_bats.wav, call 1 of 43': 129 frequencies x 354 columns, 250 kHz>
    >>> pending = recording.submit(call=1)  # does not wait
    >>> pending.result(timeout=10).title
    'sample_bats.wav, call 2 of 43'
    """

    def __init__(
        self,
        workers: Workers,
        info: RecordingInfo,
        calls: Calls | None,
        location: Location,
        *,
        step: float = STEP,
    ) -> None:
        self.workers, self.info, self.step_length = workers, info, check_step(step)
        self.calls = calls if calls is not None else Calls([])
        self.unit = "call" if len(self.calls) else "window"
        self.steps = self.calls if len(self.calls) else windows(info.frames, info.sample_rate, self.step_length)
        self.notice = info.notice or ("" if len(self.calls) else _how_to_get_calls(info.name, calls is not None))
        self.work = RecordingWork(info, self.steps, self.unit, self.step_length, location)

    def request(
        self, call: int, *, channel: int | None = None, overview: bool = False, transform: Transform = BATTYCODA
    ) -> SpectrogramRequest:
        """The request for a call's view: the call with 10 ms on either side, or 50 ms for its overview.

        Without `channel` it is the one that the segment file names for the call, or else the first. Where there are no
        calls, `call` counts windows: the view is the window, and its overview has one more on either side.

        Raises
        ------
        RequestError
            If there is no such step or channel, the call lies beyond the end of the recording, or the recording is
            shorter than the transform's window.
        """
        return self.work.request(call, channel=channel, overview=overview, transform=transform)

    def submit(self, call: int, **view: Any) -> Pending[Spectrogram]:
        """Ask for a call's spectrogram without waiting for it; `view` as for `request`."""
        return self.workers.submit(self.work.call(call, **view))

    def spectrogram(
        self,
        call: int,
        *,
        channel: int | None = None,
        overview: bool = False,
        transform: Transform = BATTYCODA,
        timeout: float | None = 60.0,
    ) -> Spectrogram:
        """A call's spectrogram; waits for it, `timeout` s at most.

        Raises
        ------
        BattycodaError
            With the reason, if it cannot be computed.
        """
        return self.submit(call, channel=channel, overview=overview, transform=transform).result(timeout)

    def part(
        self,
        start: float,
        stop: float,
        *,
        channel: int = 0,
        transform: Transform = BATTYCODA,
        timeout: float | None = 60.0,
    ) -> Spectrogram:
        """The spectrogram of any part of the recording, with columns from `start` to `stop` s; waits for it.

        It is as fine as a close look needs: up to 1600 columns, four times as many frequencies as for a call.

        Raises
        ------
        RequestError
            If that is no part of the recording.
        """
        return self.workers.submit(self.work.part(start, stop, channel=channel, transform=transform)).result(timeout)

    def peak_frequency(
        self, call: int, *, channel: int | None = None, timeout: float | None = 60.0
    ) -> PeakFrequency | None:
        """A call's peak frequency (signal/peak_frequency.py): a property of the call, the same in the explorer, here
        and in exports. Waits for it; None where there is nothing to measure.

        Without `channel` it is measured in the one that the segment file names for the call, or else the first.

        Raises
        ------
        RequestError
            If there is no such step or channel, or it lies beyond the end of the recording.
        """
        return self.workers.submit(self.work.peaks(call, channel=channel)).result(timeout)[int(call)]

    def peak_frequencies(
        self, *, channel: int | None = None, timeout: float | None = 60.0
    ) -> list[PeakFrequency | None]:
        """The peak frequencies of all steps, in their order, as `peak_frequency` has them; waits for them."""
        channels = [self.channel_of(call) if channel is None else channel for call in range(len(self))]
        blocks = [(self.work.measured_with(call).start, here) for call, here in enumerate(channels)]
        pending: dict[tuple[int, int], Pending[Peaks]] = {}
        for call, block in enumerate(blocks):
            if block not in pending:
                with contextlib.suppress(RequestError):  # nothing to measure in it
                    pending[block] = self.workers.submit(self.work.peaks(call, channel=block[1]))
        found = {block: each.result(timeout) for block, each in pending.items()}
        return [found[block][call] if block in found else None for call, block in enumerate(blocks)]

    def prefetch(self, calls: Iterable[int], **view: Any) -> list[Pending[Spectrogram]]:
        """Have calls computed ahead, after everything that a user waits for; `view` as for `request`. Does not wait."""
        return self.workers.prefetch([self.work.call(call, **view) for call in calls])

    def prepare(self, *, channel: int | None = None, overview: bool | None = None) -> Preparation:
        """Have all steps computed in the background, after everything else; `overview` None: both views."""
        part = Part(self.info.name, "", len(self), lambda: self.work)
        return self.workers.prepare([part], channel=channel, overview=overview)

    def sound(
        self,
        call: int,
        *,
        channel: int | None = None,
        overview: bool = False,
        expansion: int = 10,
        heterodyne: int = 0,
        timeout: float | None = 60.0,
    ) -> Sound:
        """A call made audible; waits for it. It shows itself as a player.

        Parameters
        ----------
        call, channel, overview
            As for `request`: what is heard is what the picture shows.
        expansion : int
            Times slower: 5, 8, 10, 16 or 20; 1 for real time.
        heterodyne : int
            Hz to which a heterodyne detector is tuned, in real time (``expansion=1``); 0 for none.
        """
        work = self.work.sound(call, channel=channel, overview=overview, expansion=expansion, heterodyne=heterodyne)
        return self.workers.submit(work).result(timeout)

    def padding(self, *, overview: bool) -> float:
        """What a view shows on either side of a step, in s."""
        return self.work.padding(overview=overview)

    def channel_of(self, call: int) -> int:
        """The channel that the segment file names for a call, from 0; the first where it names none."""
        return self.work.channel_of(call)

    @property
    def metadata(self) -> Metadata:
        """When, where and with what it was recorded, by the file's GUANO and WAMD; empty where it has neither."""
        return self.info.metadata

    @property
    def site(self) -> str:
        """Where it lies; empty for workers without a site."""
        return self.work.location.site

    def __len__(self) -> int:
        """How many steps there are: calls, or windows."""
        return len(self.steps)

    def __repr__(self) -> str:
        info = self.info
        return (
            f"<Recording {info.name}: {info.duration:.2f} s, {info.sample_rate / 1e3:g} kHz"
            + (f" ({info.time_expansion}x expanded)" if info.time_expansion > 1 else "")
            + f", {info.channels} channel(s), {counted(len(self.calls), 'call')}"
            + (">" if len(self.calls) else f", {counted(len(self), 'window')} of {self.step_length:g} s>")
        )


def _how_to_get_calls(name: str, empty: bool) -> str:
    found = "The segment file beside it lists no calls" if empty else "No calls were found beside it"
    return (
        f"{found}, so it is shown window by window. For its calls put one of these in its folder: {name}.csv with the "
        f"columns onset and offset in seconds, a Raven selection table, BatDetect2's {name}.json, or BattyCoda's "
        f"{name}.pickle; or name one: "
        f'client.open("{name}", calls="segments.csv").'
    )
