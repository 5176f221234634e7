"""The tasks: read the samples, compute, keep the result. What they compute is in battycoda_nb."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

from celery import Task
from celery.signals import worker_process_init, worker_ready, worker_shutdown
from celery.utils.log import get_task_logger
from celery.worker.control import inspect_command

from battycoda_nb.cluster import environment, protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.exposure import exposure
from battycoda_nb.cluster.store import KEEP_ANSWER, KEEP_RESULT, MAX_ATTEMPTS, Failure, Job, Store
from battycoda_nb.errors import BattycodaError, RecordingError, RequestError
from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.catalogue import Catalogue
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.signal.png import encode
from battycoda_nb.signal.requests import SoundRequest, SpectrogramRequest, Window, is_digest
from battycoda_nb.signal.sound import render
from battycoda_nb.signal.stft import Read, compute_levels
from battycoda_nb.signal.wav import encode_wav

from .app import app
from .heartbeat import Pulse

log = get_task_logger(__name__)


@cache
def store() -> Store:
    return Store(redis_client(app.conf.result_backend, patience=5))


@cache
def archive() -> Archive:
    """An embedded worker reads what its user may; another one what lies below its root, or else its own folder."""
    own = bool(os.environ.get("BATTYCODA_EMBEDDED"))
    return Archive(Fence(environment.data_root() or (None if own else Path.cwd()), own=own))


@cache
def catalogue() -> Catalogue:
    return Catalogue(archive())


@cache
def pulse() -> Pulse:
    """This process's pulse."""
    return Pulse(store())


@worker_ready.connect
def _say_hello(sender: Any, **_: Any) -> None:
    pulse().speak(sender.hostname)
    threading.Thread(target=_settle_in, daemon=True).start()


def _settle_in() -> None:
    """What nothing needs to wait for: scipy, whose import would be part of the first call's time, and a warning."""
    __import__("scipy.fft")
    pulse().bury_the_dead()
    if warning := exposure(environment.broker_url()):
        log.warning(warning)


@worker_shutdown.connect
def _say_goodbye(**_: Any) -> None:
    pulse().leave()


@worker_process_init.connect
def _after_fork(**_: Any) -> None:
    """A forked child has none of its parent's threads, and must not share its connections and files."""
    store.cache_clear()
    archive.cache_clear()
    catalogue.cache_clear()
    pulse.cache_clear()


class Work(Task):
    """A task whose failure, whatever it is, reaches the user who waits for it."""

    throws = (BattycodaError,)  # a user's mistake is a line in the log, not a traceback

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        if is_digest(task_id):
            job = _job(self.name, kwargs, self.request.hostname)
            store().fail(task_id, failure_of(exc, job, str(einfo.traceback)), listed=not is_mistake(self.name, exc))


def is_mistake(task: str, error: Exception) -> bool:
    """Whether a question was wrong, such as a mistyped name: who asked is told, and there is nothing to mend."""
    asked = task in (protocol.TASK_OPEN, protocol.TASK_LIST, protocol.TASK_FIND)
    return asked and isinstance(error, RecordingError | RequestError) and not isinstance(error, WornOutError)


class WornOutError(RequestError):
    """Each attempt ended its worker."""


def _job(task: str, arguments: dict[str, Any], worker: str) -> Job:
    """A piece of work as people are told of it, and as it can be sent again."""
    what = protocol.described(task, arguments)
    return Job(what, environment.site(), str(worker), task, arguments, time.time())


def failure_of(error: Exception, job: Job, traceback: str = "") -> Failure:
    """An error as the sentence that the user will read."""
    if isinstance(error, BattycodaError):
        kind = RequestError if isinstance(error, RequestError) else type(error)
        return Failure(kind.__name__, str(error), job=job)
    if isinstance(error, MemoryError):
        return Failure("RequestError", "The worker has not enough memory for this: ask for a shorter window", job=job)
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return Failure("RecordingError", f"The file could not be read, {MAX_ATTEMPTS} times: {reason}", traceback, job)
    return Failure("ClusterError", f"The worker failed unexpectedly: {type(error).__name__}: {error}", traceback, job)


def work(id: str, job: Job, compute: Callable[[], bytes], *, keep: int = KEEP_RESULT) -> None:
    """Do a piece of work once, however many messages ask for it.

    Raises
    ------
    BattycodaError
        If it cannot be done; also after the third attempt that ended its worker or could not read the file.
    """
    mine = pulse()
    attempt = store().begin(id, mine.claimant, job)
    if attempt in ("done", "busy"):
        return
    if int(attempt) > MAX_ATTEMPTS:
        raise WornOutError(
            f"This was begun {MAX_ATTEMPTS} times and each time its worker ended: it may need more memory than there "
            "is, or the file crashes the reader. Look at the worker's log"
        )
    mine.current = id
    try:
        result = compute()
    except OSError:
        store().release(id, mine.claimant)
        if int(attempt) >= MAX_ATTEMPTS:
            raise
        raise TryAgainError from None
    finally:
        mine.current = None
    store().finish(id, result, keep=keep)


class TryAgainError(Exception):
    """The file could not be read just now."""


