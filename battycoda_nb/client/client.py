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

from battycoda_nb.annotations.calls import Calls
from battycoda_nb.cluster import environment, protocol
from battycoda_nb.cluster.address import normal, shown, trouble
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.dispatch import Dispatch
from battycoda_nb.cluster.explain import explain, read_facts
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.cluster.status import Sites, Status, Worker, read_status, read_workers
from battycoda_nb.cluster.store import SILENT_S, Failure, Job, Store
from battycoda_nb.errors import ClusterError, RecordingError, RequestError
from battycoda_nb.formatting import counted
from battycoda_nb.recordings.info import RecordingInfo
from battycoda_nb.recordings.listing import Listed, Listing, read_listing
from battycoda_nb.signal.png import read_header
from battycoda_nb.signal.requests import SoundRequest, SpectrogramRequest, is_digest
from battycoda_nb.signal.wav import read_wav

from .locator import is_pattern, only_site, place
from .preparation import Part, Preparation
from .recording import Recording
from .sequence import RecordingSequence
from .steps import WINDOW, check_window

T = TypeVar("T")
Request = SpectrogramRequest | SoundRequest
Asked = tuple[Request, dict[str, Any], Callable[[bytes], T]]  # what to compute, where the file lies, how to read it

# How each kind of request is sent, and what its answer must be before it is believed.
KINDS: dict[type, tuple[str, Callable[..., object]]] = {
    SpectrogramRequest: (protocol.TASK_SPECTROGRAM, read_header),
    SoundRequest: (protocol.TASK_SOUND, read_wav),
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
        self._store = Store(redis_client(results, timeout=2))
        self._broker_redis = redis_client(broker, timeout=2)

    def open(
        self,
        name: str | os.PathLike[str],
        *,
        calls: str | os.PathLike[str] | Literal[False] | None = None,
        folder: str | os.PathLike[str] | None = None,
        hash: str | None = None,
        window: float = WINDOW,
    ) -> Recording | RecordingSequence:
        """Open a recording, or many as one; waits for a worker to describe it and to read its calls.

        Parameters
        ----------
        name : str
            Relative to the worker's data root, or to this folder where the worker is the notebook's own. With several
            sites ``"basement:2024/night1.wav"``. A content hash (32 hex digits) opens that recording wherever it lies.
            A folder with its slash, ``"night1/"``, or a pattern, ``"2024/**/*.wav"``, opens all recordings that fit as
            one `RecordingSequence`, for which they are only listed now; where a file has that very name, that file.
        calls : str, optional
            A segment file to take the calls from; by default the first one found beside the recording. False: none.
        folder : str, optional
            Where a relative name begins, for the notebook's own worker; by default the current folder.
        hash : str, optional
            The content hash that the file must have, ours or its MD5.
        window : float
            How much a step shows of a recording without calls, in s.

        Raises
        ------
        RecordingError
            If the file is missing, no sound file, not the one with `hash`, or its segment file cannot be read; if no
            recording fits a pattern.
        RequestError
            If there are several sites and none is named; if `calls` or `hash` are given for many recordings.
        ClusterError
            If no worker or no server answers.
        """
        name, folder, window = os.fspath(name), str(folder or Path.cwd()), check_window(window)
        site, path = place(self, name)
        if is_pattern(name):
            files = self._listing(site, path, folder)
            if not files.literal:
                return self._sequence(name, files, folder=folder, calls=calls, hash=hash, window=window)
        return self.opening(site, path, folder, calls=calls, hash=hash, window=window).result()

    def open_one(
        self, name: str, *, folder: str | os.PathLike[str] | None = None, hash: str | None = None
    ) -> Recording:
        """As `open`, for a name that is no pattern, whatever its letters."""
        site, path = place(self, name)
        return self.opening(site, path, str(folder or Path.cwd()), hash=hash).result()

    def opening(
        self,
        site: str,
        path: str,
        folder: str,
        *,
        calls: str | os.PathLike[str] | Literal[False] | None = None,
        hash: str | None = None,
        window: float = WINDOW,
        keep: Callable[[Recording], Recording] = lambda recording: recording,
    ) -> Pending[Recording]:
        """Ask a site's workers to open a file, without waiting; `keep` is given what they opened, as often as that is
        asked for, and says what to take for it.
        """
        segments = os.fspath(calls) if calls else calls
        arguments = {"path": path, "folder": folder, "segments": segments, "expected": hash}

        def read(blob: bytes) -> Recording:
            info, found = _read_opened(blob)
            hint = {"site": site, "path": info.path, "folder": folder, "size": info.size}
            recording = Recording(self, info, found, hint, window=window)
            if calls is False:
                recording.notice = info.notice  # who wants no calls need not be told how to get some
            return keep(recording)

        return self._begin(protocol.TASK_OPEN, arguments, site, read)

    def _sequence(
        self, name: str, files: Listing, *, folder: str, calls: object, hash: str | None, window: float
    ) -> RecordingSequence:
        for option, value in (("calls", calls or None), ("hash", hash)):
            if value is not None:
                raise RequestError(
                    f"{option}={str(value)[:40]!r} belongs to one recording, and {name!r} stands for "
                    f"{counted(len(files), 'recording')}: open the one by its name"
                )
        if not len(files):
            below = f"; with those in folders below it: {name + '**'!r}" if name.endswith("/") else ""
            raise RecordingError(f"No recording fits {name!r}: is the name right{below}?")
        return RecordingSequence(
            self, files, name=name, folder=folder, calls=False if calls is False else None, window=window
        )

    def recordings(self, site: str | None = None, pattern: str = "**/*") -> Listing:
        """The recordings of a site, with rate, channels, duration and number of calls; waits for a worker.

        Parameters
        ----------
        site : str, optional
            By default the only one that there is.
        pattern : str
            Names relative to the worker's root, ``**`` for any folders between: ``"2024/**/*.wav"``; ``"2024/"`` for
            the files of a folder.
        """
        return self._listing(
            only_site(self) if site is None else environment.check_site(site), pattern, str(Path.cwd())
        )

    def _listing(self, site: str, pattern: str, folder: str) -> Listing:
        arguments = {"pattern": pattern, "folder": folder}
        return self._ask(protocol.TASK_LIST, arguments, site, partial(read_listing, site))

    def sites(self) -> Sites:
        """The sites that have living workers, each with these; waits for the server."""
        return Sites(self._workers())

    def _workers(self, within: float = SILENT_S) -> tuple[Worker, ...]:
        try:
            return read_workers(self._store.workers(within))
        except RedisError as error:
            raise self._unreachable(error) from error

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

    def prefetch(self, asked: Iterable[Asked[T]], *, owner: str | None = None, late: bool = False) -> list[Pending[T]]:
        """Ask for results to be computed ahead, in this order, after everything that users wait for.

        Parameters
        ----------
        owner : str, optional
            Who wants them. What the same owner wanted before and does not want now is dropped: it is not computed,
            unless somebody else wants it. Without an owner nothing is dropped.
        late : bool
            Also after what others want ahead: much work that nobody is held up by.
        """
        items = []
        for request, hint, read in asked:
            task, check = KINDS[type(request)]
            pending = Pending(request.digest, read, partial(self.submit, request, hint, read))
            arguments = {"task": task, "request": request.to_json(), "hint": hint}
            items.append((pending, arguments, partial(check, request=request), hint["site"]))
        return self._dispatch.want(owner or uuid.uuid4().hex, items, late=late)

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
        folder = str(Path.cwd())

        def opened(entry: Listed) -> Recording:
            return self.opening(entry.site, entry.path, folder).result()

        parts = (Part(entry.name, entry.site, entry.calls or 0, partial(opened, entry)) for entry in listed)
        return self._prepare(parts, channel, overview)

    def prepare_recordings(
        self, recordings: Iterable[Recording], *, channel: int | None = None, overview: bool | None = None
    ) -> Preparation:
        """Have all calls of some recordings computed in the background."""
        parts = (Part(opened.info.name, "", len(opened), partial(_same, opened)) for opened in recordings)
        return self._prepare(parts, channel, overview)

    def _prepare(self, parts: Iterable[Part], channel: int | None, overview: bool | None) -> Preparation:
        store = Store(redis_client(self._results, timeout=5))
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
        if job.task == protocol.TASK_LIST:
            return read_listing(job.site, blob)
        if job.task == protocol.TASK_OPEN:
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
    url = normal(url) if url else environment.named_broker()
    with _CONNECTING:
        if url:
            results = _checked(url)
            return _client(url, results)
        from battycoda_nb.cluster.embedded import own_server

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
    results = environment.result_url(url)
    for address in {url, results}:
        redis = redis_client(address, timeout=2)
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
