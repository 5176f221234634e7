"""The notebook's side: ask workers, be told, wait only where the user said so."""

from __future__ import annotations

import json
import os
import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from redis.exceptions import RedisError

from . import config
from .blob import read_header
from .calls import Calls
from .dispatch import Dispatch
from .errors import ClusterError, RequestError
from .pending import Pending
from .recording import Recording
from .recordings_info import RecordingInfo
from .requests import SpectrogramRequest
from .spectrogram import Spectrogram
from .store import Failure, Store

Asked = tuple[SpectrogramRequest, dict[str, str], Callable[[bytes], Spectrogram]]


@dataclass(frozen=True)
class TaskStatus:
    """What is known of a task.

    Attributes
    ----------
    state : str
        ``"pending"``, ``"processing"``, ``"success"`` or ``"error"``.
    progress : float
        0 to 1.
    worker : str
        Who computes or computed it; empty while it is queued.
    retries : int
        How often it was begun again.
    error, traceback : str
        The sentence for the user, and the worker's traceback where the failure was unexpected.
    """

    task_id: str
    state: str
    progress: float = 0.0
    worker: str = ""
    retries: int = 0
    error: str = ""
    traceback: str = ""


@dataclass(frozen=True)
class Status:
    """What the cluster is doing: shows itself as a table."""

    broker: str
    workers: dict[str, dict[str, Any]]
    queued: dict[str, int]

    def rows(self) -> list[tuple[str, str]]:
        rows = [("broker", self.broker)]
        for name, facts in self.workers.items():
            doing = f"computing {facts['current']}" if facts.get("current") else "idle"
            rows.append((f"worker {name}", f"{doing}, version {facts.get('version', '?')}"))
        if not self.workers:
            rows.append(("workers", "none has been heard of for 5 s"))
        return rows + [(f"queue {name}", f"{count} waiting") for name, count in self.queued.items()]

    def __repr__(self) -> str:
        return "\n".join(f"{name:<28} {value}" for name, value in self.rows())

    def _repr_html_(self) -> str:
        from html import escape

        cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in self.rows())
        return f"<table>{cells}</table>"


class Client:
    """Asks workers for spectrograms. `connect` makes one.

    Notes
    -----
    Any thread may call any method. `open`, `task_status` and `status` wait for the server; the rest never waits.
    """

    def __init__(self, broker: str, results: str, *, describe: Callable[[], str] | None = None) -> None:
        self.broker = config.shown(broker)
        self._dispatch = Dispatch(broker, results, describe or (lambda: ""))
        self._store = Store(config.redis_client(results, timeout=2))
        self._broker_redis = config.redis_client(broker, timeout=2)

    def open(
        self,
        name: str | os.PathLike[str],
        *,
        calls: str | os.PathLike[str] | Literal[False] | None = None,
        folder: str | os.PathLike[str] | None = None,
        hash: str | None = None,
    ) -> Recording:
        """Open a recording; waits for a worker to describe it and to read its calls.

        Parameters
        ----------
        name : str
            Relative to the worker's data root, or to this folder where the worker is the notebook's own.
        calls : str, optional
            A segment file to take the calls from; by default the first one found beside the recording. False: none.
        folder : str, optional
            What the name is relative to in place of this folder.
        hash : str, optional
            The recording's content hash, or the MD5 of its file: another recording of that name is refused.

        Raises
        ------
        RecordingError
            If the file is missing, no sound file, not the one with that hash, or its segment file cannot be read.
        ClusterError
            If no worker or no server answers.
        """
        folder = str(folder or Path.cwd())
        segments = os.fspath(calls) if calls else calls
        arguments = {"path": os.fspath(name), "folder": folder, "segments": segments, "expected": hash or ""}
        pending = self._dispatch.ask(Pending(uuid.uuid4().hex, _read_answer), config.TASK_OPEN, arguments)
        info, found = pending.result()
        return Recording(self, info, found, folder)

    def submit(
        self, request: SpectrogramRequest, hint: dict[str, str], read: Callable[[bytes], Spectrogram]
    ) -> Pending[Spectrogram]:
        """Ask for a result that the user waits for. One that is asked for already is joined, and hurried."""
        return self._dispatch.ask(
            Pending(request.digest, read),
            config.TASK_SPECTROGRAM,
            {"request": request.to_json(), "hint": hint},
            check=partial(_check, request),
        )

    def prefetch(self, asked: Iterable[Asked], *, owner: str | None = None) -> list[Pending[Spectrogram]]:
        """Ask for results to be computed ahead, in this order, after everything that users wait for.

        Parameters
        ----------
        owner : str, optional
            Who wants them. What the same owner wanted before and does not want now is dropped: it is not computed,
            unless somebody else wants it. Without an owner nothing is dropped.
        """
        items = [
            (
                Pending(request.digest, read, partial(self.submit, request, hint, read)),
                {"request": request.to_json(), "hint": hint},
                partial(_check, request),
            )
            for request, hint, read in asked
        ]
        return self._dispatch.want(owner or uuid.uuid4().hex, items)

    def task_status(self, task_id: str) -> TaskStatus:
        """What is known of a task, from the server.

        Raises
        ------
        ClusterError
            If the server does not answer.
        """
        try:
            fields, outcome = self._store.record(task_id)
        except RedisError as error:
            raise self._unreachable(error) from error
        worker, retries = fields.get("worker", ""), max(int(fields.get("attempt", 1)) - 1, 0)
        if isinstance(outcome, Failure):
            return TaskStatus(task_id, "error", 0.0, worker, retries, outcome.message, outcome.traceback)
        if outcome is not None:
            return TaskStatus(task_id, "success", 1.0, worker, retries)
        return TaskStatus(
            task_id, "processing" if fields.get("state") == "processing" else "pending", 0.0, worker, retries
        )

    def status(self) -> Status:
        """Broker, workers and queues as they are now; waits for the server."""
        try:
            workers = self._store.workers()
            queued = {name: int(self._broker_redis.llen(name)) for name in config.QUEUES}
        except RedisError as error:
            raise self._unreachable(error) from error
        return Status(self.broker, workers, queued)

    def close(self) -> None:
        """End the client's threads. What was asked for and has not come fails."""
        self._dispatch.close()

    @property
    def closed(self) -> bool:
        return self._dispatch.closed

    def _unreachable(self, error: RedisError) -> ClusterError:
        return ClusterError(f"No server answers at {self.broker} ({error}): is it running, and reachable from here?")

    def __repr__(self) -> str:
        return f"<Client of {self.broker}>"


