"""The poller: when it looks, what it sends, and when it stops."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.store import SILENT_S, Store
from battycoda_nb.widgets.status import poller
from battycoda_nb.widgets.status.poller import Poller

Until = Callable[..., Any]


def test_a_death_is_on_the_screen_within_five_seconds_where_nothing_is_late() -> None:
    """The last beat may be as old as an interval, and so may the last look, which takes its time too."""
    from tasks import heartbeat  # here, for the test's environment alone: it settles the addresses of a worker

    assert SILENT_S + heartbeat.INTERVAL + poller.INTERVAL <= 4.5


def test_all_is_sent_until_a_browser_has_it_and_then_what_has_changed(
    polling: Poller, messages: Any, server: EmbeddedServer, until: Until
) -> None:
    until(lambda: len(messages) > 3, "it looks")
    assert all(message["whole"] and len(message["parts"]) == 6 for message in messages)
    polling.on_shown(whole=False)
    until(lambda: not messages[-1]["whole"], "it is believed")
    until(lambda: messages[-1]["parts"].keys() <= {"facts"}, "nothing but the round trip changes")
    Store(redis_client(server.url)).beat("a@lab", {"protocol": protocol.PROTOCOL, "site": "attic"})
    until(lambda: messages.parts()["summary"]["state"] == "well", "the worker is seen")
    assert messages.parts()["workers"]["rows"][0]["cells"][:3] == ["well", "a@lab", "attic"]
    assert [message["number"] for message in messages] == list(range(1, len(messages) + 1))
    polling.on_shown(whole=True)
    until(lambda: messages[-1]["whole"] and len(messages[-1]["parts"]) == 6, "another browser gets it all")


def test_a_server_that_is_away_is_said_and_what_was_known_is_kept(
    polling: Poller, messages: Any, server: EmbeddedServer, until: Until
) -> None:
    until(lambda: messages, "it looks")
    pid = Store(redis_client(server.url)).redis.info("server")["process_id"]
    os.kill(pid, signal.SIGSTOP)  # not killed: its supervisor would start it again at once
    try:
        until(lambda: messages.parts()["summary"]["state"] == "unreachable", "the server is missed", 5)
        assert len(messages.parts()) == 6
        assert messages.parts()["summary"]["sentence"].startswith(f"No server answers at {server.url}")
    finally:
        os.kill(pid, signal.SIGCONT)
    until(lambda: messages.parts()["summary"]["state"] == "trouble", "it is back, and has no worker")


def test_it_stops_when_nobody_looks_and_goes_on_when_somebody_does(
    polling: Poller, messages: Any, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "PATIENCE", 0.1)
    until(lambda: not polling.running, "it stops")
    before = len(messages)
    polling.on_shown(whole=False)
    until(lambda: len(messages) > before, "it goes on")
    assert messages[before]["number"] == before + 1
    polling.close()
    until(lambda: not polling.running, "it ends")
    polling.on_shown(whole=True)
    assert not polling.running
