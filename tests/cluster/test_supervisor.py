"""Processes that are started again when they die, and how long a worker that never comes up is announced as coming."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.starting import Announcement, process
from battycoda_nb.cluster.store import Store
from battycoda_nb.cluster.supervisor import STARTS, Child, Worker

Until = Callable[..., object]
WAITS = [sys.executable, "-c", "import sys; sys.stdin.read(); import time; time.sleep(600)"]


def test_what_dies_is_started_again(tmp_path: Path, until: Until) -> None:
    child = Child(WAITS, tmp_path, {})
    first = child.process
    child.mend()
    assert child.process is first
    first.kill()
    until(lambda: child.mend() or child.process is not first, "there is another")
    child.process.kill()
    child.process.wait()


def test_a_worker_is_announced_until_it_speaks_or_dies(server: EmbeddedServer, tmp_path: Path, until: Until) -> None:
    store = Store(redis_client(server.url))
    worker = Worker(WAITS, tmp_path, {}, store)
    assert store.starting() == [process(worker.process.pid)]
    first = worker.process
    first.kill()
    until(lambda: worker.mend() or worker.process is not first, "there is another")
    assert store.starting() == [process(worker.process.pid)]
    it = process(worker.process.pid)
    store.beat("a@lab", {"site": it.site, "protocol": it.protocol, "host": it.host, "pid": it.pid})
    worker.mend()
    assert store.starting() == []
    worker.process.kill()
    worker.process.wait()


def test_workers_that_die_of_their_start_are_not_coming(server: EmbeddedServer, tmp_path: Path, until: Until) -> None:
    store = Store(redis_client(server.url))
    worker = Worker([sys.executable, "-c", ""], tmp_path, {}, store)
    seen = {worker.process.pid}

    def mended() -> bool:
        worker.mend()
        seen.add(worker.process.pid)
        return len(seen) > STARTS

    until(mended, "it was started again and again")
    assert store.starting() == []
    worker.process.wait()


def test_a_server_that_is_away_is_told_when_it_is_back(
    server: EmbeddedServer, start_server: Callable, tmp_path: Path
) -> None:
    away = Store(redis_client(f"redis+socket://{tmp_path / 's.sock'}"))
    announcement = Announcement(away, process(1))
    announcement.renew()
    announcement.withdraw()
    start_server()
    announcement.renew()
    assert (away.starting(), announcement.over) == ([process(1)], False)
    announcement.withdraw()
    assert away.starting() == []


def test_what_no_worker_announces_is_not_believed(server: EmbeddedServer) -> None:
    store = Store(redis_client(server.url))
    for nonsense in ("", "{", "[]", '["a", "b", 1, 2]', "[" * 100_000):
        store.redis.zadd("battycoda:starting", {nonsense: store.now()})
    assert all(found.protocol == 0 for found in store.starting())
