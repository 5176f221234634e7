"""The HTTP endpoints' part of the cluster: one client, the recordings opened with it, and what is waited for.

Nothing here keeps the Jupyter server's event loop waiting: what waits does so in a thread, and results are told to the
loop by the client's own.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from battycoda_nb.annotations.formats.read import sidecar_names
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.errors import ClusterError, RequestError
from battycoda_nb.recordings.data_root import Fence

from .query import Query

if TYPE_CHECKING:
    from battycoda_nb.client.client import Client
    from battycoda_nb.client.recording import Recording
    from battycoda_nb.cluster.status import Status
    from battycoda_nb.cluster.work import Work

T = TypeVar("T")

PATIENCE = 60.0  # s that a request waits until it is told to come again
AHEAD = 8  # calls that prefetch=true has computed ahead
_KEPT_OPEN = 64
_KEPT_TASKS = 1000
_UNSEEN_FOR = 10.0  # s for which a recording that lies on another machine is taken to be unchanged

State = tuple[tuple[int, ...] | None, ...]


async def in_thread(work: Callable[[], T]) -> T:
    """`work` done in a thread of its own; an ending Jupyter server does not wait for it, as it would for a pool's."""
    future: Future[T] = Future()

    def run() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            value = work()
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            future.set_exception(error)
        else:
            future.set_result(value)

    threading.Thread(target=run, name="battycoda-endpoint", daemon=True).start()
    return await asyncio.wrap_future(future)


async def finished(pending: Pending[T]) -> Pending[T]:
    """Wait until `pending` is done, however it ends.

    Raises
    ------
    TimeoutError
        After `PATIENCE` seconds; the work goes on.
    """
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    pending.add_done_callback(lambda _: loop.call_soon_threadsafe(done.set))
    await _patiently(done.wait())
    return pending


async def _patiently(work: Awaitable[T]) -> T:
    try:
        return await asyncio.wait_for(work, PATIENCE)
    except TimeoutError:
        raise TimeoutError(
            f"Not done within {PATIENCE:g} s; the workers go on, so ask again: with async=true you need not wait"
        ) from None


@dataclass
class Opened:
    """A recording that is open, or being opened, and how its files looked before that."""

    state: State
    recording: asyncio.Task[Recording]
    since: float = field(default_factory=time.monotonic)

    def is_of(self, state: State) -> bool:
        """Whether the recording and its segment files are as they were, as far as can be seen from here."""
        return self.state == state and (state[0] is not None or time.monotonic() - self.since < _UNSEEN_FOR)


