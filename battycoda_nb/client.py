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
from typing import Any, Literal, TypeVar

from redis.exceptions import RedisError

from . import config
from .address import normal, shown, trouble
from .blob import read_header
from .calls import Calls
from .dispatch import Dispatch, start_worker
from .errors import ClusterError, RecordingError, RequestError
from .listing import Listing, read_listing
from .pending import Pending
from .preparation import Part, Preparation
from .recording import Recording
from .recordings_info import RecordingInfo
from .requests import SpectrogramRequest, is_digest
from .sound import SoundRequest
from .status import Sites, Status, Worker, by_site, read_status, read_workers
from .store import SILENT_S, Failure, Job, Store
from .wav import read_wav
from .why import explain, nobody, read_facts

T = TypeVar("T")
Request = SpectrogramRequest | SoundRequest
Asked = tuple[Request, dict[str, Any], Callable[[bytes], T]]  # what to compute, where the file lies, how to read it

# How each kind of request is sent, and what its answer must be before it is believed.
KINDS: dict[type, tuple[str, Callable[..., object]]] = {
    SpectrogramRequest: (config.TASK_SPECTROGRAM, read_header),
    SoundRequest: (config.TASK_SOUND, read_wav),
}


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


class Client:
    """Asks workers for spectrograms. `connect` makes one.

    Notes
    -----
    Any thread may call any method. `open`, `task_status` and `status` wait for the server; the rest never waits.
    """

    def __init__(self, broker: str, results: str, *, describe: Callable[[], str] | None = None) -> None:
        broker, results = normal(broker), normal(results)
        self.broker = shown(broker)
        self._address, self._results = broker, results
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
            Relative to the worker's data root, or to this folder where the worker is the notebook's own. With several
            sites ``"basement:2024/night1.wav"``. A content hash (32 hex digits) opens that recording wherever it lies.
        calls : str, optional
            A segment file to take the calls from; by default the first one found beside the recording. False: none.
        folder : str, optional
            Where a relative name begins, for the notebook's own worker; by default the current folder.
        hash : str, optional
            The content hash that the file must have, ours or its MD5.

        Raises
        ------
        RecordingError
            If the file is missing, no sound file, not the one with `hash`, or its segment file cannot be read.
        RequestError
            If there are several sites and none is named.
        ClusterError
            If no worker or no server answers.
        """
        site, path = self._place(os.fspath(name))
        segments = os.fspath(calls) if calls else calls
        folder = str(folder or Path.cwd())
        arguments = {"path": path, "folder": folder, "segments": segments, "expected": hash}
        info, found = self._ask(config.TASK_OPEN, arguments, site, _read_opened)
        return Recording(self, info, found, {"site": site, "path": info.path, "folder": folder, "size": info.size})

    def recordings(self, site: str | None = None, pattern: str = "**/*") -> Listing:
        """The recordings of a site, with rate, channels, duration and number of calls; waits for a worker.

        Parameters
        ----------
        site : str, optional
            By default the only one that there is.
        pattern : str
            Names relative to the worker's root, ``**`` for any folders between: ``"2024/**/*.wav"``.
        """
        site = self._only_site() if site is None else config.check_site(site)
        arguments = {"pattern": pattern, "folder": str(Path.cwd())}
        return self._ask(config.TASK_LIST, arguments, site, partial(read_listing, site))

    def sites(self) -> Sites:
        """The sites that have living workers, each with these; waits for the server."""
        return Sites(self._workers())

    def _workers(self, within: float = SILENT_S) -> tuple[Worker, ...]:
        try:
            return read_workers(self._store.workers(within))
        except RedisError as error:
            raise self._unreachable(error) from error

    def _only_site(self) -> str:
        """The site of a name that names none: that of the workers without one, else the only one."""
        sites = list(by_site(self._workers()))
        if not sites:  # none that lives: those that are silent may be back within the time that we wait
            sites = sorted({worker.site for worker in self._workers(within=float("inf"))})
        if "" in sites or not sites:
            return ""
        if len(sites) > 1:
            raise RequestError(
                f"Recordings lie at {', '.join(sites)}: say at which, such as client.open('{sites[0]}:night1.wav')"
            )
        return sites[0]

    def _place(self, name: str) -> tuple[str, str]:
        """Site and path of what the user named."""
        if is_digest(name):
            return self._find(name)
        site, colon, path = name.partition(":")
        if not (colon and path and config.is_site(site)):
            return self._only_site(), name
        sites = self.sites()
        if site in sites:
            return site, path
        if "" in sites:
            return "", name  # a colon may stand in a file's name
        if silent := [worker for worker in self._workers(within=float("inf")) if worker.site == site]:
            raise ClusterError(nobody(site, silent, self._dispatch.how_to_start(site)))
        here = f"the sites here are {', '.join(sites)}" if sites else "no worker of any site has been heard of"
        raise ClusterError(
            f"No worker of site {site!r} has been heard of; {here}. Is the name right? On the lab machine: "
            f"{start_worker(self._address, site)}"
        )

    def _find(self, hash: str) -> tuple[str, str]:
        """Site and path of the recording with this content, wherever it lies now."""
        sites = list(self.sites()) or [""]
        asked = {site: self._begin(config.TASK_FIND, {"hash": hash}, site, json.loads) for site in sites}
        for site, pending in asked.items():
            if isinstance(path := pending.result(), str):
                return site, path
        where = ", ".join(site or "the workers without a site" for site in sites)
        raise RecordingError(f"No recording with the content hash {hash} lies at {where}: was it deleted or edited?")

    def _begin(self, task: str, arguments: dict[str, Any], site: str, read: Callable[[bytes], T]) -> Pending[T]:
        return self._dispatch.ask(Pending(uuid.uuid4().hex, read), task, arguments, site=site)

    def _ask(self, task: str, arguments: dict[str, Any], site: str, read: Callable[[bytes], T]) -> T:
        return self._begin(task, arguments, site, read).result()

    def submit(self, request: Request, hint: dict[str, Any], read: Callable[[bytes], T]) -> Pending[T]:
        """Ask for a result that the user waits for. One that is asked for already is joined, and hurried."""
        task, check = KINDS[type(request)]
        arguments = {"request": request.to_json(), "hint": hint}
        return self._dispatch.ask(
            Pending(request.digest, read), task, arguments, partial(check, request=request), hint["site"]
        )

    def prefetch(self, asked: Iterable[Asked[T]], *, owner: str | None = None) -> list[Pending[T]]:
        """Ask for results to be computed ahead, in this order, after everything that users wait for.

        Parameters
        ----------
        owner : str, optional
            Who wants them. What the same owner wanted before and does not want now is dropped: it is not computed,
            unless somebody else wants it. Without an owner nothing is dropped.
        """
        items = []
        for request, hint, read in asked:
            task, check = KINDS[type(request)]
            pending = Pending(request.digest, read, partial(self.submit, request, hint, read))
            arguments = {"task": task, "request": request.to_json(), "hint": hint}
            items.append((pending, arguments, partial(check, request=request), hint["site"]))
        return self._dispatch.want(owner or uuid.uuid4().hex, items)

    def prepare(
        self,
        site: str | None = None,
        pattern: str = "**/*",
        *,
        channel: int | None = None,
        overview: bool | None = None,
    ) -> Preparation:
        """Have the calls of all recordings of a site that fit a pattern computed in the background; lists them first.

        Parameters
        ----------
        site, pattern
            As for `recordings`.
        channel : int, optional
            By default the one that the segment file names for each call.
        overview : bool, optional
            Only the overviews, or only the detail views; by default both.
        """
        listed = [entry for entry in self.recordings(site, pattern) if entry.calls]
        parts = (Part(entry.name, entry.site, entry.calls or 0, partial(self.open, entry.name)) for entry in listed)
        return self._prepare(parts, channel, overview)

    def prepare_recordings(
        self, recordings: Iterable[Recording], *, channel: int | None = None, overview: bool | None = None
    ) -> Preparation:
        """Have all calls of some recordings computed in the background."""
        parts = (Part(opened.info.name, "", len(opened), partial(_same, opened)) for opened in recordings)
        return self._prepare(parts, channel, overview)

    def _prepare(self, parts: Iterable[Part], channel: int | None, overview: bool | None) -> Preparation:
        store = Store(config.redis_client(self._results, timeout=5))
        return Preparation(self._dispatch, store, self._address, parts, channel=channel, overview=overview)

    def task_status(self, task_id: str) -> TaskStatus:
        """What is known of a task, from the server.

        Raises
        ------
        RequestError
            If `task_id` is not one.
        ClusterError
            If the server does not answer.
        """
        check_id(task_id)
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

    def why(self, task_id: str) -> str:
        """Why what was asked for here is not there yet, and what to do: a sentence or two for its place on the screen.

        Waits for the server, about 2 s at most; that it does not answer is an answer too.

        Raises
        ------
        RequestError
            If `task_id` is not one.
        """
        check_id(task_id)
        entry = self._dispatch.entry(task_id)
        start = self._dispatch.how_to_start(entry.site if entry else "")
        try:
            return explain(read_facts(self._store, self._broker_redis, task_id, entry, start))
        except RedisError as error:
            return trouble(self._address, error)

    def status(self) -> Status:
        """Server, sites, workers, queues, running and failed tasks as they are now; waits for the server.

        Raises
        ------
        ClusterError
            If the server does not answer.
        """
        try:
            return read_status(self.broker, self._store, self._queue_lengths)
        except RedisError as error:
            raise self._unreachable(error) from error

    def _queue_lengths(self, names: Iterable[str]) -> dict[str, int]:
        return {name: int(self._broker_redis.llen(name)) for name in names}

    def retry(self, task_id: str) -> Pending[Any]:
        """Send a task that failed once more.

        Its result is what the first one was to give: a `Recording`, a `Listing`. That of a spectrogram or a sound is
        the PNG or WAV file, as bytes: the recording gives the picture or the player of the same call at once then.

        Raises
        ------
        RequestError
            If `task_id` is not one, or no failure of it is known any more.
        ClusterError
            If the server does not answer.
        """
        check_id(task_id)
        try:
            _, outcome = self._store.record(task_id)
        except RedisError as error:
            raise self._unreachable(error) from error
        if not isinstance(outcome, Failure) or not outcome.job.task:
            raise RequestError(
                f"task_id={task_id[:40]!r} has not failed, or long ago: ask for what it was to give anew"
            )
        job = outcome.job
        pending: Pending[Any] = Pending(task_id, partial(self._read_anew, job))
        return self._dispatch.ask(pending, job.task, job.arguments, site=job.site, failed=outcome)

    def _read_anew(self, job: Job, blob: bytes) -> Recording | Listing | bytes:
        if job.task == config.TASK_LIST:
            return read_listing(job.site, blob)
        if job.task == config.TASK_OPEN:
            info, found = _read_opened(blob)
            folder = str(job.arguments.get("folder", ""))
            return Recording(
                self, info, found, {"site": job.site, "path": info.path, "folder": folder, "size": info.size}
            )
        return blob

    def close(self) -> None:
        """End the client's threads. What was asked for and has not come fails."""
        self._dispatch.close()

    @property
    def closed(self) -> bool:
        return self._dispatch.closed

    def _unreachable(self, error: RedisError) -> ClusterError:
        return ClusterError(trouble(self._address, error))

    def __repr__(self) -> str:
        return f"<Client of {self.broker}>"


