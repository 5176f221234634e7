"""Retries: what a user presses "Try again" for, and what comes of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from battycoda_nb.client.client import Client
from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.records import Failure, Job
from battycoda_nb.cluster.store import Store
from battycoda_nb.widgets.status import retries
from battycoda_nb.widgets.status.poller import Poller
from battycoda_nb.widgets.status.retries import Retries

Until = Callable[..., Any]


@pytest.fixture
def failed(server: EmbeddedServer) -> str:
    """The id of a task that failed; nobody is there to do it."""
    job = Job("open x.wav", "attic", "a@lab", protocol.TASK_OPEN, {"path": "x.wav"}, time.time())
    Store(redis_client(server.url)).fail("a" * 32, Failure("RecordingError", "There is no file", "", job))
    return "a" * 32


def test_a_task_is_sent_once_however_often_one_presses(
    failed: str, polling: Poller, messages: Any, server: EmbeddedServer, until: Until
) -> None:
    until(lambda: messages and messages.row()["more"] == "There is no file", "it is listed")
    assert (messages.row()["busy"], messages.row()["times"], messages.row()["outcome"]) == (False, 0, "")
    for task_id in (failed, failed, "b" * 32, None, ["a"], {}):
        polling.retry(task_id)
    until(lambda: messages.row()["busy"], "it is shown as asked for")
    redis = redis_client(server.url)
    until(lambda: redis.llen(protocol.queues("attic")[0]) == 1, "it is sent")
    polling.retry(failed)
    Store(redis).finish(failed, b"{}", keep=60)
    until(lambda: messages.row()["outcome"] == "Done: it worked this time.", "it worked")
    assert (messages.row()["busy"], messages.row()["times"], messages.row()["bad"]) == (True, 1, False)
    assert redis.llen(protocol.queues("attic")[0]) == 1


def test_what_fails_again_says_so_and_can_be_tried_once_more(
    failed: str, polling: Poller, messages: Any, server: EmbeddedServer, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(redis_client(server.url))
    until(lambda: messages and messages.row(), "it is listed")
    queue = protocol.queues("attic")[0]
    for times in (1, 2):
        polling.retry(failed)
        until(lambda times=times: store.redis.llen(queue) == times, "it is sent")
        job = Job("open x.wav", "attic", "a@lab", protocol.TASK_OPEN, {"path": "x.wav"}, time.time())
        store.fail(failed, Failure("RecordingError", "There is no file", "", job))
        until(
            lambda times=times: (messages.row()["times"], messages.row()["busy"]) == (times, False), "it failed again"
        )
        assert messages.row()["outcome"] == "Tried again: it failed as before."
        assert messages.row()["bad"]
    monkeypatch.setattr(retries, "KEEP", 0.0)
    store.forget_failures([failed])
    until(lambda: not messages.parts()["failed"]["rows"], "what the server has forgotten goes")


def test_a_closed_client_sends_nothing(
    failed: str, client: Client, polling: Poller, messages: Any, until: Until
) -> None:
    until(lambda: messages and messages.row(), "it is listed")
    client.close()
    polling.retry(failed)
    until(lambda: "The client was closed" in messages.row()["outcome"], "it is said")


def test_a_list_from_before_it_worked_does_not_take_the_outcome_away(
    failed: str, client: Client, server: EmbeddedServer
) -> None:
    """The status is read, then the task works, then the rows are made of what was read."""
    changed = threading.Event()
    tries = Retries(client, changed.set)
    listed = client.status().failed
    tries.rows(listed, read=time.monotonic())
    tries.ask(failed)
    tries.send()
    changed.clear()
    read, late = time.monotonic(), client.status().failed or listed
    Store(redis_client(server.url)).finish(failed, b"{}", keep=60)
    assert changed.wait(10), "it worked"
    for failures in (late, ()):
        [row] = tries.rows(failures, read=read)
        assert row["outcome"] == "Done: it worked this time."
    [row] = tries.rows(listed, read=time.monotonic())
    assert (row["outcome"], row["busy"]) == ("", False), "it has failed again since"
