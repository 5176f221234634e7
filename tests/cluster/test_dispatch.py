"""Work that is asked for: published, sent once more where it has to be, and given up only where nobody comes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from battycoda_nb.cluster import dispatch as module
from battycoda_nb.cluster import protocol, store
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.dispatch import Dispatch
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.explain import explain, read_facts
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.cluster.records import Failure
from battycoda_nb.cluster.store import Store, key
from battycoda_nb.cluster.work import SPECTROGRAM
from battycoda_nb.errors import ClusterError

Until = Callable[..., object]


@pytest.fixture
def dispatch(server: EmbeddedServer) -> Iterator[Dispatch]:
    dispatch = Dispatch(server.url, server.url, lambda: "")
    yield dispatch
    dispatch.close()


class Interrupted:
    """A lock after whose release in another thread something else gets its turn, once: as a scheduler may have it."""

    def __init__(self, lock: threading.Lock, meanwhile: Callable[[], object]) -> None:
        self.lock, self.meanwhile = lock, meanwhile
        self.mine = threading.get_ident()
        self.done = False

    def __enter__(self) -> None:
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()
        if threading.get_ident() != self.mine and not self.done:
            self.done = True
            self.meanwhile()


def ahead(id: str) -> tuple[Pending[bytes], dict[str, object], Callable[[bytes], object], str]:
    return Pending(id, bytes), {"task": SPECTROGRAM.task, "request": {}, "location": {}}, len, ""


def test_what_is_wanted_while_the_wants_are_published_is_published_too(
    dispatch: Dispatch, server: EmbeddedServer, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis = redis_client(server.url)
    first, second = "a" * 32, "b" * 32
    lock = Interrupted(dispatch._lock, lambda: dispatch.want("me", [ahead(first), ahead(second)]))
    monkeypatch.setattr(dispatch, "_lock", lock)
    dispatch.want("me", [ahead(first)])
    until(lambda: lock.done, "the sending thread was interrupted")
    wanted = {first.encode(), second.encode()}
    until(lambda: redis.smembers(key("wanted", dispatch.name)) == wanted, "the workers know of both")


def test_a_request_for_what_is_just_being_sent_ahead_is_sent_at_once(
    dispatch: Dispatch, server: EmbeddedServer, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("dispatch", "in_flight"):  # nobody looks for what may be lost
        monkeypatch.setattr(f"battycoda_nb.cluster.{name}.LOOK_AFTER", 60.0)
    id, redis = "c" * 32, redis_client(server.url)
    sending = dispatch._send
    asked = Pending(id, bytes)

    def send(producer: object, task: str, *rest: object) -> None:
        sending(producer, task, *rest)
        if task == protocol.TASK_PREFETCH:  # its message is under way, and not noted yet
            dispatch.ask(asked, SPECTROGRAM.task, {"request": {}, "location": {}})

    monkeypatch.setattr(dispatch, "_send", send)
    dispatch.want("me", [ahead(id)])
    until(lambda: redis.llen(protocol.queues()[1]), "it is sent ahead")
    until(lambda: redis.llen(protocol.queues()[0]) == 1, "and as a request")


def test_the_failure_of_an_earlier_try_does_not_answer_who_asks_again(
    dispatch: Dispatch, server: EmbeddedServer, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its announcement may come late, when it is asked for again and what was kept of it is not forgotten yet."""
    id, results = "d" * 32, Store(redis_client(server.url))
    send_new = dispatch._send_new

    def late(ids: list[str]) -> None:
        if id in ids:
            results.fail(id, Failure("ClusterError", "The worker failed unexpectedly"))
            dispatch._deliver(results.collect([id]))  # as the listening thread does on an announcement
        send_new(ids)

    monkeypatch.setattr(dispatch, "_send_new", late)
    asked = dispatch.ask(Pending(id, bytes), SPECTROGRAM.task, {"request": {}, "location": {}})
    until(lambda: redis_client(server.url).llen(protocol.queues()[0]) == 1, "it is sent")
    assert asked.state == "pending"


