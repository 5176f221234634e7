"""Pictures of calls for the browser to hold: the one on the screen, and those that are likely to be next."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

from battycoda_nb.client.recording import Recording
from battycoda_nb.client.sequence import RecordingSequence, Step
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.errors import BattycodaError, ClusterError

from .answers import Answers, Asked
from .describe import Key, facts_of, picture_meta
from .prefetch_order import neighbours

HELD = 400  # pictures that the browser is taken to hold; it asks for one that it has dropped
FILM = 64  # pictures of the filmstrip that are asked for at a time
CHANNELS = 8  # of a recording's channels the first ones are likely to be looked at next
EXPLAIN_AFTER = 0.8  # s: what takes longer deserves its reason


class Pictures(Answers[Key]):
    """Asks for pictures and sends them to the front end.

    Parameters
    ----------
    sequence : RecordingSequence
    send : callable
        As for `Answers`.
    here : callable
        Returns the picture on the screen now.
    ahead, behind : int
        How many calls to ask for in the direction of travel, and against it.
    opened : callable
        Called with the index of a file and its recording when the front end has been sent the recording's facts.
    problems : str
        What the user should know of their own settings.

    Notes
    -----
    `_lock` guards all that changes, and is held over each method but for `explain`, which alone waits for the server:
    call that from a thread where waiting is allowed. `send` and `opened` are called with the lock held, so they must
    not wait for a thread that calls this.
    """

    def __init__(
        self,
        sequence: RecordingSequence,
        send: Callable[..., None],
        *,
        here: Callable[[], Key],
        ahead: int,
        behind: int,
        opened: Callable[[int, Recording], None],
        problems: str = "",
    ) -> None:
        super().__init__(sequence.workers, send)
        self._sequence, self._ahead, self._behind = sequence, ahead, behind
        self._opened, self._problems = opened, problems
        self._lock = threading.RLock()  # of all that follows
        self._look_here = here
        self._here = here()
        self._held: OrderedDict[Key, None] = OrderedDict()
        self._waiting: dict[Key, tuple[Asked[Key], float]] = {}  # and since when
        self._opening: dict[int, float] = {}  # file -> since when
        self._described: set[int] = set()  # the files whose facts the browser has
        self._film: list[int] = []  # the calls that the filmstrip shows and has not got
        self._forward = True

    def move(self) -> None:
        """Ask for what is on the screen now, and for what is likely to be next."""
        with self._lock:
            before, self._here = self._here, self._look_here()
            if self._here.call != before.call:
                self._forward = self._here.call > before.call
            self._update()

    def on_ready(self) -> None:
        """Send everything again: a browser has come that holds nothing."""
        with self._lock:
            self._held.clear()
            self._described.clear()
            self._update()

    def on_need(self, content: dict[str, Any]) -> None:
        """Have the picture on the screen sent, which the browser does not hold; explain why that takes long.

        Waits for the server, about 2 s at most, if it does take long.
        """
        with self._lock:
            key = self._here
            if {name: content.get(name) for name in key.named()} != key.named():
                return
            self._held.pop(key, None)
            self._update()
        self.explain(key)

    def show_film(self, calls: Iterable[object]) -> None:
        """Ask for the detail views of these calls, which the filmstrip shows and does not hold."""
        with self._lock:
            here, count = self._here, len(self._sequence)
            self._film = [call for call in calls if type(call) is int and 0 <= call < count][:FILM]
            for call in self._film:
                self._held.pop(here._replace(call=call, overview=False), None)
            self._update()

    # What to ask for; the lock is held

    def _update(self) -> None:
        if not len(self._sequence):
            return
        here = self._here
        step = self._open(here.call)
        waiting, _ = self._waiting.get(here, (None, 0.0))
        if step.recording is not None and here not in self._held and (waiting is None or waiting.ahead):
            try:
                work = step.found().work.call(step.within, **here.view(step))
            except BattycodaError as error:
                self._send_failed(here, error)
            else:
                self.ask(here, work)
        order = self._neighbours(step)
        self._ask_for_neighbours(order)
        for key, (asked, _) in list(self._waiting.items()):
            if not asked.ahead and key != here and key not in order:
                self._workers.withdraw(asked.pending)  # the user has gone on: a slow one must not hold up what is next

    def _neighbours(self, step: Step) -> list[Key]:
        """What the user may look at next, the likeliest first."""
        channels = min(step.recording.info.channels if step.recording else 1, CHANNELS)
        return neighbours(
            self._here, count=len(self._sequence), channels=channels, forward=self._forward, ahead=self._ahead,
            behind=self._behind, film=self._film,
        )  # fmt: skip

    def _ask_for_neighbours(self, order: list[Key]) -> None:
        items = []
        for key in order:
            if key in self._held:
                continue
            near = self._open(key.call)
            if near.recording is None:
                continue  # it is being opened, and then all of this is done again
            try:
                items.append((key, near.found().work.call(near.within, **key.view(near))))
            except BattycodaError:
                continue  # the user is told on getting there
        self.ask_ahead(items)

    def _open(self, call: int) -> Step:
        """Locate a step; if its file is open the front end gets its facts, and else it is being opened."""
        step = self._sequence.step(call)
        if step.recording is not None:
            if step.file not in self._described:
                self._described.add(step.file)
                self._send(*facts_of(self._sequence, step.file, step.recording, self._problems))
                self._opened(step.file, step.recording)
        elif step.file not in self._opening:
            self._opening[step.file] = time.monotonic()
            self._sequence.open(step.file).add_done_callback(lambda pending: self._on_file(step.file, pending))
        return step

    def _on_file(self, file: int, pending: Pending[Recording]) -> None:
        with self._lock:
            self._opening.pop(file, None)
            opened, error = None, pending.error()
            try:
                opened = self._sequence.opened(file)
            except BattycodaError as unbelievable:
                error = unbelievable
            if opened is not None:
                self._update()
            elif error is not None and self._sequence.step(self._here.call).file == file:
                self._send_failed(self._here, error)
                self._ask_again_after(error, self._sequence.files[file].site, "", self._again)

    def end(self) -> None:
        """Drop all that was asked for and has not come: nobody looks any more."""
        with self._lock:
            for asked, _ in list(self._waiting.values()):
                if not asked.ahead:
                    self._workers.withdraw(asked.pending)
        super().end()

    # What comes of it

    def _again(self) -> None:
        with self._lock:
            self._update()

    def _wait_for(self, asked: Asked[Key]) -> None:
        with self._lock:
            if asked.ahead and asked.key in self._waiting:
                return
            self._waiting[asked.key] = asked, time.monotonic()
        super()._wait_for(asked)

    def _settle(self, asked: Asked[Key]) -> None:
        with self._lock:
            waiting, _ = self._waiting.get(asked.key, (None, 0.0))
            if waiting is asked:
                del self._waiting[asked.key]
            if asked.key not in self._held:
                super()._settle(asked)

    def came(self, asked: Asked[Key], blob: bytes) -> None:
        key, request = asked.key, asked.work.request
        self._held[key] = None
        while len(self._held) > HELD:
            self._held.popitem(last=False)
        step = self._sequence.step(key.call)
        meta = picture_meta(step.found(), step.within, request, blob)
        self._send({"type": "picture", **key.named(), "digest": request.digest, "meta": meta}, [blob])

    def failed(self, asked: Asked[Key], error: BaseException) -> None:
        # What failed ahead of the user is asked for again when the user gets there.
        if not asked.ahead or asked.key == self._here:
            self._send_failed(asked.key, error, asked.work.request.digest)
        self._ask_again_after(error, asked.work.site, "", self._again)

    def _send_failed(self, key: Key, error: BaseException, digest: str = "") -> None:
        self._send({"type": "failed", **key.named(), "digest": digest, "message": str(error)})

    # Why is this call still grey?

    def explain(self, key: Key) -> None:
        """Send why a picture is not there yet: the front end then knows that the kernel lives, and the user why.

        Waits for the server, about 2 s at most, once the picture takes long.
        """
        with self._lock:
            step = self._sequence.step(key.call)
            (waiting, since), opening = self._waiting.get(key, (None, 0.0)), self._opening.get(step.file)
            if waiting is not None and not waiting.ahead:
                task_id, text = waiting.pending.task_id, f"Computing {step.unit} {key.call + 1} …"
            elif opening is not None:
                task_id, since, text = self._sequence.open(step.file).task_id, opening, f"Opening {step.name} …"
            else:
                return
        if time.monotonic() - since > EXPLAIN_AFTER:
            try:
                text = self._workers.why(task_id) or text
            except ClusterError as error:
                text = str(error)
        self._send({"type": "waiting", **key.named(), "message": text})