def connect(url: str | None = None, *, workers: int = 1) -> Client:
    """A client of the server at `url`, of the one that the settings name, or else of one started for this process.

    Parameters
    ----------
    url : str, optional
        Such as ``redis://lab:6379/0``; without it ``CELERY_BROKER_URL``, or the file that ``BATTYCODA_BROKER_FILE``
        names.
    workers : int
        How many worker processes to start with a server of our own.

    Raises
    ------
    ClusterError
        If no server answers there, or none can be started here.
    """
    url = normal(url) if url else config.named_broker()
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
    results = config.result_url(url)
    for address in {url, results}:
        redis = config.redis_client(address, timeout=2)
        try:
            redis.ping()
        except RedisError as error:
            raise ClusterError(
                f"{trouble(address, error)} (connect() without an address starts a server for this notebook)"
            ) from error
        finally:
            redis.close()
    return results


def _same(recording: Recording) -> Recording:
    return recording


def check_id(task_id: object) -> None:
    """Raise a `RequestError` if this is not the id of a task."""
    if not is_digest(task_id):
        raise RequestError(
            f"task_id={str(task_id)[:40]!r} is not the id of a task: it has 32 hex digits, such as pending.task_id"
        )


def _read_opened(blob: bytes) -> tuple[RecordingInfo, Calls | None]:
    try:
        answer = json.loads(blob)
        info, calls = answer["info"], answer["calls"]
    except (ValueError, KeyError, TypeError) as error:
        raise ClusterError(f"The worker's answer cannot be read ({error}): is it of the same version?") from error
    return RecordingInfo.from_json(info), None if calls is None else Calls.from_json(calls)
