"""The contract between clients and workers, kept by real ones."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable

from celery import Celery

from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.store import CHANNEL


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
