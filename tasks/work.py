"""The tasks: read the samples, compute, keep the result. What they compute is in battycoda_nb."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from celery import Task
from celery.signals import worker_process_init, worker_ready

import battycoda_nb
from battycoda_nb import config
from battycoda_nb.blob import encode
from battycoda_nb.errors import BattycodaError, RecordingError, RequestError
from battycoda_nb.fence import Fence
from battycoda_nb.recordings import Archive
from battycoda_nb.requests import SpectrogramRequest, is_digest
from battycoda_nb.spectrogram import compute_levels
from battycoda_nb.store import KEEP_ANSWER, KEEP_RESULT, MAX_ATTEMPTS, Failure, Store

from .app import app
from .pulse import Pulse


@cache
def store() -> Store:
    return Store(config.redis_client(app.conf.result_backend, patience=5))


@cache
def archive() -> Archive:
    """An embedded worker reads what its user may; another one what lies below its root, or else its own folder."""
    own = bool(os.environ.get("BATTYCODA_EMBEDDED"))
    return Archive(Fence(config.data_root() or (None if own else config.Path.cwd()), own=own))


@cache
def pulse(pid: int, beats: bool = False) -> Pulse:
    """This process's pulse: after a fork a process needs one of its own."""
    facts = {"host": socket.gethostname(), "pid": pid, "version": battycoda_nb.__version__}
    return Pulse(store(), f"{socket.gethostname()}:{pid}", facts, beats=beats)


@worker_ready.connect
def _say_hello(**_: Any) -> None:
    pulse(os.getpid(), True)
    # scipy's import would otherwise be part of the first call's time; nothing waits for it here
    threading.Thread(target=lambda: __import__("scipy.fft"), daemon=True).start()


@worker_process_init.connect
def _after_fork(**_: Any) -> None:
    store.cache_clear()
    archive.cache_clear()
    pulse.cache_clear()


class Work(Task):
    """A task whose failure, whatever it is, reaches the user who waits for it."""

    throws = (BattycodaError,)  # a user's mistake is a line in the log, not a traceback

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        if is_digest(task_id):
            store().fail(task_id, failure_of(exc, str(einfo.traceback)))


def failure_of(error: Exception, traceback: str = "") -> Failure:
    """An error as the sentence that the user will read."""
    if isinstance(error, BattycodaError):
        return Failure(type(error).__name__, str(error))
    if isinstance(error, MemoryError):
        return Failure("RequestError", "The worker has not enough memory for this: ask for a shorter window")
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return Failure("RecordingError", f"The file could not be read, {MAX_ATTEMPTS} times: {reason}", traceback)
    return Failure("ClusterError", f"The worker failed unexpectedly: {type(error).__name__}: {error}", traceback)


def work(id: str, compute: Callable[[], bytes], *, keep: int = KEEP_RESULT) -> None:
    """Do a piece of work once, however many messages ask for it.

    Raises
    ------
    BattycodaError
        If it cannot be done; also after the third attempt that ended its worker or could not read the file.
    """
    mine = pulse(os.getpid())
    attempt = store().begin(id, mine.worker)
    if attempt in ("done", "busy"):
        return
    if int(attempt) > MAX_ATTEMPTS:
        raise RequestError(
            f"This was begun {MAX_ATTEMPTS} times and each time its worker ended: it may need more memory than there "
            "is, or the file crashes the reader. Look at the worker's log"
        )
    mine.current = id
    try:
        result = compute()
    except OSError:
        store().release(id, mine.worker)
        if int(attempt) >= MAX_ATTEMPTS:
            raise
        raise TryAgainError from None
    finally:
        mine.current = None
    store().finish(id, result, keep=keep)


class TryAgainError(Exception):
    """The file could not be read just now."""


def spectrogram_blob(request: SpectrogramRequest, hint: dict[str, Any]) -> bytes:
    """The request's result from the file that the hint names."""
    path, folder = hint.get("path"), hint.get("folder", "")
    if not isinstance(path, str) or not isinstance(folder, str):
        raise RequestError("The hint of where the recording lies must name a path")
    samples, sample_rate = archive().samples(request, path, folder)
    levels, low = compute_levels(samples, request)
    return encode(levels, low, request, sample_rate=sample_rate)


RETRY = {
    "autoretry_for": (TryAgainError,),
    "max_retries": MAX_ATTEMPTS,
    "retry_backoff": False,
    "default_retry_delay": 0.5,
}


@app.task(name=config.TASK_SPECTROGRAM, base=Work, **RETRY)
def spectrogram(request: dict[str, Any], hint: dict[str, Any]) -> None:
    """Compute one call's spectrogram."""
    asked = SpectrogramRequest.from_json(request)
    work(asked.digest, partial(spectrogram_blob, asked, hint))


@app.task(name=config.TASK_PREFETCH, base=Work)
def prefetch(client: str, items: list[dict[str, Any]]) -> None:
    """Compute a few calls ahead of their user, less those that the user has walked away from."""
    for item in items:
        asked = SpectrogramRequest.from_json(item.get("request"))
        if not store().is_wanted(client, asked.digest):
            continue
        try:
            work(asked.digest, partial(spectrogram_blob, asked, item.get("hint", {})))
        except (BattycodaError, OSError) as error:
            store().fail(asked.digest, failure_of(error))  # the next of the slice may well succeed
        except TryAgainError:
            continue  # the user's own request will try


@app.task(name=config.TASK_OPEN, base=Work, bind=True, **RETRY)
def open_recording(
    self: Task, path: str, folder: str = "", segments: str | bool | None = None, expected: str = ""
) -> None:
    """Describe a recording, which must have the hash that is expected if there is one, and read its calls."""

    def answer() -> bytes:
        if not all(isinstance(text, str) for text in (path, folder, segments or "", expected)):
            raise RequestError("The name of a recording must be a text")
        info = archive().describe(path, folder, expected)
        try:
            named = segments if isinstance(segments, str) else None
            calls = None if segments is False else archive().calls(path, folder, named)
        except FileNotFoundError:
            raise RecordingError(f"There is no segment file {segments!r}: is the name right?") from None
        found = calls.to_json() if calls is not None else None
        return json.dumps({"info": info.to_json(), "calls": found}).encode()

    work(self.request.id, answer, keep=KEEP_ANSWER)
