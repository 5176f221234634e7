"""The status panel without a browser: what it says, when it looks, and when it stops."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import anywidget
import pytest

import battycoda_nb as bc
from battycoda_nb import __version__
from battycoda_nb.client.client import Client
from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.status import Cache, Status, Task, Worker
from battycoda_nb.cluster.store import Failure, Job, Store
from battycoda_nb.widgets.status import poller, retries
from battycoda_nb.widgets.status.poller import Watch
from battycoda_nb.widgets.status.sections import LONGEST, SHOWN, plain, sections

Until = Callable[..., Any]


def worker(name: str, **facts: Any) -> Worker:
    return Worker(name, **{"version": __version__, "protocol": protocol.PROTOCOL, "host": "lab", **facts})


def status(*workers: Worker, **more: Any) -> Status:
    return Status("redis://lab", workers=workers, **more)


# What it says


@pytest.mark.parametrize(
    ("given", "state", "words"),
    [
        (status(worker("a")), "well", ""),
        (status(), "trouble", "No worker answers, so nothing is computed."),
        (
            status(worker("a"), worker("b", silent=4.0)),
            "trouble",
            "b is silent: killed, hanging, or cut off.",
        ),
        (
            status(worker("a"), *(worker(f"b{n}", silent=4.0) for n in range(5))),
            "trouble",
            "b0, b1, b2 and 2 more are silent: killed, hanging, or cut off.",
        ),
        (status(worker("a", clock_off=-40.0)), "trouble", "a cannot be relied on: see below."),
        (
            status(worker("a"), worker("b", site="attic", silent=9.0), queues={protocol.queues("attic")[1]: 2}),
            "trouble",
            "Tasks wait for attic, where no worker answers.",
        ),
        (Status("redis://lab", problem="No server answers"), "unreachable", "No server answers"),
    ],
)
def test_one_sentence_says_what_is_wrong(given: Status, state: str, words: str) -> None:
    summary = sections(given, [])["summary"]
    assert summary["state"] == state
    assert words in summary["sentence"]
    assert bool(summary["sentence"]) == (state != "well")


def test_the_sentence_does_not_count_on() -> None:
    """It is read aloud whenever it changes."""
    first, later = (sections(status(worker("b", silent=s)), [])["summary"]["sentence"] for s in (4.0, 5.0))
    assert first == later


def test_queues_stand_with_their_sites() -> None:
    asked, ahead, prepared = protocol.queues("attic")
    given = status(
        worker("a1", site="attic"),
        worker("a2", site="attic"),
        queues={asked: 1, ahead: 7, prepared: 40, protocol.queues()[0]: 0},
    )
    parts = sections(given, [])
    assert [row["cells"] for row in parts["sites"]["rows"]] == [["attic", "2", "1", "7", "40"]]
    assert parts["summary"]["note"] == "2 workers at 1 site, 48 tasks waiting"
    embedded = sections(status(worker("w"), queues=dict.fromkeys(protocol.queues(), 0)), [])
    assert [row["cells"] for row in embedded["sites"]["rows"]] == [["no site", "1", "0", "0", "0"]]
    assert embedded["summary"]["note"] == "1 worker, nothing waits"


def test_what_is_long_is_cut_and_counted() -> None:
    tasks = tuple(Task(str(n), "x" * 10_000, "", "\ud800", float(n)) for n in range(SHOWN + 50))
    part = sections(status(running=tasks), [])["running"]
    assert (part["count"], len(part["rows"])) == (SHOWN + 50, SHOWN)
    assert part["rows"][0]["cells"] == ["x" * (LONGEST - 1) + "…", "no site", "2 min", "?"]
    assert plain("müde 🦇") == "müde 🦇"


def test_the_facts_are_in_the_users_units() -> None:
    given = status(round_trip=0.00123, cache=Cache(2**21, 2**29, 3, 1))
    assert [value for _, value in sections(given, [])["facts"]["items"]] == [
        "redis://lab", "1.2 ms", "2.0 MB of 512 MB", "75% of 4",
    ]  # fmt: skip


# When it looks, and what it sends


class Told(list):  # type: ignore[type-arg]
    """The messages that a browser would have been sent."""

    def parts(self) -> dict[str, Any]:
        """What a browser holds then."""
        held: dict[str, Any] = {}
        for message in list(self):
            held = {**({} if message["whole"] else held), **message["parts"]}
        return held


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def watching(server: EmbeddedServer, told: Told, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """A watch on a server without workers, which a browser shows."""
    monkeypatch.setattr(poller, "INTERVAL", 0.02)
    client = Client(server.url, server.url)
    watching = Watch(client, told.append)
    watching.shown(whole=True)
    yield watching
    watching.close()
    client.close()


def test_all_is_sent_until_a_browser_has_it_and_then_what_has_changed(
    watching: Watch, told: Told, server: EmbeddedServer, until: Until
) -> None:
    until(lambda: len(told) > 3, "it looks")
    assert all(message["whole"] and len(message["parts"]) == 6 for message in told)
    watching.shown(whole=False)
    until(lambda: not told[-1]["whole"], "it is believed")
    until(lambda: told[-1]["parts"].keys() <= {"facts"}, "nothing but the round trip changes")
    Store(redis_client(server.url)).beat("a@lab", {"protocol": protocol.PROTOCOL, "site": "attic"})
    until(lambda: told.parts()["summary"]["state"] == "well", "the worker is seen")
    assert told.parts()["workers"]["rows"][0]["cells"][:3] == ["well", "a@lab", "attic"]
    assert [message["number"] for message in told] == list(range(1, len(told) + 1))
    watching.shown(whole=True)
    until(lambda: told[-1]["whole"] and len(told[-1]["parts"]) == 6, "another browser gets it all")


def test_a_server_that_is_away_is_said_and_what_was_known_is_kept(
    watching: Watch, told: Told, server: EmbeddedServer, until: Until
) -> None:
    until(lambda: told, "it looks")
    pid = Store(redis_client(server.url)).redis.info("server")["process_id"]
    os.kill(pid, signal.SIGSTOP)  # not killed: its supervisor would start it again at once
    try:
        until(lambda: told.parts()["summary"]["state"] == "unreachable", "the server is missed", 5)
        assert len(told.parts()) == 6
        assert told.parts()["summary"]["sentence"].startswith(f"No server answers at {server.url}")
    finally:
        os.kill(pid, signal.SIGCONT)
    until(lambda: told.parts()["summary"]["state"] == "trouble", "it is back, and has no worker")


def test_it_stops_when_nobody_looks_and_goes_on_when_somebody_does(
    watching: Watch, told: Told, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "PATIENCE", 0.1)
    until(lambda: not watching.running, "it stops")
    before = len(told)
    watching.shown(whole=False)
    until(lambda: len(told) > before, "it goes on")
    assert told[before]["number"] == before + 1
    watching.close()
    until(lambda: not watching.running, "it ends")
    watching.shown(whole=True)
    assert not watching.running


# Trying again


@pytest.fixture
def failed(server: EmbeddedServer) -> str:
    """The id of a task that failed; nobody is there to do it."""
    job = Job("open x.wav", "attic", "a@lab", protocol.TASK_OPEN, {"path": "x.wav"}, time.time())
    Store(redis_client(server.url)).fail("a" * 32, Failure("RecordingError", "There is no file", "", job))
    return "a" * 32


def row(told: Told) -> dict[str, Any]:
    [row] = told.parts()["failed"]["rows"]
    return row


def test_a_task_is_sent_once_however_often_one_presses(
    failed: str, watching: Watch, told: Told, server: EmbeddedServer, until: Until
) -> None:
    until(lambda: told and row(told)["more"] == "There is no file", "it is listed")
    assert (row(told)["busy"], row(told)["times"], row(told)["outcome"]) == (False, 0, "")
    for task_id in (failed, failed, "b" * 32, None, ["a"], {}):
        watching.retry(task_id)
    until(lambda: row(told)["busy"], "it is shown as asked for")
    redis = redis_client(server.url)
    until(lambda: redis.llen(protocol.queues("attic")[0]) == 1, "it is sent")
    watching.retry(failed)
    Store(redis).finish(failed, b"{}", keep=60)
    until(lambda: row(told)["outcome"] == "Done: it worked this time.", "it worked")
    assert (row(told)["busy"], row(told)["times"], row(told)["bad"]) == (True, 1, False)
    assert redis.llen(protocol.queues("attic")[0]) == 1


def test_what_fails_again_says_so_and_can_be_tried_once_more(
    failed: str, watching: Watch, told: Told, server: EmbeddedServer, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(redis_client(server.url))
    until(lambda: told and row(told), "it is listed")
    queue = protocol.queues("attic")[0]
    for times in (1, 2):
        watching.retry(failed)
        until(lambda times=times: store.redis.llen(queue) == times, "it is sent")
        job = Job("open x.wav", "attic", "a@lab", protocol.TASK_OPEN, {"path": "x.wav"}, time.time())
        store.fail(failed, Failure("RecordingError", "There is no file", "", job))
        until(lambda times=times: (row(told)["times"], row(told)["busy"]) == (times, False), "it failed again")
        assert row(told)["outcome"] == "Tried again: it failed as before."
        assert row(told)["bad"]
    monkeypatch.setattr(retries, "KEEP", 0.0)
    store.forget_failures([failed])
    until(lambda: not told.parts()["failed"]["rows"], "what the server has forgotten goes")


def test_a_closed_client_sends_nothing(failed: str, watching: Watch, told: Told, until: Until) -> None:
    until(lambda: told and row(told), "it is listed")
    watching._client.close()
    watching.retry(failed)
    until(lambda: "The client was closed" in row(told)["outcome"], "it is said")


# The widget


def test_the_widget_saves_nothing_of_the_cluster_and_ends_its_thread(server: EmbeddedServer, until: Until) -> None:
    client = Client(server.url, server.url)
    panel = bc.StatusPanel(client)
    assert "class StatusView" in panel.get_state()["_esm"]
    assert {*panel.get_state()} == {*anywidget.AnyWidget().get_state(), "_css"}
    until(lambda: panel._watch.running, "it looks")
    panel.close()
    panel.close()
    until(lambda: not panel._watch.running, "it has ended")
    client.close()
