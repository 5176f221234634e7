"""The work that workers can be asked for on one recording: its steps, any part of it, its strip, its sounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from battycoda_nb.annotations.calls import Calls
from battycoda_nb.cluster.work import Location, Work
from battycoda_nb.errors import BattycodaError, RequestError
from battycoda_nb.formatting import counted
from battycoda_nb.recordings.info import RecordingInfo
from battycoda_nb.signal.peak_frequency import MIN_SAMPLES, PeakFrequency, PeakRequest, Span, read_peaks
from battycoda_nb.signal.png import decode, decode_wave
from battycoda_nb.signal.requests import PADDING, SoundRequest, SpectrogramRequest, window_around
from battycoda_nb.signal.sound import Sound
from battycoda_nb.signal.spectrogram import Spectrogram
from battycoda_nb.signal.strip import segments
from battycoda_nb.signal.transform import Transform, plan
from battycoda_nb.signal.wav import decode_wav

BATTYCODA = Transform()
MEASURED = {"call": 16, "window": 2}  # steps whose peak frequencies are measured in one go, which takes some 5 ms

Peaks = dict[int, PeakFrequency | None]  # by step


@dataclass(frozen=True)
class RecordingWork:
    """What `Workers.submit` and `Workers.prefetch` can be given of a recording; `Recording.work` is one.

    Attributes
    ----------
    info, steps, unit, step_length
        As of the `Recording`.
    location : Location
        Where it lies.

    Examples
    --------
    >>> import battycoda_nb as bc
    >>> recording = bc.connect().open(bc.sample_recording("sample_bats.wav"))
    >>> str(recording.work.call(3)), str(recording.work.sound(3))
    ('sample_bats.wav, call 4', 'sound of sample_bats.wav, call 4')
    """

    info: RecordingInfo
    steps: Calls
    unit: str
    step_length: float
    location: Location

    def call(self, call: int, **view: Any) -> Work[SpectrogramRequest, Spectrogram]:
        """A step's spectrogram; `view` as for `request`, which says what is raised."""
        request = self.request(call, **view)
        read = partial(_read, request, self.steps[call].onset, self._title(call))
        return Work(request, self._location_of(call), read)

    def part(
        self, start: float, stop: float, *, channel: object = 0, transform: Transform = BATTYCODA
    ) -> Work[SpectrogramRequest, Spectrogram]:
        """The spectrogram of any part, with columns from `start` to `stop` s, as `Recording.part` describes it.

        Raises
        ------
        RequestError
            If that is no part of the recording, or there is no such channel.
        """
        rate, frames = self.info.sample_rate, self.info.frames
        if not 0 <= start < stop <= self.info.duration + 1 / rate:
            raise RequestError(
                f"start={start:g} and stop={stop:g} s must lie one after the other between 0 and "
                f"{self.info.duration:g} s, where {self.info.name} ends"
            )
        win_length = transform.win_length(rate)
        # A column stands in the middle of its window, so the columns reach from start to stop only with this much more.
        half = win_length // 2
        first, last = max(round(start * rate) - half, 0), min(round(stop * rate) + half, frames)
        if last - first < win_length <= frames:  # as for a call, moved inwards at the recording's end
            first = max(min(first, frames - win_length), 0)
            last = first + win_length
        request = self._plan(transform, self._checked_channel(channel), first, last, close=True)
        title = f"{self.info.name}, {start:.4f} to {stop:.4f} s"
        return Work(request, self.location, partial(_read, request, start, title))

    def strip(self, channel: int) -> list[Work[SpectrogramRequest, bytes]]:
        """Each segment of the strip of the whole recording (strip.py), as it came. Raises as `part` does."""
        requests = segments(self.info.hash, self._checked_channel(channel), self.info.frames, self.info.time_expansion)
        return [Work(request, self.location, bytes) for request in requests]

    def sound(
        self, call: int, *, channel: int | None = None, overview: bool = False, expansion: int = 10, heterodyne: int = 0
    ) -> Work[SoundRequest, Sound]:
        """A step made audible, as `Recording.sound` describes it. Raises as `request` does."""
        seen = self.request(call, channel=channel, overview=overview)
        request = SoundRequest(
            seen.recording, seen.channel, seen.start, seen.stop, expansion, heterodyne,
            time_expansion=seen.time_expansion,
        )  # fmt: skip
        return Work(request, self._location_of(call), partial(decode_wav, request=request, title=self._title(call)))

    def peaks(self, call: int, *, channel: int | None = None) -> Work[PeakRequest, Peaks]:
        """The peak frequencies of a step and of those beside it: of its block, the same for whichever of its steps.

        It is None for a step that lies beyond the recording's end, or is too short.

        Raises
        ------
        RequestError
            If there is no such step or channel, or nothing in its block can be measured.
        """
        channel = self._channel_for(call, channel)
        block = self.measured_with(call)
        spans = {step: span for step in block if (span := self._span(step))}
        if not spans:
            raise RequestError(
                f"{self.unit} {call + 1} of {self.info.name} has no {MIN_SAMPLES} samples within the recording, which "
                f"is {self.info.duration:.4f} s long: its peak frequency cannot be measured"
            )
        calls = tuple(spans.values())
        start, stop = min(span[0] for span in calls), max(span[1] for span in calls)
        request = PeakRequest(
            self.info.hash, channel, start, stop, calls, time_expansion=self.info.time_expansion
        )  # fmt: skip
        return Work(request, self._location_of(block[0]), partial(_read_peaks_of, request, block, list(spans)))

    def measured_with(self, call: int) -> range:
        """The steps of the block that a step's peak frequency is measured in."""
        size = MEASURED[self.unit]
        first = call // size * size
        return range(first, min(first + size, len(self.steps)))

    def _span(self, step: int) -> Span | None:
        """The samples of a step and its band; None where that is nothing to measure."""
        call, rate = self.steps[step], self.info.sample_rate
        start, stop = round(call.onset * rate), min(round(call.offset * rate), self.info.frames)
        if stop - start < MIN_SAMPLES:
            return None
        return start, stop, round(call.low_freq or 0), round(call.high_freq or 0)

    def views(
        self, channel: int | None, overviews: tuple[bool, ...], refuse: Callable[[str], object]
    ) -> Iterator[Work[SpectrogramRequest, Spectrogram]]:
        """All steps, once for each of `overviews`; `refuse` is given why a step cannot be asked for."""
        for overview in overviews:
            for call in range(len(self.steps)):
                try:
                    work = self.call(call, channel=channel, overview=overview)
                except BattycodaError as error:
                    refuse(f"{self.info.name}, call {call + 1}: {error}")
                    continue
                yield work

    def request(
        self, call: int, *, channel: int | None = None, overview: bool = False, transform: Transform = BATTYCODA
    ) -> SpectrogramRequest:
        """The request for a step's view, as `Recording.request` describes it."""
        channel = self._channel_for(call, channel)
        start, stop = window_around(
            self.steps[call].onset,
            self.steps[call].offset,
            sample_rate=self.info.sample_rate,
            frames=self.info.frames,
            padding=self.padding(overview=overview),
            win_length=transform.win_length(self.info.sample_rate),
        )
        return self._plan(transform, channel, start, stop)

    def padding(self, *, overview: bool) -> float:
        """What a view shows on either side of a step, in s."""
        return PADDING[overview] if self.unit == "call" else self.step_length * overview

    def channel_of(self, call: int) -> int:
        """The channel that the segment file names for a call, from 0; the first where it names none."""
        return self.steps[call].channel or 0

    def _plan(
        self, transform: Transform, channel: int, start: int, stop: int, close: bool = False
    ) -> SpectrogramRequest:
        return plan(
            transform,
            recording=self.info.hash,
            channel=channel,
            start=start,
            stop=stop,
            sample_rate=self.info.sample_rate,
            time_expansion=self.info.time_expansion,
            close=close,
        )

    def _channel_for(self, call: int, channel: int | None) -> int:
        """The channel to look at a step in; raises where there is no such step or channel."""
        if not is_whole(call) or not 0 <= call < len(self.steps):
            raise RequestError(
                f"call={call!r} is not there: {self.info.name} has {counted(len(self.steps), self.unit)}, "
                f"0 to {len(self.steps) - 1}",
                code="missing",
            )
        return self._checked_channel(self.channel_of(call) if channel is None else channel)

    def _checked_channel(self, channel: object) -> int:
        if not is_whole(channel) or not 0 <= channel < self.info.channels:  # type: ignore[operator]
            raise RequestError(
                f"channel={channel!r} is not there: {self.info.name} has {self.info.channels} channel(s), "
                f"0 to {self.info.channels - 1}",
                code="missing",
            )
        return int(channel)  # type: ignore[call-overload]

    def _location_of(self, step: int) -> Location:
        # The step's number is for people, in the status and in Flower.
        return replace(self.location, **{self.unit: int(step)})  # type: ignore[arg-type]

    def _title(self, step: int) -> str:
        return f"{self.info.name}, {self.unit} {step + 1} of {len(self.steps)}"


def is_whole(value: object) -> bool:
    """Whether a value counts as a whole number: Python's and numpy's integers do, True and False do not."""
    return hasattr(value, "__index__") and not isinstance(value, bool)


def _read(request: SpectrogramRequest, onset: float, title: str, blob: bytes) -> Spectrogram:
    levels, meta = decode(blob, request)
    low, step = meta["db"]
    wave = decode_wave(blob, request)
    return Spectrogram(levels, request, int(meta["sample_rate"]), low, step, onset=onset, title=title, wave=wave)


def _read_peaks_of(request: PeakRequest, block: Iterable[int], measured: list[int], blob: bytes) -> Peaks:
    return {**dict.fromkeys(block), **dict(zip(measured, read_peaks(blob, request), strict=True))}
