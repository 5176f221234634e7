"""A recording that a client has opened: what is known of it, its calls, and the way to their spectrograms."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from .blob import decode
from .calls import Calls
from .errors import RequestError
from .pending import Pending
from .recordings_info import RecordingInfo
from .requests import PADDING, SpectrogramRequest, hop_for, window_around
from .sound import Sound, SoundRequest
from .spectrogram import Spectrogram
from .wav import decode_wav

if TYPE_CHECKING:
    from .client import Client
    from .preparation import Preparation


class Recording:
    """A recording as a notebook sees it. `Client.open` makes one.

    Attributes
    ----------
    info : RecordingInfo
        Path, hash, sample_rate (Hz), channels, frames, duration (s), rms.
    calls : Calls
        Counted from 0, as everything in Python; the explorer's screen counts from 1.
    notice : str
        What the user should know: that the file is cut short, or how to get calls. Empty if there is nothing.
    """

    def __init__(self, client: Client, info: RecordingInfo, calls: Calls | None, hint: dict[str, Any]) -> None:
        self.client, self.info = client, info
        self.calls = calls if calls is not None else Calls([])
        self.notice = info.notice or ("" if len(self.calls) else _how_to_get_calls(info.name, calls is not None))
        self._hint = hint  # where the file lies: site, path, folder, size

    def request(self, call: int, *, channel: int | None = None, overview: bool = False) -> SpectrogramRequest:
        """The request for a call's view: the call with 10 ms on either side, or 50 ms for its overview.

        Without `channel` it is the one that the segment file names for the call, or else the first.

        Raises
        ------
        RequestError
            If there is no such call or channel, or the call lies beyond the end of the recording.
        """
        if not len(self.calls):
            raise RequestError(f"{self.info.name} has no calls. {_how_to_get_calls(self.info.name, False)}")
        if not _is_whole(call) or not 0 <= call < len(self.calls):
            raise RequestError(
                f"call={call!r} is not there: {self.info.name} has {len(self.calls)} calls, 0 to {len(self.calls) - 1}"
            )
        if channel is None:
            channel = self.channel_of(call)
        if not _is_whole(channel) or not 0 <= channel < self.info.channels:
            raise RequestError(
                f"channel={channel!r} is not there: {self.info.name} has {self.info.channels} channel(s), "
                f"0 to {self.info.channels - 1}"
            )
        n_fft = 256
        start, stop = window_around(
            self.calls[call].onset,
            self.calls[call].offset,
            sample_rate=self.info.sample_rate,
            frames=self.info.frames,
            padding=PADDING[overview],
            n_fft=n_fft,
        )
        return SpectrogramRequest(
            recording=self.info.hash,
            channel=int(channel),
            start=start,
            stop=stop,
            n_fft=n_fft,
            hop_length=hop_for(stop - start, n_fft),
        )

    def submit(self, call: int, *, channel: int | None = None, overview: bool = False) -> Pending[Spectrogram]:
        """Ask for a call's spectrogram without waiting for it."""
        return self.client.submit(*self.asked(call, channel=channel, overview=overview))

    def spectrogram(
        self, call: int, *, channel: int | None = None, overview: bool = False, timeout: float | None = 60.0
    ) -> Spectrogram:
        """A call's spectrogram; waits for it, `timeout` s at most.

        Raises
        ------
        BattycodaError
            With the reason, if it cannot be computed.
        """
        return self.submit(call, channel=channel, overview=overview).result(timeout)

    def prefetch(
        self, calls: Iterable[int], *, channel: int | None = None, overview: bool = False
    ) -> list[Pending[Spectrogram]]:
        """Have calls computed ahead, after everything that a user waits for. Does not wait."""
        return self.client.prefetch([self.asked(call, channel=channel, overview=overview) for call in calls])

    def prepare(self, *, channel: int | None = None, overview: bool | None = None) -> Preparation:
        """Have all calls computed in the background, after everything else; `overview` None: both views."""
        return self.client.prepare_recordings([self], channel=channel, overview=overview)

    def asked(
        self, call: int, *, channel: int | None = None, overview: bool = False
    ) -> tuple[SpectrogramRequest, dict[str, Any], Callable[[bytes], Spectrogram]]:
        """What `Client.submit` and `Client.prefetch` take: the request, where the file lies, how to read the answer."""
        request = self.request(call, channel=channel, overview=overview)
        title = f"{self.info.name}, call {call + 1} of {len(self.calls)}"
        return request, {**self._hint, "call": int(call)}, partial(_read, request, self.calls[call].onset, title)

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
        title = f"{self.info.name}, call {call + 1} of {len(self.calls)}"
        return request, {**self._hint, "call": int(call)}, partial(decode_wav, request=request, title=title)

    def channel_of(self, call: int) -> int:
        """The channel that the segment file names for a call, from 0; the first where it names none."""
        return self.calls[call].channel or 0

    def __len__(self) -> int:
        return len(self.calls)

    def __repr__(self) -> str:
        info = self.info
        return (
            f"<Recording {info.name}: {info.duration:.2f} s, {info.sample_rate / 1e3:g} kHz, "
            f"{info.channels} channel(s), {len(self.calls)} calls>"
        )


def _is_whole(value: object) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)


def _read(request: SpectrogramRequest, onset: float, title: str, blob: bytes) -> Spectrogram:
    levels, meta = decode(blob, request)
    low, step = meta["db"]
    return Spectrogram(levels, request, int(meta["sample_rate"]), low, step, onset=onset, title=title)


def _how_to_get_calls(name: str, empty: bool) -> str:
    found = "The segment file beside it lists no calls." if empty else "No calls were found beside it."
    return (
        f"{found} Put one of these in its folder: {name}.csv with the columns onset and offset in seconds, a Raven "
        f"selection table, BatDetect2's {name}.json, or BattyCoda's {name}.pickle; or name one: "
        f'client.open("{name}", calls="segments.csv").'
    )
