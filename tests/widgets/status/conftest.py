"""A poller on a server without workers, and what it sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from battycoda_nb.client.client import Client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.widgets.status import poller
from battycoda_nb.widgets.status.poller import Poller


class Messages(list):  # type: ignore[type-arg]
    """The messages that a browser would have been sent."""

    def parts(self) -> dict[str, Any]:
        """What a browser holds then."""
        held: dict[str, Any] = {}
        for message in list(self):
            held = {**({} if message["whole"] else held), **message["parts"]}
        return held

    def row(self) -> dict[str, Any]:
        """The only row of what failed."""
        [row] = self.parts()["failed"]["rows"]
        return row


@pytest.fixture
def messages() -> Messages:
    return Messages()


@pytest.fixture
def client(server: EmbeddedServer) -> Iterator[Client]:
    """A client of the private server, not of the one that all tests share."""
    client = Client(server.url, server.url)
    yield client
    client.close()


@pytest.fixture
def polling(client: Client, messages: Messages, monkeypatch: pytest.MonkeyPatch) -> Iterator[Poller]:
    """A poller on a server without workers, for a panel that a browser shows."""
    monkeypatch.setattr(poller, "INTERVAL", 0.02)
    polling = Poller(client, messages.append)
    polling.on_shown(whole=True)
    yield polling
    polling.close()
