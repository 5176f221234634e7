"""Which pictures the browser should hold: the one on the screen, and those that are likely to be next."""

from __future__ import annotations

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from battycoda_nb.client.recording import Recording
from battycoda_nb.client.sequence import RecordingSequence
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.errors import BattycodaError, ClusterError
from battycoda_nb.signal.requests import SpectrogramRequest
from battycoda_nb.signal.transform import Transform

from .describe import channel_shown, facts_of, picture_meta, token_of

HELD = 400  # pictures that the browser is taken to hold; it asks for one that it has dropped
EXPLAIN_AFTER = 0.8  # s: what takes longer deserves its reason


class Key(NamedTuple):
    """A picture, as the front end names it."""

    call: int
    channel: int
    overview: bool
    transform: Transform

    def named(self) -> dict[str, Any]:
        """The fields of a message."""
        return {**self._asdict(), "transform": token_of(self.transform)}


class Waiting(NamedTuple):
    """A picture that has been asked for."""

    pending: Pending[Any]
    ahead: bool  # it is only wanted ahead
    since: float


class Supply:
    """Asks for pictures and sends them to the front end.

    Notes
    -----
    Any thread may call any method; `send` is called from the client's listening thread too. `_lock` guards what is
    held and waited for, and is not held while anything is computed or sent.
    """

    def __init__(
        self,
        sequence: RecordingSequence,
        send: Callable[..., None],
        *,
        ahead: int,
        behind: int,
        opened: Callable[[int, Recording], None],
        problems: str = "",
    ) -> None:
        self.sequence, self.ahead, self.behind = sequence, ahead, behind
        self.here = Key(0, 0, False, Transform())
        self._send, self._opened, self._problems = send, opened, problems
        self._owner = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._held: OrderedDict[Key, None] = OrderedDict()
        self._waiting: dict[Key, Waiting] = {}
        self._opening: dict[int, float] = {}  # file -> since when
        self._told: set[int] = set()  # the files whose facts the browser has
        self._film: list[int] = []  # what the filmstrip shows and has not got
        self._forward = True

    def move(self, here: Key) -> None:
        """The user is here now."""
        if here.call != self.here.call:
            self._forward = here.call > self.here.call
        self.here = here
        self.update()

    def start_anew(self) -> None:
        """A browser has come that holds nothing."""
        with self._lock:
            self._held.clear()
            self._told.clear()
        self.update()

    def missing(self, key: Key) -> None:
        """The browser is at a picture that it does not hold; tells it what is being done about that."""
        with self._lock:
            self._held.pop(key, None)
        self.update()
        if key == self.here:
            self._say_waiting(key)

    def film(self, calls: Iterable[int]) -> None:
        """The filmstrip shows these calls and has no picture of them."""
        self._film = [call for call in calls if type(call) is int and 0 <= call < len(self.sequence)][:64]
        with self._lock:
            for call in self._film:
                self._held.pop(Key(call, self.here.channel, False, self.here.transform), None)
        self.update()

    def update(self) -> None:
        """Ask for what is on screen, and for what is likely to be next."""
        if not len(self.sequence):
            return
        here = self.here
        if self._recording(here.call) is not None:
            with self._lock:
                waiting = self._waiting.get(here)
                missing = here not in self._held and (waiting is None or waiting.ahead)
            if missing:
                self._submit(here)
        self._prefetch(here)

    def _submit(self, key: Key) -> None:
        try:
            pending = self.sequence.submit(key.call, **self._options(key))
        except BattycodaError as error:
            self.say_failed(key, error)
        else:
            self._wait_for(key, pending)

    def _prefetch(self, here: Key) -> None:
        keys, works = [], []
        for key in self._neighbours(here):
            with self._lock:
                if key in self._held:
                    continue
            if self._recording(key.call) is None:
                continue  # it is being opened, and then we are called again
            try:
                recording, within = self.sequence.find(key.call)
                works.append(recording.work.call(within, **self._options(key)))
            except BattycodaError:
                continue  # said when the user gets there
            keys.append(key)
        for key, pending in zip(keys, self.sequence.workers.prefetch(works, owner=self._owner), strict=True):
            with self._lock:
                known = key in self._waiting
            if not known:
                self._wait_for(key, pending, ahead=True)

    def _neighbours(self, here: Key) -> list[Key]:
        """What the user may look at next, the likeliest first."""
        call, channels = here.call, self._channels(here.call)
        step = 1 if self._forward else -1
        on = [call + step * n for n in range(1, self.ahead + 1)]
        back = [call - step * n for n in range(1, self.behind + 1)]
        calls = [n for n in (*on[:2], *back[:1], *on[2:], *back[1:]) if 0 <= n < len(self.sequence)]
        keys = [here._replace(call=n) for n in calls]
        others = [here._replace(overview=not here.overview)]
        others += [here._replace(channel=other) for other in range(min(channels, 8)) if other != here.channel]
        film = [here._replace(call=n, overview=False) for n in self._film]
        return list(dict.fromkeys([*keys[:3], *film, *others, *keys[3:]]))

    def _options(self, key: Key) -> dict[str, Any]:
        recording = self.sequence.opened(self.sequence.locate(key.call)[0])
        channel = channel_shown(recording, key.channel) if recording else key.channel
        return {"channel": channel, "overview": key.overview, "transform": key.transform}

    def _channels(self, step: int) -> int:
        recording = self.sequence.opened(self.sequence.locate(step)[0])
        return recording.info.channels if recording else 1

    # Files of a sequence

    def _recording(self, step: int) -> Recording | None:
        """The recording of a step if it is open; else it is being opened."""
        file, _ = self.sequence.locate(step)
        recording = self.sequence.opened(file)
        if recording is not None:
            self._tell_facts(file, recording)
            return recording
        with self._lock:
            asked = file in self._opening
            self._opening.setdefault(file, time.monotonic())
        if not asked:
            self.sequence.open(file).add_done_callback(lambda pending: self._file_came(file, pending))
        return None

    def _file_came(self, file: int, pending: Pending[Recording]) -> None:
        with self._lock:
            self._opening.pop(file, None)
        error = pending.error()
        if error is None:
            if pending.state == "success":
                self.update()
        elif self.sequence.locate(self.here.call)[0] == file:
            self.say_failed(self.here, error)

    def _tell_facts(self, file: int, recording: Recording) -> None:
        with self._lock:
            new = file not in self._told
            self._told.add(file)
        if new:
            self._send(*facts_of(self.sequence, file, recording, self._problems))
            self._opened(file, recording)

    # What has come

    def _wait_for(self, key: Key, pending: Pending[Any], *, ahead: bool = False) -> None:
        with self._lock:
            self._waiting[key] = Waiting(pending, ahead, time.monotonic())
        pending.add_done_callback(lambda done: self._arrived(key, done, ahead))

    def _arrived(self, key: Key, pending: Pending[Any], ahead: bool) -> None:
        with self._lock:
            waiting = self._waiting.get(key)
            if waiting is not None and waiting.pending is pending:
                del self._waiting[key]
            if key in self._held:
                return
        error = pending.error()
        if error is not None:
            # What failed ahead of the user is asked for again when the user gets there.
            if not ahead or key == self.here:
                self.say_failed(key, error, pending.task_id)
        elif pending.state == "success":
            with self._lock:
                self._held[key] = None
                while len(self._held) > HELD:
                    self._held.popitem(last=False)
            self._show(key, pending.blob())

    def _show(self, key: Key, blob: bytes) -> None:
        file, within = self.sequence.locate(key.call)
        recording = self.sequence.opened(file)
        if recording is None:
            return
        request: SpectrogramRequest = self.sequence.request(key.call, **self._options(key))
        meta = picture_meta(recording, within, request, blob)
        self._send({"type": "picture", **key.named(), "digest": request.digest, "meta": meta}, [blob])

    def say_failed(self, key: Key, error: BaseException, digest: str = "") -> None:
        self._send({"type": "failed", **key.named(), "digest": digest, "message": str(error)})

    # Why is this call still grey?

    def _say_waiting(self, key: Key) -> None:
        """Answer who asks for what is on its way: the front end then knows that the kernel lives, and the user why."""
        file, _ = self.sequence.locate(key.call)
        with self._lock:
            waiting, opening = self._waiting.get(key), self._opening.get(file)
        if waiting is not None and not waiting.ahead:
            self._explain(key, waiting.pending.task_id, waiting.since, f"Computing {_unit(self, key)} {key.call + 1} …")
        elif opening is not None:
            name = self.sequence.files[file].name
            self._explain(key, self.sequence.open(file).task_id, opening, f"Opening {name} …")

    def _explain(self, key: Key, task_id: str, since: float, words: str) -> None:
        if time.monotonic() - since > EXPLAIN_AFTER:
            try:
                words = self.sequence.workers.why(task_id) or words
            except ClusterError as error:
                words = str(error)
        self._send({"type": "waiting", **key.named(), "message": words})


def _unit(supply: Supply, key: Key) -> str:
    recording = supply.sequence.opened(supply.sequence.locate(key.call)[0])
    return recording.unit if recording else "call"
