"""The call explorer: which call is looked at, and which ones the browser should hold before they are."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitlets import TraitError, validate

from ..blob import read_header
from ..errors import BattycodaError, RequestError
from ..pending import Pending
from ..recording import Recording
from ..requests import SpectrogramRequest
from .listening import Listening
from .view import SpectrogramView

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..spectrogram import Spectrogram

Key = tuple[int, int, bool]  # call, channel, overview

KEY = ("call", "channel", "overview")
HELD = 400  # pictures that the browser is taken to hold; it asks for one that it has dropped


class CallExplorer(SpectrogramView):
    """Step through the calls of a recording: arrow keys, or `next`, `previous` and `goto`.

    Parameters
    ----------
    recording : Recording
        From `Client.open`.
    call, channel : int
        Where to begin, counted from 0; the channel by default the one that the segment file names for that call.
    overview : bool
        50 ms on either side of the call instead of 10.
    ahead, behind : int
        How many calls to have computed before they are looked at, in the direction of travel and against it.

    Notes
    -----
    The front end's messages arrive in a thread of their own (a subshell), also while a cell runs; results arrive in the
    client's listening thread. `_lock` guards what both change, and is not held while anything is computed or sent.
    """

    def __init__(
        self,
        recording: Recording,
        *,
        call: int = 0,
        channel: int | None = None,
        overview: bool = False,
        ahead: int = 8,
        behind: int = 2,
        **traits: Any,
    ) -> None:
        self.recording = recording
        self.ahead, self.behind = ahead, behind
        self._owner = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._held: OrderedDict[Key, None] = OrderedDict()
        self._waiting: dict[Key, tuple[Pending[Any], bool]] = {}  # and whether it is only wanted ahead
        self._forward = True
        self._listening = Listening(recording, self._tell)
        if len(recording.calls):
            if not 0 <= call < len(recording.calls):
                raise RequestError(f"call={call} is not there: {recording!r} counts them from 0")
            channel = recording.channel_of(call) if channel is None else channel
        super().__init__(
            call=call,
            channel=channel or 0,
            overview=overview,
            count=len(recording.calls),
            channels=recording.info.channels,
            title=recording.info.name,
            notice=recording.notice,
            rms=recording.info.rms,
            **traits,
        )
        self.observe(self._moved, list(KEY))
        self.on_msg(self._heard)
        self._update()

    def play(self) -> None:
        """Play the call on the screen from its start, as Shift+Space does; a browser that shows it must be there."""
        self._tell({"type": "play"})

    def stop(self) -> None:
        """Stop playing."""
        self._tell({"type": "stop"})

    def figure(self) -> Figure:
        """What is on the screen as a matplotlib figure, in the same colours; waits for the call if it must."""
        return self._figure()[0]

    def save(self, path: str | Path) -> Path:
        """Write what is on the screen to a .png, .pdf or .svg, with its provenance inside: in a PNG as JSON in the text
        chunk ``battycoda``. Waits for the call if it must.

        Raises
        ------
        RequestError
            If the name ends in something else.
        """
        from ..figure import save_figure

        figure, spec = self._figure()
        return save_figure(figure, path, spec, contrast=self.contrast, cmap=self.cmap, rms=self.rms)

    def _figure(self) -> tuple[Figure, Spectrogram]:
        from ..figure import call_figure

        spec = self.recording.spectrogram(self.call, channel=self.channel, overview=self.overview)
        look: dict[str, Any] = {"contrast": self.contrast, "cmap": self.cmap, "rms": self.rms}
        return call_figure(spec, self.recording.calls[self.call], **look), spec

    def next(self) -> None:
        """The next call; at the last one nothing."""
        self.goto(min(self.call + 1, self.count - 1))

    def previous(self) -> None:
        """The call before; at the first one nothing."""
        self.goto(max(self.call - 1, 0))

    def goto(self, call: int) -> None:
        """Show a call, counted from 0.

        Raises
        ------
        RequestError
            If there is no such call.
        """
        if not 0 <= call < self.count:
            raise RequestError(f"call={call} is not there: {self.title} has {self.count} calls, from 0")
        self.call = call

    @validate("call")
    def _within(self, proposal: Any) -> int:
        call = proposal["value"]
        if call != 0 and not 0 <= call < self.count:
            raise TraitError(f"call={call} is not there: {self.title} has {self.count} calls, from 0")
        return call

    def _moved(self, change: Any) -> None:
        if change["name"] == "call":
            self._forward = change["new"] >= change["old"]
        self._update()

    def _heard(self, _: Any, content: dict[str, Any], buffers: Any) -> None:
        kind = content.get("type")
        if kind == "ready":
            with self._lock:
                self._held.clear()
        elif kind in ("need", "retry"):
            with self._lock:
                for key in [key for key in self._held if list(key) == [content.get(name) for name in KEY]]:
                    del self._held[key]
            self._say_waiting(content)
        elif kind == "sound":
            return self._listening.heard(content)
        else:
            return
        self._update()

    def _say_waiting(self, content: dict[str, Any]) -> None:
        """Answer who asks for what is on its way: the front end then knows that the kernel lives."""
        key: Key = (self.call, self.channel, self.overview)
        with self._lock:
            _, ahead = self._waiting.get(key, (None, True))
        if not ahead and list(key) == [content.get(name) for name in KEY]:
            self._send_about(key, {"type": "waiting", "message": f"Computing call {key[0] + 1} …"})

    def _update(self) -> None:
        """Ask for what is on screen, and for what is likely to be next."""
        if not self.count:
            return
        here: Key = (self.call, self.channel, self.overview)
        with self._lock:
            _, ahead = self._waiting.get(here, (None, True))
            missing = here not in self._held and ahead
        if missing:
            try:
                pending = self.recording.submit(here[0], channel=here[1], overview=here[2])
            except BattycodaError as error:
                self._say_failed(here, "", error)
            else:
                self._wait_for(here, pending)
        self._prefetch(here)

    def _prefetch(self, here: Key) -> None:
        keys, asked = [], []
        for key in self._neighbours(here):
            with self._lock:
                if key in self._held:
                    continue
            try:
                asked.append(self.recording.asked(key[0], channel=key[1], overview=key[2]))
            except BattycodaError:
                continue  # said when the user gets there
            keys.append(key)
        for key, pending in zip(keys, self.recording.client.prefetch(asked, owner=self._owner), strict=True):
            with self._lock:
                known = key in self._waiting
            if not known:
                self._wait_for(key, pending, ahead=True)

    def _neighbours(self, here: Key) -> list[Key]:
        """What the user may look at next, the likeliest first."""
        call, channel, overview = here
        step = 1 if self._forward else -1
        on = [call + step * n for n in range(1, self.ahead + 1)]
        back = [call - step * n for n in range(1, self.behind + 1)]
        keys = [(n, channel, overview) for n in (*on[:2], *back[:1], *on[2:], *back[1:]) if 0 <= n < self.count]
        others = [(call, channel, not overview)]
        others += [(call, other, overview) for other in range(min(self.channels, 8)) if other != channel]
        return keys[:3] + others + keys[3:]

    def _wait_for(self, key: Key, pending: Pending[Any], *, ahead: bool = False) -> None:
        with self._lock:
            self._waiting[key] = pending, ahead
        pending.add_done_callback(lambda done: self._arrived(key, done, ahead))

    def _arrived(self, key: Key, pending: Pending[Any], ahead: bool) -> None:
        with self._lock:
            if self._waiting.get(key, (None, ahead))[0] is pending:
                del self._waiting[key]
            if key in self._held:
                return
        error = pending.error()
        if error is not None:
            # What failed ahead of the user is asked for again when the user gets there.
            if not ahead or key == (self.call, self.channel, self.overview):
                self._say_failed(key, pending.task_id, error)
        elif pending.state == "success":
            with self._lock:
                self._held[key] = None
                while len(self._held) > HELD:
                    self._held.popitem(last=False)
            self._show(key, pending.blob())

    def _show(self, key: Key, blob: bytes) -> None:
        request = self.recording.request(key[0], channel=key[1], overview=key[2])
        picture = {"digest": request.digest, "meta": self._meta(key[0], request, blob)}
        self._send_about(key, {"type": "picture", **picture}, [blob])

    def _meta(self, number: int, request: SpectrogramRequest, blob: bytes) -> dict[str, Any]:
        """What the browser needs to draw axes and marks."""
        meta = read_header(blob, request).meta
        calls, rate = self.recording.calls, meta["sample_rate"]
        call = calls[number]
        first, last = request.start / rate, request.stop / rate
        others = [
            [other.onset, other.offset]
            for index, other in enumerate(calls)
            if index != number and other.offset > first and other.onset < last
        ]
        return {
            "sample_rate": rate,
            "shape": [request.bins, request.columns],
            "call": {"onset": call.onset, "offset": call.offset, "label": call.label},
            "others": others,
            **{name: meta[name] for name in ("time", "frequency", "scale", "unit", "db", "enbw", "wave")},
        }

    def _say_failed(self, key: Key, digest: str, error: BaseException) -> None:
        self._send_about(key, {"type": "failed", "digest": digest, "message": str(error)})

    def _send_about(self, key: Key, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        self._tell({**dict(zip(KEY, key, strict=True)), **content}, buffers)

    def _tell(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        with self._sending:
            self.send(content, buffers)
