"""The workers of one server, as a notebook asks them: send work and questions, learn what becomes of them."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar

from redis.exceptions import RedisError

from battycoda_nb.annotations.calls import Calls
from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.address import normal, shown, trouble
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.dispatch import Dispatch
from battycoda_nb.cluster.explain import explain, read_facts, start_worker
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.cluster.records import Failure, Job
from battycoda_nb.cluster.starting import coming_sites
from battycoda_nb.cluster.status import Sites, Status, Worker, read_status, read_workers
from battycoda_nb.cluster.store import SILENT_S, Store
from battycoda_nb.cluster.work import Location, Work
from battycoda_nb.errors import ClusterError, RequestError
from battycoda_nb.recordings.info import RecordingInfo
from battycoda_nb.recordings.listing import Listing, read_listing
from battycoda_nb.recordings.time_expansion import AS_THE_FILES_SAY, Expansions
from battycoda_nb.signal.requests import is_digest

from .preparation import Part, Preparation

T = TypeVar("T")


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
class Description:
    """A worker's description of a recording: what is known of it, its calls (None: no segment file), where it lies."""

    info: RecordingInfo
    calls: Calls | None
    location: Location


class Workers:
    """The way to the workers of one server. A `Client` has one, and so has what it opens.

    Parameters
    ----------
    broker, results : str
        Addresses of the servers of queues and of results, such as ``redis://lab:6379/0``.
    describe : callable, optional
        How to have a worker, for the end of a sentence; empty for the usual command.

    Notes
    -----
    Any thread may call any method. `submit`, `prefetch`, `open`, `find` and `check` never wait: they return a
    `Pending`. The others wait for the server, `listing` and `roots` also for a worker.

    Examples
    --------
    >>> import battycoda_nb as bc
    >>> recording = bc.connect().open(bc.sample_recording("sample_bats.wav"))
    >>> work = recording.work.part(1.0, 1.1)
    >>> recording.workers.submit(work).result(timeout=10).title
    'sample_bats.wav, 1.0000 to 1.1000 s'
    >>> recording.workers.task_status(work.digest).state
    'success'
    """

    def __init__(self, broker: str, results: str, *, describe: Callable[[], str] | None = None) -> None:
        self._address, self._results = normal(broker), normal(results)
        self._dispatch = Dispatch(self._address, self._results, describe or (lambda: ""))
        self._store = Store(redis_client(self._results, timeout=2))
        self._queues = redis_client(self._address, timeout=2)

    @property
    def broker(self) -> str:
        """The server's address, as people may see it."""
        return shown(self._address)

    # Work on a recording

    def submit(self, work: Work[Any, T]) -> Pending[T]:
        """Ask for a result that the user waits for. One that is asked for already is joined, and hurried."""
        pending = Pending(work.digest, work.read)
        arguments = {**work.arguments(), "client": self._dispatch.name}
        return self._dispatch.ask(pending, work.kind.task, arguments, work.check, work.site)

    def withdraw(self, pending: Pending[Any]) -> None:
        """Cancel what was submitted. Unless somebody else waits for it, or it is begun, no worker computes it."""
        self._dispatch.withdraw(pending)

    def prefetch(
        self, works: Iterable[Work[Any, T]], *, owner: str | None = None, late: bool = False
    ) -> list[Pending[T]]:
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
        for work in works:
            pending = Pending(work.digest, work.read, partial(self.submit, work))
            items.append((pending, work.item(), work.check, work.site))
        return self._dispatch.want(owner or uuid.uuid4().hex, items, late=late)

    def prepare(
        self, parts: Iterable[Part], *, channel: int | None = None, overview: bool | None = None
    ) -> Preparation:
        """Have many recordings computed in the background, after everything else; `overview` None: both views."""
        store = Store(redis_client(self._results, timeout=5))
        return Preparation(self._dispatch, store, self._address, parts, channel=channel, overview=overview)

    # Questions

    def open(
        self,
        site: str,
        path: str,
        folder: str,
        *,
        calls: str | os.PathLike[str] | Literal[False] | None = None,
        hash: str | None = None,
        expansions: Expansions = AS_THE_FILES_SAY,
        calls_label: str | None = None,
    ) -> Pending[Description]:
        """Ask a site's workers to open a file; the parameters are those of `Client.open`."""
        segments = os.fspath(calls) if calls else calls
        arguments = {"path": path, "folder": folder, "segments": segments, "expected": hash, **expansions.to_json()}
        if calls_label is not None:
            arguments["calls_label"] = calls_label
        return self._ask(protocol.TASK_OPEN, arguments, site, partial(_read_description, site, folder))

    def listing(self, site: str, pattern: str, folder: str, expansions: Expansions = AS_THE_FILES_SAY) -> Listing:
        """The recordings of a site whose names fit a pattern."""
        arguments = {"pattern": pattern, "folder": folder, **expansions.to_json()}
        return self._ask(protocol.TASK_LIST, arguments, site, partial(read_listing, site)).result()

    def find(self, site: str, hash: str) -> Pending[object]:
        """Ask a site's workers under which name the recording with this content lies there; not trusted."""
        return self._ask(protocol.TASK_FIND, {"hash": hash}, site, json.loads)

    def check(self, site: str) -> Pending[object]:
        """Ask a site's workers for a sign of life: a JSON object with the name of the one that answers; not trusted."""
        return self._ask(protocol.TASK_CHECK, {}, site, json.loads)

    def roots(self, workers: list[str], timeout: float) -> dict[str, object]:
        """What each of some workers says of its root, less those that do not answer within `timeout` s."""
        return self._dispatch.ask_each(protocol.COMMAND_ROOT, workers, timeout)

    def _ask(self, task: str, arguments: dict[str, Any], site: str, read: Callable[[bytes], T]) -> Pending[T]:
        return self._dispatch.ask(Pending(uuid.uuid4().hex, read), task, arguments, site=site)

    def when_back(self, site: str, name: Hashable, function: Callable[[], object]) -> None:
        """Call `function` once a site has a worker again, in a thread of the client's: it must not wait.

        It takes the place of what was given under the same name before.
        """
        self._dispatch.returns.add(site, name, function)

    # Who is there

    def alive(self) -> Sites:
        """The sites that have living workers, each with these.

        Raises
        ------
        ClusterError
            If the server does not answer.
        """
        return Sites(self._within(SILENT_S))

    def known(self) -> tuple[Worker, ...]:
        """The workers that the server still knows of, those too that are silent. Raises as `alive` does."""
        return self._within(float("inf"))

    def coming(self) -> set[str]:
        """The sites of workers that are being started: who asks them now is answered. Raises as `alive` does."""
        try:
            return coming_sites(self._store)
        except RedisError as error:
            raise self._unreachable(error) from error

    def _within(self, seconds: float) -> tuple[Worker, ...]:
        try:
            return read_workers(self._store.workers(seconds))
        except RedisError as error:
            raise self._unreachable(error) from error

    def how_to_start(self, site: str) -> str:
        """How to have a worker of a site, for the end of a sentence."""
        return self._dispatch.how_to_start(site)

    def start_command(self, site: str) -> str:
        """The command that starts a worker of a site on a lab machine."""
        return start_worker(self._address, site)

    # What becomes of a task

    def task_status(self, task_id: str) -> TaskStatus:
        """What is known of a task.

        Raises
        ------
        RequestError
            If `task_id` is not one.
        ClusterError
            If the server does not answer.
        """
        fields, outcome = self._record(task_id)
        worker, retries = fields.get("worker", ""), max(int(fields.get("attempt", 1)) - 1, 0)
        if isinstance(outcome, Failure):
            return TaskStatus(task_id, "error", 0.0, worker, retries, outcome.message, outcome.traceback)
        if outcome is not None:
            return TaskStatus(task_id, "success", 1.0, worker, retries)
        state = "processing" if fields.get("state") == "processing" else "pending"
        return TaskStatus(task_id, state, 0.0, worker, retries)

    def why(self, task_id: str) -> str:
        """Why what was asked for here is not there yet, and what to do: a sentence or two for its place on the screen.

        Waits about 2 s at most; that the server does not answer is an answer too.

        Raises
        ------
        RequestError
            If `task_id` is not one.
        """
        check_id(task_id)
        entry = self._dispatch.entry(task_id)
        start = self.how_to_start(entry.site if entry else "")
        try:
            return explain(read_facts(self._store, self._queues, task_id, entry, start))
        except RedisError as error:
            return trouble(self._address, error)

    def retry(self, task_id: str, read: Callable[[Job, bytes], T]) -> Pending[T]:
        """Send a task that failed once more; `read` makes of its job and the bytes that come what the user gets.

        Raises
        ------
        RequestError
            If `task_id` is not one, or no failure of it is known any more.
        ClusterError
            If the server does not answer.
        """
        _, outcome = self._record(task_id)
        if not isinstance(outcome, Failure) or not outcome.job.task:
            raise RequestError(
                f"task_id={task_id[:40]!r} has not failed, or long ago: ask for what it was to give anew"
            )
        job = outcome.job
        pending = Pending(task_id, partial(read, job))
        return self._dispatch.ask(pending, job.task, job.arguments, site=job.site, failed=outcome)

    def status(self) -> Status:
        """Server, sites, workers, queues, running and failed tasks as they are now.

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
        return {name: int(self._queues.llen(name)) for name in names}

    def _record(self, task_id: str) -> tuple[dict[str, str], bytes | Failure | None]:
        check_id(task_id)
        try:
            return self._store.record(task_id)
        except RedisError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: RedisError) -> ClusterError:
        return ClusterError(trouble(self._address, error), code="no-server")

    def close(self) -> None:
        """End the threads. What was asked for and has not come fails."""
        self._dispatch.close()

    @property
    def closed(self) -> bool:
        return self._dispatch.closed

    def __repr__(self) -> str:
        return f"<Workers of {self.broker}>"


def check_id(task_id: object) -> None:
    """Raise a `RequestError` if this is not the id of a task."""
    if not is_digest(task_id):
        raise RequestError(
            f"task_id={str(task_id)[:40]!r} is not the id of a task: it has 32 hex digits, such as pending.task_id"
        )


def read_description(job: Job, blob: bytes) -> Description:
    """The answer to a task that opened a recording and was sent once more."""
    return _read_description(job.site, str(job.arguments.get("folder", "")), blob)


def _read_description(site: str, folder: str, blob: bytes) -> Description:
    try:
        answer = json.loads(blob)
        info, calls = answer["info"], answer["calls"]
    except (ValueError, KeyError, TypeError) as error:
        raise ClusterError(f"The worker's answer cannot be read ({error}): is it of the same version?") from error
    read = RecordingInfo.from_json(info)
    location = Location(site, read.path, folder, read.size)
    return Description(read, None if calls is None else Calls.from_json(calls), location)
