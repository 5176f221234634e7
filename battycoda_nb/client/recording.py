"""A recording that a client has opened: what is known of it, its steps, and the way to their spectrograms."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from battycoda_nb.annotations.calls import Calls
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.errors import RequestError
from battycoda_nb.formatting import counted
from battycoda_nb.recordings.info import RecordingInfo
from battycoda_nb.signal.png import decode, decode_wave
from battycoda_nb.signal.requests import PADDING, SoundRequest, SpectrogramRequest, window_around
from battycoda_nb.signal.sound import Sound
from battycoda_nb.signal.spectrogram import Spectrogram
from battycoda_nb.signal.strip import segments
from battycoda_nb.signal.transform import Transform, plan
from battycoda_nb.signal.wav import decode_wav

from .steps import WINDOW, check_window, windows

if TYPE_CHECKING:
    from .client import Client
    from .preparation import Preparation

BATTYCODA = Transform()


class Recording:
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
    window : float
        How much of a recording without calls a step shows, in s.
    notice : str
        What the user should know: that the file is cut short, or how to get calls. Empty if there is nothing.
    """

    def __init__(
        self,
        client: Client,
        info: RecordingInfo,
        calls: Calls | None,
        hint: dict[str, Any],
        *,
        window: float = WINDOW,
    ) -> None:
        self.client, self.info, self.window = client, info, check_window(window)
        self.calls = calls if calls is not None else Calls([])
        self.unit = "call" if len(self.calls) else "window"
        self.steps = self.calls if len(self.calls) else windows(info.frames, info.sample_rate, self.window)
        self.notice = info.notice or ("" if len(self.calls) else _how_to_get_calls(info.name, calls is not None))
        self._hint = hint  # where the file lies: site, path, folder, size

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
        if not is_whole(call) or not 0 <= call < len(self.steps):
            raise RequestError(
                f"call={call!r} is not there: {self.info.name} has {counted(len(self), self.unit)}, "
                f"0 to {len(self.steps) - 1}"
            )
        channel = self._checked_channel(self.channel_of(call) if channel is None else channel)
        start, stop = window_around(
            self.steps[call].onset,
            self.steps[call].offset,
            sample_rate=self.info.sample_rate,
            frames=self.info.frames,
            padding=self.padding(overview=overview),
            win_length=transform.win_length(self.info.sample_rate),
        )
        return self._plan(transform, channel, start, stop)

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
            close=close,
        )

    def _checked_channel(self, channel: object) -> int:
        if not is_whole(channel) or not 0 <= channel < self.info.channels:  # type: ignore[operator]
            raise RequestError(
                f"channel={channel!r} is not there: {self.info.name} has {self.info.channels} channel(s), "
                f"0 to {self.info.channels - 1}"
            )
        return int(channel)  # type: ignore[call-overload]

    def padding(self, *, overview: bool) -> float:
        """What a view shows on either side of a step, in s."""
        return PADDING[overview] if self.unit == "call" else self.window * overview

    def submit(self, call: int, **view: Any) -> Pending[Spectrogram]:
        """Ask for a call's spectrogram without waiting for it; `view` as for `request`."""
        return self.client.submit(*self.asked(call, **view))

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
        return self.client.submit(*self.part_asked(start, stop, channel=channel, transform=transform)).result(timeout)

    def part_asked(
        self, start: float, stop: float, *, channel: Any = 0, transform: Transform = BATTYCODA
    ) -> tuple[SpectrogramRequest, dict[str, Any], Callable[[bytes], Spectrogram]]:
        """What `Client.submit` and `Client.prefetch` take: the request, where the file lies, how to read the answer."""
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
        return request, self._hint, partial(_read, request, start, title)

    def strip_asked(self, channel: int) -> list[tuple[SpectrogramRequest, dict[str, Any], Callable[[bytes], bytes]]]:
        """The same for each segment of the strip of the whole recording (strip.py)."""
        requests = segments(self.info.hash, self._checked_channel(channel), self.info.frames)
        return [(request, self._hint, bytes) for request in requests]

    def prefetch(self, calls: Iterable[int], **view: Any) -> list[Pending[Spectrogram]]:
        """Have calls computed ahead, after everything that a user waits for; `view` as for `request`. Does not wait."""
        return self.client.prefetch([self.asked(call, **view) for call in calls])

    def prepare(self, *, channel: int | None = None, overview: bool | None = None) -> Preparation:
        """Have all steps computed in the background, after everything else; `overview` None: both views."""
        return self.client.prepare_recordings([self], channel=channel, overview=overview)

    def asked(
        self, call: int, **view: Any
    ) -> tuple[SpectrogramRequest, dict[str, Any], Callable[[bytes], Spectrogram]]:
        """What `Client.submit` and `Client.prefetch` take: the request, where the file lies, how to read the answer."""
        request = self.request(call, **view)
        return request, self._where(call), partial(_read, request, self.steps[call].onset, self._title(call))

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
        asked = self.sound_asked(call, channel=channel, overview=overview, expansion=expansion, heterodyne=heterodyne)
        return self.client.submit(*asked).result(timeout)

    def sound_asked(
        self, call: int, *, channel: int | None, overview: bool, expansion: int, heterodyne: int
    ) -> tuple[SoundRequest, dict[str, Any], Callable[[bytes], Sound]]:
        """What `Client.submit` and `Client.prefetch` take: the request, where the file lies, how to read the answer."""
        seen = self.request(call, channel=channel, overview=overview)
        request = SoundRequest(seen.recording, seen.channel, seen.start, seen.stop, expansion, heterodyne)
        return request, self._where(call), partial(decode_wav, request=request, title=self._title(call))

    def _where(self, step: int) -> dict[str, Any]:
        return {**self._hint, self.unit: int(step)}  # its number is for people, in the status and in Flower

    def _title(self, step: int) -> str:
        return f"{self.info.name}, {self.unit} {step + 1} of {len(self.steps)}"

    @property
    def site(self) -> str:
        """Where it lies; empty for workers without a site."""
        return str(self._hint.get("site", ""))

    def channel_of(self, call: int) -> int:
        """The channel that the segment file names for a call, from 0; the first where it names none."""
        return self.steps[call].channel or 0

    def __len__(self) -> int:
        """How many steps there are: calls, or windows."""
        return len(self.steps)

    def __repr__(self) -> str:
        info = self.info
        return (
            f"<Recording {info.name}: {info.duration:.2f} s, {info.sample_rate / 1e3:g} kHz, "
            f"{info.channels} channel(s), {counted(len(self.calls), 'call')}"
            + (">" if len(self.calls) else f", {counted(len(self), 'window')} of {self.window:g} s>")
        )


def is_whole(value: object) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)


def _read(request: SpectrogramRequest, onset: float, title: str, blob: bytes) -> Spectrogram:
    levels, meta = decode(blob, request)
    low, step = meta["db"]
    wave = decode_wave(blob, request)
    return Spectrogram(levels, request, int(meta["sample_rate"]), low, step, onset=onset, title=title, wave=wave)


def _how_to_get_calls(name: str, empty: bool) -> str:
    found = "The segment file beside it lists no calls" if empty else "No calls were found beside it"
    return (
        f"{found}, so it is shown window by window. For its calls put one of these in its folder: {name}.csv with the "
        f"columns onset and offset in seconds, a Raven selection table, BatDetect2's {name}.json, or BattyCoda's "
        f"{name}.pickle; or name one: "
        f'client.open("{name}", calls="segments.csv").'
    )
