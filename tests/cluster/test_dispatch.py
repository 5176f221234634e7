"""Work that is asked for: published, sent once more where it has to be, and given up only where nobody comes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.dispatch import Dispatch
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.cluster.store import key

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
    return Pending(id, bytes), {"task": protocol.TASK_SPECTROGRAM, "request": {}, "hint": {}}, len, ""


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
    for module in ("dispatch", "in_flight"):  # nobody looks for what may be lost
        monkeypatch.setattr(f"battycoda_nb.cluster.{module}.LOOK_AFTER", 60.0)
    id, redis = "c" * 32, redis_client(server.url)
    sending = dispatch._send
    asked = Pending(id, bytes)

    def send(producer: object, task: str, *rest: object) -> None:
        sending(producer, task, *rest)
        if task == protocol.TASK_PREFETCH:  # its message is under way, and not noted yet
            dispatch.ask(asked, protocol.TASK_SPECTROGRAM, {"request": {}, "hint": {}})

    monkeypatch.setattr(dispatch, "_send", send)
    dispatch.want("me", [ahead(id)])
    until(lambda: redis.llen(protocol.queues()[1]), "it is sent ahead")
    until(lambda: redis.llen(protocol.queues()[0]) == 1, "and as a request")
