"""Results and failures in a real server, and what is made of what somebody else put there."""

from __future__ import annotations

import json

import pytest

from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.store import FAILED_KEPT, Failure, Job, Store, key
from battycoda_nb.errors import BattycodaError, ClusterError, RecordingError, RequestError

ID = "a" * 32


@pytest.fixture
def store(server: EmbeddedServer) -> Store:
    return Store(redis_client(server.url))


def test_a_failure_keeps_its_class_its_sentence_and_its_code(store: Store) -> None:
    job = Job("open night1.wav", "basement", "a@lab", "battycoda.open", {"path": "night1.wav"}, 1.5)
    failure = Failure("RecordingError", "There is no file", "a traceback", job, "missing")
    store.fail(ID, failure)
    assert store.collect([ID]) == store.failed() == {ID: failure}
    error = failure.error()
    assert (type(error), str(error), error.code) == (RecordingError, "There is no file", "missing")


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (["RecordingError", "x", "", {}, "obey me"], RecordingError, "unreadable"),
        (["RequestError", "x", "", {}, ["missing"]], RequestError, "invalid"),
        (["RequestError", "x", "", {}, None], RequestError, "invalid"),
        (["SystemExit", "x", "", {}, "missing"], ClusterError, "missing"),
        (["RecordingError", "x", "", {}], ClusterError, "failed"),  # of another protocol
        ({"kind": "RecordingError"}, ClusterError, "failed"),
    ],
    ids=str,
)
def test_a_code_that_is_not_known_is_not_trusted(
    store: Store, content: object, kind: type[BattycodaError], code: str
) -> None:
    store.redis.set(key("failure", ID), json.dumps(content))
    failure = store.collect([ID])[ID]
    assert isinstance(failure, Failure)
    assert (type(failure.error()), failure.error().code) == (kind, code)


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