class Cluster:
    """The client of the endpoints and what they asked it for.

    Parameters
    ----------
    root : Path
        The folder that Jupyter serves: names are relative to it, and nothing outside of it is asked for.

    Notes
    -----
    For the thread of the event loop alone.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._fence = Fence(self.root)
        self._client: Client | None = None
        self._opened: OrderedDict[tuple[Any, ...], Opened] = OrderedDict()
        self._tasks: OrderedDict[str, str] = OrderedDict()  # what was asked for here: why it failed, "" while it waits

    async def client(self) -> Client:
        """The client of the server that ``CELERY_BROKER_URL`` names, or else of one that is started now."""
        if self._client is None or self._client.closed:
            try:
                self._client = await in_thread(_connect)
            except RequestError as error:  # an address that is none: not this request's fault
                raise ClusterError(str(error), code="no-server") from error
            self._opened.clear()
        return self._client

    async def recording(self, query: Query) -> Recording:
        """The recording that a query names, opened by a worker at its first use and after each change of its files.

        Raises
        ------
        RecordingError
            If it is not there, leads out of the root, is no sound file, or has another hash than the query says.
        TimeoutError
            If no worker comes to it within `PATIENCE` seconds; it is opened all the same.
        """
        client = await self.client()
        state = await _patiently(in_thread(partial(self._state, query.wav_path)))
        key = query.recording
        opened = self._opened.get(key)
        if opened is None or not opened.is_of(state):
            work = partial(
                client.open_one,
                query.wav_path,
                folder=self.root,
                hash=query.hash or None,
                time_expansion=query.time_expansion,
                calls_time_expansion=query.calls_time_expansion,
            )
            opened = self._opened[key] = Opened(state, asyncio.ensure_future(in_thread(work)))
            opened.recording.add_done_callback(partial(self._forget_failed, key))
        self._opened.move_to_end(key)
        while len(self._opened) > _KEPT_OPEN:
            self._opened.popitem(last=False)
        return await _patiently(asyncio.shield(opened.recording))

    def forget(self, query: Query) -> None:
        """Open the recording anew at its next use: a worker has found that it changed."""
        self._opened.pop(query.recording, None)

    def _forget_failed(self, key: tuple[Any, ...], recording: asyncio.Task[Recording]) -> None:
        if recording.cancelled() or recording.exception() is not None:
            opened = self._opened.get(key)
            if opened is not None and opened.recording is recording:
                del self._opened[key]

    def _state(self, name: str) -> State:
        """Size and times of a recording and of its segment files; None for what does not lie here.

        Raises
        ------
        RecordingError
            If one of them is a link that leads out of the root. What lies at a site is its worker's to guard.
        """
        return tuple(self._stat(other) for other in (name, *sidecar_names(name)))

    def _stat(self, name: str) -> tuple[int, ...] | None:
        try:
            status = self._fence.resolve(name).stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns

    async def is_kept(self, digest: str) -> bool:
        """Whether a result is there already."""
        client = await self.client()
        return (await in_thread(partial(client.task_status, digest))).state == "success"

    async def submit(self, work: Work[Any, Any]) -> Pending[Any]:
        """Ask for a result, which `task` then knows about."""
        pending = (await self.client()).workers.submit(work)
        self._tasks[pending.task_id] = ""
        self._tasks.move_to_end(pending.task_id)
        while len(self._tasks) > _KEPT_TASKS:
            self._tasks.popitem(last=False)
        loop = asyncio.get_running_loop()
        pending.add_done_callback(lambda done: loop.call_soon_threadsafe(self._note, done))
        return pending

    def _note(self, pending: Pending[Any]) -> None:
        error = pending.error()
        if error is None:
            self._tasks.pop(pending.task_id, None)
        else:
            self._tasks[pending.task_id] = str(error)

    def prefetch(self, recording: Recording, query: Query, session: str) -> list[Pending[Any]]:
        """Have the calls after a query's computed ahead; what the session wanted before of this view is dropped."""
        works = []
        for call in range(query.call + 1, min(query.call + 1 + AHEAD, len(recording.calls))):
            try:
                works.append(recording.work.call(call, channel=query.channel, overview=query.overview))
            except RequestError:
                continue  # said when the user gets there
        # A page shows a call's views side by side: each has its own calls ahead.
        owner = f"{session} {recording.info.hash} {query.channel} {query.overview}"
        return recording.workers.prefetch(works, owner=owner)

    async def task(self, id: str) -> dict[str, Any] | None:
        """What is known of a task, as ``status/task`` answers it; None if nothing is."""
        was_asked = id in self._tasks  # before the server is: it may be done by then
        status = await in_thread(partial((await self.client()).task_status, id))
        if status.state == "pending" and not was_asked:
            return None
        failure = self._tasks.get(id)
        state, message = status.state, status.error
        if failure and state in ("pending", "processing"):  # what only the client knows: that no worker is there
            state, message = "error", failure
        elif failure == "" and state == "error":  # of the last time: it was asked for anew
            state, message = "pending", ""
        return {
            "status": state,
            "task_id": id,
            "progress": status.progress,
            "message": message or _MESSAGES[state],
            "worker": status.worker,
            "retries": status.retries,
        }

    async def status(self) -> dict[str, Any]:
        """What the cluster is doing, as ``debug/celery_status`` answers it."""
        return cluster_json(await in_thread((await self.client()).status))


_MESSAGES = {
    "pending": "It waits for a worker",
    "processing": "It is being computed",
    "success": "It is there: ask for the picture again",
    "error": "It failed",
}


def cluster_json(status: Status) -> dict[str, Any]:
    """A `Status` under the names of Celery's inspection. Our workers reserve nothing beside what they run."""
    known = status.to_json()
    same = {name: known[name] for name in ("broker", "workers", "queues", "failed")}
    return {**same, "active": known["running"], "reserved": []}


def _connect() -> Client:
    from battycoda_nb.client.client import connect  # Celery, which takes a while to import: here nobody waits for it

    return connect()
