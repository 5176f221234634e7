"""A worker and a slice of calls that are wanted ahead."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from celery import Celery

from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.records import Failure
from battycoda_nb.cluster.store import Store
from battycoda_nb.cluster.work import SPECTROGRAM
from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.signal.requests import SpectrogramRequest

Work = Callable[[list[tuple[int, int]]], list[str]]
Items = Callable[[list[tuple[int, int]]], tuple[list[str], list[dict[str, Any]]]]


@pytest.fixture
def app(server: EmbeddedServer) -> Iterator[Celery]:
    app = Celery(broker=server.url, set_as_current=False)
    app.conf.update(protocol.CELERY)
    yield app
    app.close()


@pytest.fixture
def items(tones: Path) -> Items:
    """Pieces of work on windows of a recording, (start, stop): their digests, and as a slice carries them."""
    hash = Archive(Fence(None, own=True)).describe(str(tones)).hash
    hint = {"site": "", "path": str(tones), "folder": ""}

    def items(windows: list[tuple[int, int]]) -> tuple[list[str], list[dict[str, Any]]]:
        # A long hop, so that a long window can be asked for at all.
        requests = [SpectrogramRequest(hash, 0, start, stop, hop_length=128) for start, stop in windows]
        task = SPECTROGRAM.task
        return [request.digest for request in requests], [
            {"task": task, "request": request.to_json(), "location": hint} for request in requests
        ]

    return items


@pytest.fixture
def send(app: Celery, items: Items) -> Work:
    """Send one slice; the digests."""

    def send(windows: list[tuple[int, int]]) -> list[str]:
        ids, works = items(windows)
        app.send_task(protocol.TASK_PREFETCH, kwargs={"client": "me", "items": works}, queue=protocol.queues()[1])
        return ids

    return send


@pytest.fixture
def work_off(
    app: Celery,
    server: EmbeddedServer,
    start_worker: Callable[..., subprocess.Popen[bytes]],
    until: Callable[..., object],
) -> Callable[[], None]:
    """Have a worker do all that was sent."""

    def work_off() -> None:
        last = uuid.uuid4().hex
        app.send_task(protocol.TASK_CHECK, task_id=last, queue=protocol.queues()[1])
        start_worker(server.url, "--pool", "solo", BATTYCODA_EMBEDDED="1")
        until(lambda: Store(redis_client(server.url)).collect([last]), "the last in the queue", 60)

    return work_off


def test_what_the_user_has_walked_away_from_is_not_computed(
    server: EmbeddedServer, send: Work, work_off: Callable[[], None]
) -> None:
    store = Store(redis_client(server.url))
    ids = [id for first in (0, 4, 8) for id in send([(6000 * n, 6000 * n + 6000) for n in range(first, first + 4)])]
    wanted = {*ids[1:3], *ids[8:]}
    store.want("me", list(wanted))
    store.want("somebody else", ids)  # who has not asked for it to be computed
    work_off()
    assert store.finished(ids) == (wanted, set())


def test_one_that_cannot_be_computed_costs_itself_alone(
    server: EmbeddedServer, send: Work, work_off: Callable[[], None]
) -> None:
    store = Store(redis_client(server.url))
    beyond = 10**9
    ids = send([(0, 6000), (beyond, beyond + 6000), (6000, 12_000), (12_000, 18_000)])
    store.want("me", ids)
    work_off()
    assert store.finished(ids) == ({ids[0], *ids[2:]}, {ids[1]})
    failure = store.collect(ids)[ids[1]]
    assert isinstance(failure, Failure) and "ends at sample" in failure.message


SLICE = """
import json, sys
from tasks import tasks

def compute(request, location, compute=tasks.COMPUTE[tasks.SPECTROGRAM.task]):
    return compute(request, location) if request.start != 6000 else 1 // 0

tasks.COMPUTE[tasks.SPECTROGRAM.task] = compute
tasks.prefetch.apply(kwargs=json.load(sys.stdin))
"""


def test_one_that_fails_in_a_way_that_nobody_foresaw_costs_itself_alone(server: EmbeddedServer, items: Items) -> None:
    store = Store(redis_client(server.url))
    ids, works = items([(0, 6000), (6000, 12_000), (12_000, 18_000)])
    store.want("me", ids)
    environment = {**os.environ, "CELERY_BROKER_URL": server.url, "BATTYCODA_EMBEDDED": "1"}
    given = json.dumps({"client": "me", "items": works})
    subprocess.run([sys.executable, "-c", SLICE], input=given, env=environment, text=True, check=True)
    assert store.finished(ids) == ({ids[0], ids[2]}, {ids[1]})
    failure = store.collect(ids)[ids[1]]
    assert isinstance(failure, Failure) and "The worker failed unexpectedly: ZeroDivisionError" in failure.message
    assert failure.traceback.startswith("Traceback")


if sys.platform == "linux":

    def test_what_needs_more_memory_than_there_is_costs_itself_alone(
        app: Celery,
        server: EmbeddedServer,
        send: Work,
        items: Items,
        start_worker: Callable[..., subprocess.Popen[bytes]],
        until: Callable[..., object],
    ) -> None:
        """It ends neither the slice nor the worker, be it computed ahead or asked for."""
        store = Store(redis_client(server.url))

        def done(queue: str) -> bool:
            """Whether a worker has come as far as this in a queue."""
            last = uuid.uuid4().hex
            app.send_task(protocol.TASK_CHECK, task_id=last, queue=queue)
            return bool(until(lambda: store.collect([last]), "the last in the queue"))

        worker = start_worker(server.url, "--pool", "solo", BATTYCODA_EMBEDDED="1")
        first = send([(0, 6000)])
        store.want("me", first)
        assert done(protocol.queues()[1]) and store.finished(first) == (set(first), set())
        limit = psutil.Process(worker.pid).memory_info().vms + 64 * 2**20
        resource.prlimit(worker.pid, resource.RLIMIT_AS, (limit, limit))
        ids = send([(6000, 12_000), (0, 10_000_000), (12_000, 18_000)])
        store.want("me", ids)
        assert done(protocol.queues()[1])
        assert store.finished(ids) == ({ids[0], ids[2]}, {ids[1]})
        [large], [work] = items([(0, 10_000_000)])
        store.forget_failures([large])
        app.send_task(work.pop("task"), kwargs=work, task_id=large, queue=protocol.queues()[0])
        assert done(protocol.queues()[0]) and worker.poll() is None
        failure = store.collect([large])[large]
        assert isinstance(failure, Failure) and failure.code == "too-large"
