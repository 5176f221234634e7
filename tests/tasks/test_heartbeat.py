"""The sign of life of a worker: its last word is that it has ended."""

from __future__ import annotations

import os
import subprocess
import sys

from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.store import Store

ENDING = """
import os, threading
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.store import Store
from tasks.heartbeat import Heartbeat

begun, leaving, done = threading.Event(), threading.Event(), threading.Event()

class Slow(Store):
    def beat(self, *facts):
        begun.set()
        leaving.wait(10)
        super().beat(*facts)
        done.set()

store = Slow(redis_client(os.environ["CELERY_BROKER_URL"]))
heartbeat = Heartbeat(store)
heartbeat.begin("worker@lab")
begun.wait(10)
end = threading.Thread(target=heartbeat.leave)
end.start()
end.join(0.2)  # it waits for the heartbeat that is under way
leaving.set()
end.join(10)
done.wait(10)
assert not store.workers(), store.workers()
"""

LEISURE = """
import os, time
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.store import Store
from tasks.heartbeat import Heartbeat

heartbeat = Heartbeat(Store(redis_client(os.environ["CELERY_BROKER_URL"])))
heartbeat.current = "0" * 32
assert not heartbeat.idle_for(0), "at work"
heartbeat.current = None
assert not heartbeat.idle_for(60), "it was a moment ago"
deadline = time.monotonic() + 10
while not heartbeat.idle_for(0.02):
    assert time.monotonic() < deadline
"""


def test_a_process_is_idle_some_time_after_its_last_work(server: EmbeddedServer) -> None:
    environment = {**os.environ, "CELERY_BROKER_URL": server.url}
    subprocess.run([sys.executable, "-c", LEISURE], env=environment, check=True)


def test_a_worker_that_ends_as_it_was_told_is_not_missed(server: EmbeddedServer) -> None:
    """Also where its last heartbeat is under way at that moment."""
    environment = {**os.environ, "CELERY_BROKER_URL": server.url}
    subprocess.run([sys.executable, "-c", ENDING], env=environment, check=True)
    assert Store(redis_client(server.url)).sites() == {""}, "it was heard of"
