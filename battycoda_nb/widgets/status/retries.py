"""Retries of failed tasks: those for which a user pressed "Try again", and what came of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from battycoda_nb.client.client import Client
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.cluster.status import Task
from battycoda_nb.errors import BattycodaError, ClusterError
from battycoda_nb.formatting import ago

from .sections import plain, row

KEEP = 60.0  # s for which one that worked stays on the screen


@dataclass(frozen=True)
class Try:
    """A task that was sent once more.

    Attributes
    ----------
    task : Task
        As it had failed.
    failed, ended : float
        On the monotonic clock: when it failed, when the newest try ended.
    times : int
        How often it was tried again.
    state : str
        ``"asked"``, ``"mended"`` or ``"failed"``.
    """

    task: Task
    failed: float
    times: int = 0
    state: str = "asked"
    error: str = ""
    ended: float = 0.0


class Retries:
    """The failed tasks on the screen, with the tries that were made to mend them.

    Parameters
    ----------
    changed : callable
        Called when there is something to send or to show, in any thread.

    Notes
    -----
    `ask` may be called in any thread and never waits; `send` waits for the server. Outcomes come in the client's
    listening thread. `_lock` guards both tables and what is unsent, and is not held while anything is sent.
    """

    def __init__(self, client: Client, changed: Callable[[], None]) -> None:
        self._client, self._changed = client, changed
        self._lock = threading.Lock()
        self._listed: dict[str, Try] = {}  # what can be tried again
        self._tries: dict[str, Try] = {}
        self._unsent: list[str] = []

    def ask(self, task_id: object) -> None:
        """The user pressed the button; once more while it is under way changes nothing."""
        with self._lock:
            if not isinstance(task_id, str) or task_id not in self._listed:
                return
            before = self._tries.get(task_id)
            if before and before.state != "failed":
                return
            times = 1 + (before.times if before else 0)
            self._tries[task_id] = replace(self._listed[task_id], times=times)
            self._unsent.append(task_id)
        self._changed()

    def send(self) -> None:
        """Send what was asked for since."""
        with self._lock:
            unsent, self._unsent = self._unsent, []
        for task_id in unsent:
            try:
                if self._client.closed:
                    raise ClusterError("The client was closed: call connect() for a new one, and make a panel of that")
                pending = self._client.retry(task_id)
            except BattycodaError as error:
                self._ended(task_id, error)
            else:
                pending.add_done_callback(self._done)

    def _done(self, pending: Pending[bytes]) -> None:
        self._ended(pending.task_id, pending.error())
        self._changed()

    def _ended(self, task_id: str, error: BaseException | None) -> None:
        state = "failed" if error else "mended"
        with self._lock:
            self._tries[task_id] = replace(
                self._tries[task_id], state=state, error=str(error or ""), ended=time.monotonic()
            )

    def rows(self, failed: tuple[Task, ...], *, read: float) -> list[dict[str, Any]]:
        """Return the table of what failed, the newest first, with what is being tried again or worked just now.

        Parameters
        ----------
        failed : tuple of Task
            What the server lists.
        read : float
            When it was asked, on the monotonic clock: a task that worked after that may be in its list still.

        Returns
        -------
        list of dict
            A row has beside what `sections.row` gives it ``times`` (how often it was tried again), ``busy`` (there is
            nothing to press now) and ``outcome`` (a sentence).
        """
        now = time.monotonic()
        with self._lock:
            listed = {task.task_id: Try(task, now - task.since) for task in failed}
            for id, made in list(self._tries.items()):
                if made.state == "mended" and made.ended < read and id in listed:
                    del self._tries[id]  # it has failed again since
                elif made.state == "asked" or now - made.ended < KEEP:
                    listed.setdefault(id, made)
                elif id not in listed:
                    del self._tries[id]  # the server has forgotten it, and so may we
            self._listed = listed
            tries = dict(self._tries)
        return [
            self._row(tries.get(id), one.task, now - one.failed)
            for id, one in sorted(listed.items(), key=lambda item: -item[1].failed)
        ]

    def _row(self, made: Try | None, task: Task, since: float) -> dict[str, Any]:
        cells = [task.what, task.site or "no site", ago(since), task.worker]
        state = made.state if made else ""
        return {
            **row(task.task_id, cells, bad=state != "mended", more=task.error),
            "times": made.times if made else 0,
            "busy": state in ("asked", "mended"),
            "outcome": outcome(made, task) if made else "",
        }


def outcome(made: Try, task: Task) -> str:
    """What came of a try, for a task that has failed as `task` says."""
    if made.state == "asked":
        return "Asked for again …"
    if made.state == "mended":
        return "Done: it worked this time."
    return "Tried again: it failed as before." if made.error == task.error else f"Tried again: {plain(made.error)}"