def connect(url: str | None = None, *, workers: int = 1) -> Client:
    """A client of the server at `url`, of ``CELERY_BROKER_URL``, or else of one that is started for this process.

    Parameters
    ----------
    url : str, optional
        Such as ``redis://lab:6379/0``.
    workers : int
        How many worker processes to start with a server of our own.

    Raises
    ------
    ClusterError
        If no server answers there, or none can be started here.
    """
    url = url or os.environ.get("CELERY_BROKER_URL")
    with _CONNECTING:
        if url:
            results = _checked(url)
            return _client(url, results)
        from .embedded import own_server

        server, started = own_server(workers)
        if started:
            print(server.greeting)
        return _client(server.url, server.url, server.trouble)


_CONNECTING = threading.Lock()
_CLIENTS: dict[tuple[int, str, str], Client] = {}


def _client(broker: str, results: str, describe: Callable[[], str] | None = None) -> Client:
    """This process's client of a server: a cell that is run again gets the same one, not two more threads."""
    key = (os.getpid(), broker, results)  # a forked child has none of its parent's threads
    client = _CLIENTS.get(key)
    if client is None or client.closed:
        client = _CLIENTS[key] = Client(broker, results, describe=describe)
    return client


def _checked(url: str) -> str:
    """Where a server keeps results, once both have answered."""
    if not url.startswith(("redis://", "rediss://", "redis+socket://")):
        raise RequestError(f"{config.shown(url)!r} is not an address: it looks like redis://lab:6379/0")
    results = config.result_url(url)
    for address in {url, results}:
        redis = config.redis_client(address, timeout=2)
        try:
            redis.ping()
        except RedisError as error:
            raise ClusterError(
                f"No server answers at {config.shown(address)} ({error}): is it running, and reachable from here? "
                "connect() without an address starts one for this notebook"
            ) from error
        finally:
            redis.close()
    return results


def _check(request: SpectrogramRequest, blob: bytes) -> None:
    read_header(blob, request)


def _read_answer(blob: bytes) -> tuple[RecordingInfo, Calls | None]:
    try:
        answer = json.loads(blob)
        info, calls = answer["info"], answer["calls"]
    except (ValueError, KeyError, TypeError) as error:
        raise ClusterError(f"The worker's answer cannot be read ({error}): is it of the same version?") from error
    return RecordingInfo.from_json(info), None if calls is None else Calls.from_json(calls)
