"""One attempt at a piece of work: done once however many ask, tried again where that can help, its failure reported."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from celery import Task

from battycoda_nb.cluster import environment, protocol
from battycoda_nb.cluster.records import Failure, Job
from battycoda_nb.cluster.store import KEEP_RESULT, MAX_ATTEMPTS
from battycoda_nb.cluster.work import described
from battycoda_nb.errors import BattycodaError, RecordingError, RequestError
from battycoda_nb.signal.requests import is_digest

from .process import heartbeat, store


class TryAgainError(Exception):
    """The file could not be read just now."""


RETRY = {
    "autoretry_for": (TryAgainError,),
    "max_retries": MAX_ATTEMPTS,
    "retry_backoff": False,
    "default_retry_delay": 0.5,
}


class ReportingTask(Task):
    """A task whose failure, whatever it is, reaches the user who waits for it."""

    throws = (BattycodaError,)  # a user's mistake is a line in the log, not a traceback

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        if is_digest(task_id):
            arguments = {name: value for name, value in kwargs.items() if name != "client"}
            job = job_of(self.name, arguments, self.request.hostname)
            store().fail(task_id, failure_of(exc, job, str(einfo.traceback)), listed=not is_mistake(self.name, exc))


def is_mistake(task: str, error: Exception) -> bool:
    """Return whether a question was wrong, such as a mistyped name: who asked sees it, and there is nothing to mend."""
    is_question = task in (protocol.TASK_OPEN, protocol.TASK_LIST, protocol.TASK_FIND)
    is_wrong = isinstance(error, RecordingError | RequestError) and error.code not in ("worn-out", "too-large")
    return is_question and is_wrong


def job_of(task: str, arguments: dict[str, Any], worker: str) -> Job:
    """Return a piece of work as people read of it, and as it can be sent again."""
    return Job(described(task, arguments), environment.site(), str(worker), task, arguments, time.time())


def failure_of(error: Exception, job: Job, traceback: str = "") -> Failure:
    """Return an error as the sentence that the user will read."""
    if isinstance(error, BattycodaError):
        return Failure(type(error).__name__, str(error), job=job, code=error.code)
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return Failure("RecordingError", f"The file could not be read, {MAX_ATTEMPTS} times: {reason}", traceback, job)
    return Failure("ClusterError", f"The worker failed unexpectedly: {type(error).__name__}: {error}", traceback, job)


def attempt(id: str, job: Job, compute: Callable[[], bytes], *, keep: int = KEEP_RESULT, client: str = "") -> None:
    """Do a piece of work once, however many messages ask for it; not if `client`, who asked, has withdrawn it.

    Raises
    ------
    BattycodaError
        If it cannot be done; also where memory does not suffice, and after the third attempt that ended its worker.
    OSError
        If the file could not be read at the last attempt.
    TryAgainError
        If it could not be read at one before.
    """
    mine = heartbeat()
    number = store().begin(id, mine.claimant, job, client)
    if number in ("done", "busy", "dropped"):
        return
    if int(number) > MAX_ATTEMPTS:
        raise RequestError(
            f"This was begun {MAX_ATTEMPTS} times and each time its worker ended: it may need more memory than there "
            "is, or the file crashes the reader. Look at the worker's log",
            code="worn-out",
        )
    mine.current = id
    try:
        result = compute()
    except OSError:
        store().release(id, mine.claimant)
        if int(number) >= MAX_ATTEMPTS:
            raise
        raise TryAgainError from None
    except MemoryError:  # Celery would end the worker after it
        raise RequestError(
            "The worker has not enough memory for this: ask for a shorter window", code="too-large"
        ) from None
    finally:
        mine.current = None
    store().finish(id, result, keep=keep)