def test_who_asks_while_the_client_is_closed_is_told(dispatch: Dispatch) -> None:
    """Nobody sends or listens afterwards, so what comes into the table then would be waited for without end."""

    def items() -> Iterator[tuple[Pending[bytes], dict[str, object], Callable[[bytes], object], str]]:
        dispatch.close()  # as another thread may, at any moment
        yield ahead("e" * 32)

    with pytest.raises(ClusterError, match="closed"):
        dispatch.want("me", items())
    with pytest.raises(ClusterError, match="closed"):
        dispatch.ask(Pending("f" * 32, bytes), SPECTROGRAM.task, {})


def test_what_is_asked_as_the_client_is_being_closed_is_told_too(
    dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Late:
        """The lock, which another thread that closes the client gets first."""

        def __init__(self, lock: threading.Lock) -> None:
            self.lock = lock

        def __enter__(self) -> None:
            monkeypatch.setattr(dispatch, "_lock", self.lock)
            closing = threading.Thread(target=dispatch.close)
            closing.start()
            closing.join()
            self.lock.acquire()

        def __exit__(self, *_: object) -> None:
            self.lock.release()

    monkeypatch.setattr(dispatch, "_lock", Late(dispatch._lock))
    with pytest.raises(ClusterError, match="closed"):
        dispatch.ask(Pending("9" * 32, bytes), SPECTROGRAM.task, {})


@pytest.mark.parametrize("error", [ClusterError("It is no picture"), OverflowError("int too large")], ids=repr)
def test_an_answer_that_is_refused_is_told_also_where_the_server_cannot_forget_it(
    dispatch: Dispatch, server: EmbeddedServer, until: Until, error: Exception
) -> None:
    """A disk that is full lets the server refuse each change; what was asked for must not be waited for without end."""

    def check(_: bytes) -> None:
        raise error

    id, redis = "8" * 32, redis_client(server.url)
    asked = dispatch.ask(Pending(id, bytes), SPECTROGRAM.task, {"request": {}, "location": {}}, check)
    until(lambda: redis.llen(protocol.queues()[0]) == 1, "it is sent")
    with redis.pipeline(transaction=True) as pipe:
        pipe.set(key("result", id), b"nonsense")
        pipe.config_set("min-replicas-to-write", 1)
        pipe.publish(store.CHANNEL, id)
        pipe.execute()
    with pytest.raises(ClusterError, match=str(error)):
        asked.result(timeout=10)
    assert redis.exists(key("result", id))


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up after 1 s in place of 10, and take an announcement for true for 2 s in place of 10."""
    monkeypatch.setattr(module, "GIVE_UP_AFTER", 1.0)
    monkeypatch.setattr(store, "STARTING_S", 2.0)


def worker_of(server: EmbeddedServer) -> psutil.Process:
    """The process of a private server's worker."""
    everybody = psutil.Process().children(recursive=True)
    return next(p for p in everybody if server.folder.name in " ".join(p.cmdline()) and "celery" in p.cmdline())


def ask(dispatch: Dispatch) -> Pending[dict[str, str]]:
    """Ask for a sign of life."""
    return dispatch.ask(Pending(uuid.uuid4().hex, json.loads), protocol.TASK_CHECK, {})


def why(dispatch: Dispatch, url: str, pending: Pending[object]) -> str:
    redis = redis_client(url)
    return explain(read_facts(Store(redis), redis, pending.task_id, dispatch.entry(pending.task_id), "start one"))


@pytest.mark.worker
@pytest.mark.usefixtures("hasty")
def test_a_worker_that_does_not_get_to_run_while_it_is_being_started_is_waited_for() -> None:
    server = EmbeddedServer(workers=1)
    worker = worker_of(server)
    worker.send_signal(signal.SIGSTOP)
    dispatch = Dispatch(server.url, server.url, server.trouble)
    try:
        answer = ask(dispatch)
        with pytest.raises(TimeoutError):
            answer.result(3 * module.GIVE_UP_AFTER + store.STARTING_S)
        sentence = "A worker is being started: it begins with this as soon as it is up."
        assert why(dispatch, server.url, answer) == sentence
        worker.send_signal(signal.SIGCONT)
        assert answer.result(60)["worker"] == f"worker1@{server.folder.name}"
    finally:
        dispatch.close()
        server.stop()


@pytest.mark.worker
@pytest.mark.usefixtures("hasty")
def test_a_worker_that_stops_once_it_is_up_is_given_up(until: Until) -> None:
    server = EmbeddedServer(workers=1)
    dispatch = Dispatch(server.url, server.url, server.trouble)
    try:
        assert ask(dispatch).result(60)
        until(lambda: not Store(redis_client(server.url)).starting(), "it is up")
        worker = worker_of(server)
        worker.send_signal(signal.SIGSTOP)
        with pytest.raises(ClusterError, match="the only worker, has been silent for"):
            ask(dispatch).result(60)
    finally:
        dispatch.close()
        server.stop()


@pytest.mark.worker
@pytest.mark.usefixtures("hasty")
def test_a_worker_that_dies_while_it_is_being_started_is_given_up(
    dispatch: Dispatch, server: EmbeddedServer, until: Until, tmp_path: Path
) -> None:
    known = Store(redis_client(server.url))
    command = [sys.executable, "-m", "battycoda_nb.cli", "worker", "--root", str(tmp_path), "--broker", server.url]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: [started.pid for started in known.starting()] == [process.pid], "it is announced", 60)
    process.kill()
    process.wait()
    answer = ask(dispatch)
    assert why(dispatch, server.url, answer).startswith("A worker is being started")  # as far as anybody knows
    with pytest.raises(ClusterError, match="No worker has been heard of lately"):
        answer.result(60)


