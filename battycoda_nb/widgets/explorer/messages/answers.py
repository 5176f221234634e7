"""Answers to the front end: work is asked for, waited for without holding anybody up, and sent when it comes."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

from battycoda_nb.client.sequence import RecordingSequence, Step
from battycoda_nb.client.workers import Workers
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.cluster.returns import OUTAGES
from battycoda_nb.cluster.work import Work
from battycoda_nb.errors import BattycodaError, ClusterError

Key = TypeVar("Key")


class Asked(NamedTuple, Generic[Key]):
    """Something that was asked for."""

    key: Key  # as the front end names it
    work: Work[Any, Any]
    pending: Pending[Any]
    ahead: bool  # nobody waits for it yet


class Answers(Generic[Key]):
    """One kind of answer. A subclass says what is sent when the work has come, and may say it when it has not.

    Parameters
    ----------
    workers : Workers
        Who are asked.
    send : callable
        Takes a message for the front end, and its buffers.

    Notes
    -----
    Any thread may call any method; none of them waits. `came`, `failed` and `dropped`, one of which is called for each
    thing that was asked for, run in the client's listening thread, or in the caller's where the answer is there
    already: they must not wait either. What a subclass keeps between them, it guards by one lock.
    """

    def __init__(self, workers: Workers, send: Callable[..., None]) -> None:
        self._workers, self._send = workers, send
        self._owner = uuid.uuid4().hex
        self._owners: set[str] = set()  # of what was asked for ahead
        self._awaiting = threading.Lock()  # of `_awaited`
        self._awaited: Pending[Any] | None = None  # what `ask_instead` asked for last

    def ask(self, key: Key, work: Work[Any, Any]) -> None:
        """Ask for what the user waits for."""
        self._wait_for(Asked(key, work, self._workers.submit(work), ahead=False))

    def ask_instead(self, key: Key, work: Work[Any, Any]) -> None:
        """Ask for what the user waits for now, and no more for what they waited for before."""
        asked = Asked(key, work, self._workers.submit(work), ahead=False)
        self._replace(asked.pending)
        self._wait_for(asked)

    def forget(self) -> None:
        """Withdraw what the user waited for: they look at something else."""
        self._replace(None)

    def end(self) -> None:
        """Drop all that was asked for and has not come: nobody looks any more."""
        self.forget()
        with contextlib.suppress(ClusterError):  # the client was closed: that dropped it
            for owner in list(self._owners):
                self._workers.prefetch([], owner=owner)

    def _replace(self, pending: Pending[Any] | None) -> None:
        with self._awaiting:
            before, self._awaited = self._awaited, pending
        if before is not None:
            self._workers.withdraw(before)

    def ask_ahead(self, items: Iterable[tuple[Key, Work[Any, Any]]], *, group: object = "", late: bool = False) -> None:
        """Ask for what the user may want, after all that users wait for.

        Parameters
        ----------
        items : iterable of (key, work)
        group : object
            What the same group asked for before and does not ask for now is dropped.
        late : bool
            Also after what others want ahead.
        """
        items = list(items)
        owner = f"{self._owner} {group}"
        self._owners.add(owner)
        pendings = self._workers.prefetch([work for _, work in items], owner=owner, late=late)
        for (key, work), pending in zip(items, pendings, strict=True):
            self._wait_for(Asked(key, work, pending, ahead=True))

    def _wait_for(self, asked: Asked[Key]) -> None:
        asked.pending.add_done_callback(lambda _: self._settle(asked))

    def _settle(self, asked: Asked[Key]) -> None:
        if error := asked.pending.error():
            self.failed(asked, error)
        elif asked.pending.state == "success":
            self.came(asked, asked.pending.blob())
        else:
            self.dropped(asked)

    def _ask_again_after(self, error: BaseException, site: str, name: Hashable, again: Callable[[], object]) -> None:
        """Call `again` once the site's workers are back, if it is for want of them that something failed."""
        if isinstance(error, BattycodaError) and error.code in OUTAGES:
            self._workers.when_back(site, (self._owner, name), again)

    def came(self, asked: Asked[Key], blob: bytes) -> None:
        """Send what has come; `blob` has been checked against its request."""
        raise NotImplementedError

    def failed(self, asked: Asked[Key], error: BaseException) -> None:
        """Send why nothing will come, if somebody waits for it."""
        raise NotImplementedError

    def dropped(self, asked: Asked[Key]) -> None:
        """Send that this was given up for other things, if the front end waits for it; it may ask again."""


def step_of(sequence: RecordingSequence, content: dict[str, Any]) -> Step | None:
    """Locate the step of a message that names its file; None if it is of another file, or of one that is not open."""
    number = content.get("call")
    if type(number) is not int or not 0 <= number < len(sequence):
        return None
    step = sequence.step(number)
    return step if step.recording is not None and content.get("file") == step.file else None
