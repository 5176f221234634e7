"""The contract between clients and workers, kept by real ones."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import soundfile
from celery import Celery

from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.store import CHANNEL, Store
from battycoda_nb.cluster.work import SPECTROGRAM
from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.signal.requests import SpectrogramRequest


def test_the_order_of_the_queues_is_their_priority(
    server: EmbeddedServer, start_worker: Callable[..., subprocess.Popen[bytes]], until: Callable[..., object]
) -> None:
    """A burst for each queue, the last one's sent first: one request alone would go first in any order."""
    app = Celery(broker=server.url, set_as_current=False)
    app.conf.update(protocol.CELERY)
    sent: dict[str, list[str]] = {queue: [uuid.uuid4().hex for _ in range(12)] for queue in protocol.queues()}
    for queue in reversed(protocol.queues()):
        for task in sent[queue]:
            app.send_task(protocol.TASK_CHECK, task_id=task, queue=queue)
    app.close()
    done: list[str] = []
    with redis_client(server.url).pubsub(ignore_subscribe_messages=True) as announced:
        announced.subscribe(CHANNEL)
        start_worker(server.url, "--pool", "solo")

        def finished() -> bool:
            message = announced.get_message(timeout=0.1)
            done.extend([message["data"].decode()] if message else [])
            return len(done) == 36

        until(finished, "all are answered", 60)
    assert done == [task for queue in protocol.queues() for task in sent[queue]]


def test_a_worker_holds_one_message_until_its_work_is_done(
    server: EmbeddedServer,
    start_worker: Callable[..., subprocess.Popen[bytes]],
    until: Callable[..., object],
    tmp_path: Path,
) -> None:
    """Else a worker that is killed takes along what it was given, and a user's request waits behind what it holds.

    Its child is stopped while it computes; the parent, which would acknowledge and fetch more, goes on.
    """
    soundfile.write(tmp_path / "long.wav", np.random.default_rng(1).normal(0, 0.1, 20_000_000), 250_000)
    hash = Archive(Fence(None, own=True)).describe(str(tmp_path / "long.wav")).hash
    request = SpectrogramRequest(hash, 0, 0, 20_000_000, hop_length=128, pool=1024)
    arguments = {"request": request.to_json(), "location": {"path": str(tmp_path / "long.wav"), "folder": ""}}
    queue, redis = protocol.queues()[0], redis_client(server.url)
    app = Celery(broker=server.url, set_as_current=False)
    app.conf.update(protocol.CELERY)
    app.send_task(SPECTROGRAM.task, kwargs=arguments, queue=queue)
    for _ in range(5):
        app.send_task(protocol.TASK_CHECK, queue=queue)
    worker = start_worker(server.url, "--pool", "prefork", "--concurrency", "1", BATTYCODA_EMBEDDED="1")
    store = Store(redis)
    until(lambda: store.being_computed([request.digest]), "it is computed", 30)
    [child] = psutil.Process(worker.pid).children()
    child.suspend()
    try:
        assert store.finished([request.digest]) == (set(), set()), "half a second's work"
        until(lambda: app.control.ping(timeout=0.5), "the parent goes on", 30)
        assert (redis.hlen("unacked"), redis.llen(queue)) == (1, 5)
        assert SPECTROGRAM.task.encode() in redis.hvals("unacked")[0]
    finally:
        child.resume()
    until(lambda: store.finished([request.digest])[0], "it is done", 30)
    until(lambda: redis.hlen("unacked") == redis.llen(queue) == 0, "and so are the others", 30)
    app.close()


def test_a_pickle_is_no_message(
    server: EmbeddedServer, start_worker: Callable[..., subprocess.Popen[bytes]], until: Callable[..., object]
) -> None:
    """The worker refuses it by its type, without reading it, and goes on."""
    store, queue = Store(redis_client(server.url)), protocol.queues()[0]
    pickled, good = uuid.uuid4().hex, uuid.uuid4().hex
    for serializer, task in (("pickle", pickled), ("json", good)):
        app = Celery(broker=server.url, set_as_current=False)
        app.conf.update(protocol.CELERY, task_serializer=serializer, accept_content=[serializer])
        app.send_task(protocol.TASK_CHECK, task_id=task, queue=queue)
        app.close()
    start_worker(server.url, "--pool", "solo")
    until(lambda: store.finished([good])[0], "the next one is answered", 30)
    assert store.finished([pickled]) == (set(), set())