def _reader(request: Window, hint: object) -> tuple[Read, int]:
    """What reads the samples of a request from the file that the hint names, and their rate."""
    hint = hint if isinstance(hint, dict) else {}
    path, folder, size = hint.get("path"), hint.get("folder", ""), hint.get("size")
    if not (isinstance(path, str) and isinstance(folder, str) and isinstance(size, int | None)):
        raise RequestError("The hint of where the recording lies must be a path, a folder, and a size in bytes")
    return catalogue().reader(request, path, folder, size)


def spectrogram_blob(request: SpectrogramRequest, hint: object) -> bytes:
    read, sample_rate = _reader(request, hint)
    return encode(compute_levels(read, request, sample_rate=sample_rate), request, sample_rate=sample_rate)


def sound_blob(request: SoundRequest, hint: object) -> bytes:
    read, sample_rate = _reader(request, hint)
    sound, gain = render(read(request.start, request.stop), request, sample_rate=sample_rate)
    return encode_wav(sound, request, sample_rate=sample_rate, gain=gain)


# What can be asked for: how its request is read, and what computes it.
PIECES: dict[str, tuple[Callable[[object], Any], Callable[[Any, object], bytes]]] = {
    protocol.TASK_SPECTROGRAM: (SpectrogramRequest.from_json, spectrogram_blob),
    protocol.TASK_SOUND: (SoundRequest.from_json, sound_blob),
}


RETRY = {
    "autoretry_for": (TryAgainError,),
    "max_retries": MAX_ATTEMPTS,
    "retry_backoff": False,
    "default_retry_delay": 0.5,
}


def _piece(self: Task, request: object, hint: object) -> None:
    read, compute = PIECES[self.name]
    asked = read(request)
    work(asked.digest, _job(self.name, self.request.kwargs, self.request.hostname), partial(compute, asked, hint))


@app.task(name=protocol.TASK_SPECTROGRAM, base=Work, bind=True, **RETRY)
def spectrogram(self: Task, request: dict[str, Any], hint: dict[str, Any]) -> None:
    """Compute one call's spectrogram."""
    _piece(self, request, hint)


@app.task(name=protocol.TASK_SOUND, base=Work, bind=True, **RETRY)
def sound(self: Task, request: dict[str, Any], hint: dict[str, Any]) -> None:
    """Make one call audible."""
    _piece(self, request, hint)


@app.task(name=protocol.TASK_PREFETCH, base=Work, bind=True)
def prefetch(self: Task, client: str, items: list[dict[str, Any]]) -> None:
    """Compute a few calls ahead of their user, less those that the user has walked away from."""
    for item in items:
        task = item.get("task", protocol.TASK_SPECTROGRAM)
        read, compute = PIECES[task]
        asked = read(item["request"])
        if not store().is_wanted(client, asked.digest):
            continue
        job = _job(task, {"request": item["request"], "hint": item["hint"]}, self.request.hostname)
        try:
            work(asked.digest, job, partial(compute, asked, item["hint"]))
        except (BattycodaError, OSError) as error:
            store().fail(asked.digest, failure_of(error, job))  # the next of the slice may well succeed
        except TryAgainError:
            continue  # the user's own request will try


def _answer(self: Task, ask: Callable[[], Any]) -> None:
    """Keep a short answer under the task's own id, as JSON."""
    job = _job(self.name, self.request.kwargs, self.request.hostname)
    work(self.request.id, job, lambda: json.dumps(ask()).encode(), keep=KEEP_ANSWER)


@app.task(name=protocol.TASK_OPEN, base=Work, bind=True, **RETRY)
def open_recording(
    self: Task, path: str, folder: str = "", segments: str | bool | None = None, expected: str | None = None
) -> None:
    """Describe a recording and read its calls."""

    def describe() -> dict[str, Any]:
        if not all(isinstance(text, str) for text in (path, folder, segments or "", expected or "")):
            raise RequestError("The name of a recording must be a text")
        info = archive().describe(path, folder, expected)
        try:
            named = segments if isinstance(segments, str) else None
            calls = None if segments is False else archive().calls(path, folder, named)
        except FileNotFoundError:
            raise RecordingError(f"There is no segment file {segments!r}: is the name right?") from None
        return {"info": info.to_json(), "calls": calls.to_json() if calls is not None else None}

    _answer(self, describe)


@app.task(name=protocol.TASK_LIST, base=Work, bind=True, **RETRY)
def list_recordings(self: Task, pattern: str, folder: str = "") -> None:
    """The recordings below the root whose names fit a pattern."""
    _answer(self, lambda: catalogue().listing(pattern, folder))


@app.task(name=protocol.TASK_FIND, base=Work, bind=True, **RETRY)
def find_recording(self: Task, hash: str) -> None:
    """The name of the recording with this content hash, wherever it lies now; null if it does not lie here."""
    _answer(self, lambda: catalogue().find(hash))


@app.task(name=protocol.TASK_CHECK, base=Work, bind=True)
def check(self: Task) -> None:
    """Whether a task is done, and by whom."""
    _answer(self, lambda: {"worker": self.request.hostname})


@inspect_command(name=protocol.COMMAND_ROOT)
def root(state: Any, **_: Any) -> dict[str, Any]:
    """What each worker alone can know of itself, for `battycoda doctor`: its root, and whether it can be read."""
    return archive().fence.facts()
