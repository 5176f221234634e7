"""The status panel without a browser: what is saved of it, and how it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import anywidget

import battycoda_nb as bc
from battycoda_nb.client.client import Client

Until = Callable[..., Any]


def test_the_widget_saves_nothing_of_the_cluster_and_ends_its_thread(client: Client, until: Until) -> None:
    panel = bc.StatusPanel(client)
    assert "class StatusView" in panel.get_state()["_esm"]
    assert {*panel.get_state()} == {*anywidget.AnyWidget().get_state(), "_css"}
    until(lambda: any(thread.name == "battycoda-status" for thread in threading.enumerate()), "it looks")
    panel.close()
    panel.close()
    until(lambda: not any(thread.name == "battycoda-status" for thread in threading.enumerate()), "it has ended")
