"""Work for a night: the calls of many recordings computed before anybody looks at them.

What is prepared waits in a queue of its own, behind everything that a user asked for or will look at next. Nothing of
it is fetched: the results stay with the server, under their digests, and so a preparation that was interrupted, in
whatever way, goes on where it was when it is started again.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from . import config
from .dispatch import Dispatch, Unreachable, start_worker
from .errors import BattycodaError
from .requests import SpectrogramRequest
from .store import Failure, Store

if TYPE_CHECKING:
    from .recording import Recording

Item = tuple[SpectrogramRequest, dict[str, Any]]

WINDOW = 64  # requests under way for each worker: a second's work or so
LOOK = 0.1  # s between two looks at what is done
SEND_AGAIN_AFTER = 10.0  # s
SAY_AGAIN_AFTER = 20.0  # s; what is wanted is forgotten after a minute


class Preparation:
    """Computes spectrograms ahead, in the background. `Recording.prepare` and `Client.prepare` start one.

    Shows itself in a notebook as a progress bar with buttons to pause and to cancel.

    Attributes
    ----------
    total, done : int
        How many spectrograms there are to compute, and how many there are by now, failed ones included.
    failed : list of str
        Why some could not be computed.
    state : str
        ``"running"``, ``"paused"``, ``"done"``, ``"cancelled"`` or ``"failed"``.
    trouble : str
        What it waits for, if it does not get on; at the end, what went wrong.

    Notes
    -----
    A thread of its own does the work. Any thread may call the methods; none but `wait` waits.
    """

    def __init__(self, dispatch: Dispatch, store: Store, broker: str, items: Iterable[Item], total: int) -> None:
        self.total, self.done = total, 0
        self.failed: list[str] = []
        self.state, self.trouble = "running", ""
        self._dispatch, self._store, self._broker = dispatch, store, broker
        self._name = uuid.uuid4().hex
        self._items: Iterator[Item] = iter(items)
        self._exhausted = False
        self._outstanding: dict[str, Item] = {}
        self._sent: dict[str, float] = {}
        self._said = 0.0
        self._changed = threading.Event()
        self._ended = threading.Event()
        threading.Thread(target=self._run, name="battycoda-prepare", daemon=True).start()

    def pause(self) -> None:
        """Stop after what is being computed now; `resume` goes on."""
        self._become("paused", {"running"})

    def resume(self) -> None:
        self._become("running", {"paused"})

    def cancel(self) -> None:
        """Stop for good. What is computed by now is kept."""
        self._become("cancelled", {"running", "paused"})

    def wait(self, timeout: float | None = None) -> Preparation:
        """Wait until it has ended; itself, for ``recording.prepare().wait()``.

        Raises
        ------
        TimeoutError
            After `timeout` s; it goes on.
        """
        if not self._ended.wait(timeout):
            raise TimeoutError(f"Not ready within {timeout:g} s ({self!r}); it goes on")
        return self

    def _become(self, state: str, before: set[str]) -> None:
        if self.state in before:
            self.state = state
            self._changed.set()

    # Its thread

    def _run(self) -> None:
        dropped_before: int | None = None
        try:
            while self.state in ("running", "paused") and not self._dispatch.closed:
                try:
                    if dropped_before is None:
                        dropped_before = self._store.evicted()
                    self._step()
                except Unreachable as error:
                    self._say_unreachable(error)
                self._changed.wait(LOOK)
                self._changed.clear()
            self._store.want(self._name, [])
            if dropped_before is not None and self._store.evicted() > dropped_before:
                self.trouble = (
                    "The server's memory is full, so it has dropped results that were not used lately: give it more, "
                    "such as with valkey-cli CONFIG SET maxmemory 4gb, or prepare less at a time"
                )
        except Unreachable as error:
            self._say_unreachable(error)
        except BattycodaError as error:  # a recording of the list cannot be opened any more, or its site has gone
            self.state, self.trouble = "failed", str(error)
        finally:
            self._ended.set()

    def _say_unreachable(self, error: Exception) -> None:
        self.trouble = f"The server at {config.shown(self._broker)} does not answer ({error}); it is asked again"

    def _step(self) -> None:
        self._count()
        if self.state == "paused":
            if self._sent:
                self._store.want(self._name, [])  # what is queued is passed over then, and sent again later
                self._sent.clear()
            return
        while self.state == "running" and self._take_more():
            self._count()  # much of it may be kept from another time
        now = time.monotonic()
        due = [id for id in self._outstanding if now - self._sent.get(id, 0.0) > SEND_AGAIN_AFTER]
        busy = self._store.being_computed(due)
        due = [id for id in due if id not in busy]
        if due or now - self._said > SAY_AGAIN_AFTER:
            self._store.want(self._name, list(self._outstanding))
            self._said = now
        self._send(due)
        if self._exhausted and not self._outstanding and self.state == "running":
            self.state = "done"

    def _count(self) -> None:
        """Take from what is outstanding what has come."""
        ids = list(self._outstanding)
        done, failed = self._store.finished(ids) if ids else (set(), set())
        for id, failure in self._store.collect(list(failed)).items():
            if isinstance(failure, Failure):
                self.failed.append(f"{_name(self._outstanding[id])}: {failure.message}")
        for id in done | failed:
            del self._outstanding[id]
            self._sent.pop(id, None)
        self.done += len(done | failed)

    def _take_more(self) -> bool:
        """Take from the items as many as the workers can do until the next look; whether it did."""
        workers = [facts for facts in self._store.workers().values() if facts.get("protocol") == config.PROTOCOL]
        waited_for = {hint["site"] for _, hint in self._outstanding.values()}
        gone = waited_for - {facts.get("site", "") for facts in workers}
        self.trouble = f"No worker is there; start one with: {start_worker(self._broker, min(gone))}" if gone else ""
        room = WINDOW * max(len(workers), 1) - len(self._outstanding)
        if self._exhausted or room < WINDOW // 2:
            return False
        taken = list(islice(self._items, room))
        self._exhausted = not taken
        new = {request.digest: (request, hint) for request, hint in taken if request.digest not in self._outstanding}
        self.done += len(taken) - len(new)  # two files of the same content are one piece of work
        self._store.forget_failures(list(new))  # who prepares anew wants it tried anew
        self._outstanding |= new
        return bool(taken)

    def _send(self, ids: list[str]) -> None:
        for site in {self._outstanding[id][1]["site"] for id in ids}:
            here = [id for id in ids if self._outstanding[id][1]["site"] == site]
            items = [self._outstanding[id] for id in here]
            arguments = [{"request": request.to_json(), "hint": hint} for request, hint in items]
            self._dispatch.send_ahead(self._name, arguments, site)
            self._sent.update(dict.fromkeys(here, time.monotonic()))

    # How it looks

    def __repr__(self) -> str:
        said = f"<Preparation {self.state}: {self.done} of {self.total} spectrograms"
        said += f", {len(self.failed)} failed" if self.failed else ""
        return said + (f". {self.trouble}>" if self.trouble else ">")

    def _repr_mimebundle_(self, **_: Any) -> Any:
        from .widgets.progress import Progress

        return Progress(self)._repr_mimebundle_()


def _name(item: Item) -> str:
    request, hint = item
    return config.described(config.TASK_SPECTROGRAM, {"request": request.to_json(), "hint": hint})


def items_of(recordings: Iterable[Recording], channel: int | None, overview: bool | None) -> Iterator[Item]:
    """What to compute of recordings, one opened after the other; calls that cannot be asked for are left out."""
    for recording in recordings:
        for view in (False, True) if overview is None else (overview,):
            for call in range(len(recording)):
                try:
                    request, hint, _ = recording.asked(call, channel=channel, overview=view)
                except BattycodaError:
                    continue  # the explorer says why when somebody gets there
                yield request, hint
