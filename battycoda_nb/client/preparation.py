"""Work for a night: the calls of many recordings computed before anybody looks at them.

What is prepared waits in a queue of its own, behind everything that a user asked for or will look at next. Nothing of
it is fetched: the results stay with the server, under their digests, and so a preparation that was interrupted, in
whatever way, goes on where it was when it is started again.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.address import shown
from battycoda_nb.cluster.dispatch import Dispatch, Unreachable
from battycoda_nb.cluster.explain import nobody
from battycoda_nb.cluster.store import Failure, Store
from battycoda_nb.errors import BattycodaError, ClusterError
from battycoda_nb.signal.requests import SpectrogramRequest

if TYPE_CHECKING:
    from .recording import Recording

Item = tuple[SpectrogramRequest, dict[str, Any]]

WINDOW = 64  # requests under way for each worker: a second's work or so
LOOK = 0.1  # s between two looks at what is done
SEND_AGAIN_AFTER = 10.0  # s
SAY_AGAIN_AFTER = 20.0  # s; what is wanted is forgotten after a minute
OPEN_AGAIN_AFTER = 1.0  # s
TRIES = 3  # to open a recording while its site has workers


@dataclass(frozen=True)
class Part:
    """One recording of a preparation, which is opened when its turn comes."""

    name: str
    site: str  # whose workers open it
    calls: int
    open: Callable[[], Recording]


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
        ``"running"``, ``"paused"``, ``"done"``, ``"cancelled"``, or ``"failed"`` where nothing could be computed.
    trouble : str
        What it waits for, if it does not get on; at the end, what went wrong.

    Notes
    -----
    A thread of its own does the work. Any thread may call the methods; none but `wait` waits.
    """

    def __init__(
        self,
        dispatch: Dispatch,
        store: Store,
        broker: str,
        parts: Iterable[Part],
        *,
        channel: int | None = None,
        overview: bool | None = None,
    ) -> None:
        parts = list(parts)
        self._views = (False, True) if overview is None else (overview,)
        self.total, self.done = sum(part.calls for part in parts) * len(self._views), 0
        self.failed: list[str] = []
        self.state, self.trouble = "running", ""
        self._dispatch, self._store, self._broker = dispatch, store, broker
        self._channel = channel
        self._name = uuid.uuid4().hex
        self._parts = iter(parts)
        self._part: Part | None = None  # the one whose turn it is to be opened
        self._tries, self._try_at = 0, 0.0
        self._waits = ""  # why that could not be done yet
        self._items: Iterator[Item] = iter(())  # of the one that is open
        self._exhausted = False
        self._good = 0  # how many were computed or kept
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
        except BattycodaError as error:  # the client was closed meanwhile
            self.state, self.trouble = "failed", str(error)
        finally:
            self._ended.set()

    def _say_unreachable(self, error: Exception) -> None:
        self.trouble = f"The server at {shown(self._broker)} does not answer ({error}); it is asked again"

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
            if self.failed and not self._good:
                self.state, self.trouble = "failed", "Nothing of it could be computed"
            else:
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
        self._good += len(done)

    def _take_more(self) -> bool:
        """Take from the items as many as the workers can do until the next look; whether it did."""
        workers = [facts for facts in self._store.workers().values() if facts.get("protocol") == protocol.PROTOCOL]
        staffed = {str(facts.get("site", "")) for facts in workers}
        gone = {hint["site"] for _, hint in self._outstanding.values()} - staffed
        self.trouble = nobody(min(gone), [], self._dispatch.how_to_start(min(gone))) if gone else self._waits
        room = WINDOW * max(len(workers), 1) - len(self._outstanding)
        if self._exhausted or room < WINDOW // 2:
            return False
        taken = list(islice(self._items, room))
        while len(taken) < room and self._open_next(staffed):
            taken += islice(self._items, room - len(taken))
        new = {request.digest: (request, hint) for request, hint in taken if request.digest not in self._outstanding}
        self.done += len(taken) - len(new)  # two files of the same content are one piece of work
        self._store.forget_failures(list(new))  # who prepares anew wants it tried anew
        self._outstanding |= new
        return bool(taken)

    def _open_next(self, staffed: set[str]) -> bool:
        """Open the next recording that can be opened; False at the end, and where there is something to wait for."""
        while self.state == "running":
            if self._part is None:
                self._part, self._tries = next(self._parts, None), 0
            if (part := self._part) is None:
                self._exhausted = True
                return False
            if self._waits and (part.site not in staffed or time.monotonic() < self._try_at):
                return False
            try:
                recording = part.open()
            except ClusterError as error:
                self._try_at = time.monotonic() + OPEN_AGAIN_AFTER
                self._tries += part.site in staffed
                if self._tries < TRIES:
                    self._waits = self.trouble = f"{part.name} is opened as soon as that can be: {error}"
                    return False
                self._pass_over(f"{part.name}: {error}", part.calls * len(self._views))
            except BattycodaError as error:  # it was moved or edited since it was listed
                self._pass_over(f"{part.name}: {error}", part.calls * len(self._views))
            else:
                self._items = items_of(recording, self._channel, self._views, self._pass_over)
                self._part, self._waits = None, ""
                return True
            self._part, self._waits = None, ""
        return False

    def _pass_over(self, reason: str, count: int = 1) -> None:
        self.failed.append(reason)
        self.done += count

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
        from battycoda_nb.widgets.progress import Progress

        return Progress(self)._repr_mimebundle_()


def _name(item: Item) -> str:
    request, hint = item
    return protocol.described(protocol.TASK_SPECTROGRAM, {"request": request.to_json(), "hint": hint})


def items_of(
    recording: Recording, channel: int | None, views: tuple[bool, ...], refuse: Callable[[str], None]
) -> Iterator[Item]:
    """What to compute of a recording; why a call cannot be asked for is told to `refuse`."""
    for view in views:
        for call in range(len(recording)):
            try:
                request, hint, _ = recording.asked(call, channel=channel, overview=view)
            except BattycodaError as error:
                refuse(f"{recording.info.name}, call {call + 1}: {error}")
                continue
            yield request, hint
