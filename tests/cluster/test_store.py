"""Results, claims and failures in a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.records import Failure, Job
from battycoda_nb.cluster.store import (
    CHANNEL,
    FAILED_KEPT,
    FORGET_S,
    KEEP_ANSWER,
    KEEP_RECORD,
    KEEP_RESULT,
    LOCK_MS,
    WANTED_S,
    Store,
    key,
)

FAILURE = Failure("RecordingError", "There is no file")

ID, OTHER = "a" * 32, "1" * 32


@pytest.fixture
def store(private: Store) -> Store:
    """An empty one."""
    private.redis.flushall()
    return private


def test_a_failure_keeps_its_class_its_sentence_and_its_code(store: Store) -> None:
    job = Job("open night1.wav", "basement", "a@lab", "battycoda.open", {"path": "night1.wav"}, 1.5)
    failure = Failure("RecordingError", "There is no file", "a traceback", job, "missing")
    store.fail(ID, failure)
    assert store.collect([ID]) == store.failed() == {ID: failure}


def test_work_is_claimed_once_and_counted(store: Store) -> None:
    assert (store.begin(ID, "a"), store.begin(ID, "b")) == ("1", "busy")
    store.release(ID, "b")
    assert store.being_computed([ID]) == {ID}
    store.release(ID, "a")
    assert store.begin(ID, "b") == "2"
    store.finish(ID, b"picture")
    assert store.begin(ID, "a") == "done"
    assert (store.collect([ID]), store.finished([ID])) == ({ID: b"picture"}, ({ID}, set()))
    assert store.cache()[2:] == (0, 1)


def test_no_more_than_the_last_failures_are_listed(store: Store) -> None:
    for number in range(FAILED_KEPT + 5):
        store.fail(f"{number:032x}", Failure("RequestError", "x"))
    store.fail(ID, Failure("RequestError", "a mistyped name"), listed=False)
    assert len(store.failed()) == FAILED_KEPT
    assert ID not in store.failed()


@pytest.fixture(scope="module")
def private() -> Iterator[Store]:
    server = EmbeddedServer(workers=0)
    yield Store(redis_client(server.url))
    server.stop()


def test_of_two_workers_one_begins(store: Store) -> None:
    assert (store.begin(ID, "one"), store.begin(ID, "two"), store.begin(ID, "one")) == ("1", "busy", "busy")
    assert store.being_computed([ID, OTHER]) == {ID}
    store.finish(ID, b"result")
    assert store.begin(ID, "two") == "done", "a message that came twice finds the result"
    assert store.being_computed([ID]) == set()
    assert store.collect([ID, OTHER]) == {ID: b"result"}


def test_a_claim_ends_with_its_worker_and_is_that_workers_alone(store: Store) -> None:
    store.begin(ID, "one")
    claim = key("computing", ID)
    assert 0 < store.redis.pttl(claim) <= LOCK_MS
    store.redis.pexpire(claim, 500)
    store.renew(ID, "two")
    assert store.redis.pttl(claim) <= 500
    store.renew(ID, "one")
    assert store.redis.pttl(claim) > 500
    store.release(ID, "two")
    assert store.begin(ID, "two") == "busy"
    store.release(ID, "one")
    assert store.begin(ID, "two") == "2"


def test_attempts_are_counted_until_it_ends_or_a_user_asks_again(store: Store) -> None:
    def begin() -> str:
        attempt = store.begin(ID, "worker")
        store.release(ID, "worker")
        return attempt

    assert [begin() for _ in range(4)] == ["1", "2", "3", "4"]
    store.finish(ID, b"result")
    store.discard(ID)
    assert begin() == "1"
    store.fail(ID, FAILURE)
    assert begin() == "1"
    assert store.collect([ID]) == {ID: FAILURE}, "who did not ask again is told why there was none"
    assert store.collect([ID], again=[ID]) == {}
    assert begin() == "1"


def test_who_waits_is_told_of_both_ends(store: Store, until: Callable[..., object]) -> None:
    with store.redis.pubsub(ignore_subscribe_messages=True) as announced:
        announced.subscribe(CHANNEL)
        until(lambda: store.redis.pubsub_numsub(CHANNEL)[0][1], "the subscription")
        store.finish(ID, b"result")
        store.fail(OTHER, FAILURE)
        ids: list[bytes] = []

        def both() -> bool:
            message = announced.get_message(timeout=0.1)
            ids.extend([message["data"]] if message else [])
            return len(ids) == 2

        until(both, "both are announced")
    assert ids == [ID.encode(), OTHER.encode()]


def test_the_last_hundred_failures_are_listed_and_one_that_is_mended_is_not(store: Store) -> None:
    for number in range(FAILED_KEPT + 20):
        store.fail(f"{number:032x}", FAILURE)
    assert store.redis.zcard("battycoda:failed") == FAILED_KEPT == len(store.failed())
    last = f"{FAILED_KEPT + 19:032x}"
    assert last in store.failed()
    store.finish(last, b"result")
    assert last not in store.failed()


def test_a_worker_that_is_silent_is_forgotten_in_the_end(store: Store) -> None:
    store.beat("dead@lab", {"pid": 1}, "attic")
    store.redis.zincrby("battycoda:heard", -FORGET_S - 1, "dead@lab")
    assert set(store.workers(within=float("inf"))) == {"dead@lab"}
    store.beat("alive@lab", {"pid": 2}, "basement")
    assert set(store.workers(within=float("inf"))) == {"alive@lab"}
    assert store.redis.hkeys("battycoda:workers") == [b"alive@lab"]
    assert store.sites() == {"attic", "basement"}


def test_every_key_has_an_end_but_those_of_workers_sites_and_counts(store: Store) -> None:
    """The server drops what has an end when its memory is full, and nothing else: the queues are safe."""
    store.begin(ID, "one")
    store.want("client", [ID, OTHER])
    store.beat("one@lab", {}, "attic")
    store.fail(OTHER, FAILURE)
    store.count_found(1)
    endless = {b"battycoda:workers", b"battycoda:heard", b"battycoda:sites", b"battycoda:counts"}
    assert {name for name in store.redis.scan_iter() if store.redis.ttl(name) == -1} == endless
    store.finish(ID, b"result")
    store.finish("2" * 32, b"{}", keep=KEEP_ANSWER)
    store.remember({"3" * 32: FAILURE})
    assert {name for name in store.redis.scan_iter() if store.redis.ttl(name) == -1} == endless
    kept = {
        key("result", ID): KEEP_RESULT, key("result", "2" * 32): KEEP_ANSWER, key("failure", OTHER): KEEP_RECORD,
        key("failure", "3" * 32): KEEP_RECORD, key("task", ID): KEEP_RECORD, key("wanted", "client"): WANTED_S,
        "battycoda:failed": KEEP_RECORD,
    }  # fmt: skip
    assert {name: pytest.approx(store.redis.ttl(name), abs=5) for name in kept} == kept


def test_what_is_not_wanted_any_more_is_not_wanted(store: Store) -> None:
    store.want("client", [ID, OTHER])
    store.want("client", [OTHER])
    assert [store.is_wanted("client", id) for id in (ID, OTHER)] == [False, True]
    assert not store.is_wanted("another", OTHER)
    store.want("client", [])
    assert not store.is_wanted("client", OTHER)
