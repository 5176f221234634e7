"""Calls that wait for workers to come back are made once these are there: of that site, and of this version."""

from __future__ import annotations

import pytest
from redis.exceptions import RedisError

from battycoda_nb.cluster import protocol, returns
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.returns import Returns
from battycoda_nb.cluster.store import Store


def test_each_is_called_once_when_its_site_has_a_worker(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returns, "LOOK_EVERY", 0.0)
    store, called = Store(redis_client(server.url)), []
    waiting = Returns(store)
    for name, word in (("a", "first"), ("a", "again"), ("b", "b")):
        waiting.add("attic", name, lambda word=word: called.append(word))
    waiting.add("cellar", "a", lambda: called.append("c"))
    waiting.look()
    store.beat("old@lab", {"site": "attic", "protocol": protocol.PROTOCOL - 1}, "attic")
    waiting.look()
    assert called == [], "nobody is there who would understand"
    store.beat("new@lab", {"site": "attic", "protocol": protocol.PROTOCOL}, "attic")
    waiting.look()
    waiting.look()
    assert called == ["again", "b"]
    store.beat("cellar@lab", {"site": "cellar", "protocol": protocol.PROTOCOL}, "cellar")
    waiting.look()
    assert called == ["again", "b", "c"]


def test_while_the_server_is_away_they_go_on_waiting(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returns, "LOOK_EVERY", 0.0)
    called: list[str] = []
    waiting = Returns(Store(redis_client(server.url)))
    waiting.look()  # nobody waits, so nobody is asked
    server.stop()
    waiting.look()
    waiting.add("", "a", lambda: called.append("a"))
    with pytest.raises(RedisError):
        waiting.look()
    assert called == []