def test_a_worker_that_is_up_is_not_announced_any_more(
    server: EmbeddedServer, until: Until, tmp_path: Path, start_worker: Callable[..., subprocess.Popen[bytes]]
) -> None:
    known = Store(redis_client(server.url))
    process = start_worker(server.url, "--pool", "prefork", "--concurrency", "1", BATTYCODA_DATA_ROOT=str(tmp_path))
    until(lambda: [started.pid for started in known.starting()] == [process.pid], "it is announced", 60)
    until(known.workers, "it is up", 60)
    assert known.starting() == []


def test_what_was_asked_for_and_is_withdrawn_is_dropped_until_it_is_asked_for_again(
    dispatch: Dispatch, server: EmbeddedServer, until: Until
) -> None:
    first, second = "a" * 32, "b" * 32
    redis, arguments = redis_client(server.url), {"request": {}, "location": {}}
    mine, others = (dispatch.ask(Pending(first, bytes), SPECTROGRAM.task, arguments) for _ in range(2))
    alone = dispatch.ask(Pending(second, bytes), SPECTROGRAM.task, arguments)
    until(lambda: redis.llen(protocol.queues()[0]) == 2, "both are sent")
    dispatch.withdraw(mine)
    dispatch.withdraw(alone)
    assert [pending.state for pending in (mine, others, alone)] == ["cancelled", "pending", "cancelled"]
    until(lambda: redis.smembers(key("dropped", dispatch.name)) == {second.encode()}, "the other waits for the first")
    results = Store(redis)
    assert results.begin(second, "worker", client=dispatch.name) == "dropped"
    assert results.begin(second, "worker", client="another") == "1"
    dispatch.ask(Pending(second, bytes), SPECTROGRAM.task, arguments)
    until(lambda: not redis.exists(key("dropped", dispatch.name)), "it is wanted again", 20)  # it expires after 60 s


def test_what_is_withdrawn_and_wanted_ahead_stays_wanted(dispatch: Dispatch) -> None:
    id = "a" * 32
    asked = dispatch.ask(Pending(id, bytes), SPECTROGRAM.task, {"request": {}, "location": {}})
    [wanted] = dispatch.want("me", [ahead(id)])
    dispatch.withdraw(asked)
    dispatch.withdraw(asked)  # once more changes nothing
    assert (asked.state, wanted.state) == ("cancelled", "pending")
    assert dispatch.entry(id) is not None
