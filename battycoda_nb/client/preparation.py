"""Preparations: compute the calls of many recordings in the background, before anybody looks at them.

What is prepared waits in a queue of its own, behind everything that a user asked for or will look at next. Nothing of
it is fetched: the results stay with the server, under their digests, and so a preparation that was interrupted, in
whatever way, goes on where it was when it is started again.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.address import shown
from battycoda_nb.cluster.dispatch import Dispatch, Unreachable
from battycoda_nb.cluster.explain import nobody
from battycoda_nb.cluster.records import Failure
from battycoda_nb.cluster.starting import coming_sites
from battycoda_nb.cluster.store import Store
from battycoda_nb.cluster.work import Work
from battycoda_nb.errors import BattycodaError, ClusterError
from battycoda_nb.signal.requests import SpectrogramRequest
from battycoda_nb.signal.spectrogram import Spectrogram

log = logging.getLogger(__name__)

WINDOW = 64  # requests under way for each worker: a second's work or so
LOOK = 0.1  # s between two looks at what is done
SEND_AGAIN_AFTER = 10.0  # s
PUBLISH_AGAIN_AFTER = 20.0  # s; what is wanted is forgotten after a minute
OPEN_AGAIN_AFTER = 1.0  # s
TRIES = 3  # to open a recording while its site has workers


class Source(Protocol):
    """An opened recording, as far as a preparation needs it."""

    def views(
        self, channel: int | None, overviews: tuple[bool, ...], refuse: Callable[[str], object]
    ) -> Iterator[Work[SpectrogramRequest, Spectrogram]]:
        """All steps, once for each of `overviews`; `refuse` is given why a step cannot be asked for."""


@dataclass(frozen=True)
class Part:
    """One recording of a preparation, which is opened when its turn comes.

    Attributes
    ----------
    name : str
        For people.
    site : str
        Whose workers open it.
    calls : int
        How many steps it has.
    open : callable
        Opens it; waits for a worker, and raises a `BattycodaError` if that cannot be done.
    """

    name: str
    site: str
    calls: int
    open: Callable[[], Source]


class Preparation:
    """Compute spectrograms ahead, in the background. `Recording.prepare` and `Client.prepare` start one.

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
    A thread of its own does the work and alone changes what there is to see, but for `state`, which changes under a
    lock: one that has ended does not change any more. Any thread may call the methods; none but `wait` waits.

    Examples
    --------
    >>> import battycoda_nb as bc
    >>> recording = bc.connect().open(bc.sample_recording("sample_bats.wav"))
    >>> preparation = recording.prepare(overview=False)
    >>> preparation.wait()
    <Preparation done: 43 of 43 spectrograms>
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
        self.trouble = ""
        self._lock = threading.Lock()
        self._state = "running"
        self._dispatch, self._store, self._broker = dispatch, store, broker
        self._channel = channel
        self._name = uuid.uuid4().hex
        self._parts = iter(parts)
        self._part: Part | None = None  # the one whose turn it is to be opened
        self._tries, self._try_at = 0, 0.0
        self._waits = ""  # why that could not be done yet
        self._works: Iterator[Work[SpectrogramRequest, Spectrogram]] = iter(())  # of the one that is open
        self._exhausted = False
        self._good = 0  # how many were computed or kept
        self._outstanding: dict[str, Work[SpectrogramRequest, Spectrogram]] = {}
        self._sent: dict[str, float] = {}
        self._published = 0.0  # when it was last published what is wanted
        self._changed = threading.Event()
        self._ended = threading.Event()
        threading.Thread(target=self._run, name="battycoda-prepare", daemon=True).start()

    @property
    def state(self) -> str:
        """How far it is."""
        return self._state

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

    def _become(self, state: str, before: set[str]) -> bool:
        """Change from one of the states in `before`; whether it was in one of them."""
        with self._lock:
            if self._state not in before:
                return False
            self._state = state
        self._changed.set()
        return True

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
                    self._note_unreachable(error)
                self._changed.wait(LOOK)
                self._changed.clear()
            if self._become("failed", {"running", "paused"}):
                self.trouble = "The client was closed before this was computed"
                return
            if self.state == "cancelled":
                self.trouble = ""  # what it waited for is of no interest any more
            self._store.want(self._name, [])
            if dropped_before is not None and self._store.evicted() > dropped_before:
                self.trouble = (
                    "The server's memory is full, so it has dropped results that were not used lately: give it more, "
                    "such as with valkey-cli CONFIG SET maxmemory 4gb, or prepare less at a time"
                )
        except Unreachable:  # it has ended; what it wanted is forgotten within a minute
            return
        except BattycodaError as error:  # the client was closed meanwhile
            if self._become("failed", {"running", "paused"}):
                self.trouble = str(error)
        except Exception as error:
            log.exception("A preparation met what it was not made for")
            if self._become("failed", {"running", "paused"}):
                self.trouble = f"It failed unexpectedly ({type(error).__name__}: {error}): start it again"
        finally:
            self._ended.set()

    def _note_unreachable(self, error: Exception) -> None:
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
        if due or now - self._published > PUBLISH_AGAIN_AFTER:
            self._store.want(self._name, list(self._outstanding))
            self._published = now
        self._send(due)
        if self._exhausted and not self._outstanding:
            in_vain = bool(self.failed) and not self._good
            if self._become("failed" if in_vain else "done", {"running"}) and in_vain:
                self.trouble = "Nothing of it could be computed"

    def _count(self) -> None:
        """Take from what is outstanding what has come."""
        ids = list(self._outstanding)
        done, failed = self._store.finished(ids) if ids else (set(), set())
        for id, failure in self._store.collect(list(failed)).items():
            if isinstance(failure, Failure):
                self.failed.append(f"{self._outstanding[id]}: {failure.message}")
        for id in done | failed:
            del self._outstanding[id]
            self._sent.pop(id, None)
        self.done += len(done | failed)
        self._good += len(done)

    def _take_more(self) -> bool:
        """Take from the items as many as the workers can do until the next look; whether it did."""
        workers = [facts for facts in self._store.workers().values() if facts.get("protocol") == protocol.PROTOCOL]
        staffed = {str(facts.get("site", "")) for facts in workers}
        staffed |= coming_sites(self._store)
        gone = {work.site for work in self._outstanding.values()} - staffed
        self.trouble = nobody(min(gone), [], self._dispatch.how_to_start(min(gone))) if gone else self._waits
        room = WINDOW * max(len(workers), 1) - len(self._outstanding)
        if self._exhausted or room < WINDOW // 2:
            return False
        taken = list(islice(self._works, room))
        while len(taken) < room and self._open_next(staffed):
            taken += islice(self._works, room - len(taken))
        new = {work.digest: work for work in taken if work.digest not in self._outstanding}
        self.done += len(taken) - len(new)  # two files of the same content are one piece of work
        self._store.forget_failures(list(new))  # who prepares again wants it tried again
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
                source = part.open()
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
                self._works = source.views(self._channel, self._views, self._pass_over)
                self._part, self._waits = None, ""
                return True
            self._part, self._waits = None, ""
        return False

    def _pass_over(self, reason: str, count: int = 1) -> None:
        self.failed.append(reason)
        self.done += count

    def _send(self, ids: list[str]) -> None:
        for site in {self._outstanding[id].site for id in ids}:
            here = [id for id in ids if self._outstanding[id].site == site]
            self._dispatch.send_ahead(self._name, [self._outstanding[id].item() for id in here], site)
            self._sent.update(dict.fromkeys(here, time.monotonic()))

    def __repr__(self) -> str:
        text = f"<Preparation {self.state}: {self.done} of {self.total} spectrograms"
        text += f", {len(self.failed)} failed" if self.failed else ""
        return text + (f". {self.trouble}>" if self.trouble else ">")
