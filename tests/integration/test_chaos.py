"""Requests go on while workers and the server are killed: every call arrives, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from battycoda_nb.client.client import Client
from battycoda_nb.cluster.embedded import EmbeddedServer

RATE = 20  # requests a second
SECONDS = 9
# s after the start: which process is killed
KILLS = {1.0: "worker", 2.2: "server", 3.4: "worker", 4.3: "worker", 5.4: "server", 6.6: "worker", 7.4: "worker"}


def kill(client: Client, server: EmbeddedServer, victim: str) -> bool:
    """Kill a process with a real signal; whether there was one to kill."""
    supervisor = psutil.Process(server.supervisor)
    name = "celery" if victim == "worker" else Path(server.binary).name
    for process in supervisor.children():
        if any(name in part for part in process.cmdline()):
            os.kill(process.pid, signal.SIGKILL)
            return True
    return False


@pytest.mark.worker
def test_every_call_arrives(tones: Path, until: Callable[..., object]) -> None:
    server = EmbeddedServer(workers=2)
    client = Client(server.url, server.url, describe=server.trouble)
    recording = client.open(tones)
    arrived: dict[int, float] = {}
    pendings = []
    begun = time.monotonic()
    kills = dict(KILLS)
    pause = threading.Event()
    for number in range(RATE * SECONDS):
        pause.wait(max(begun + number / RATE - time.monotonic(), 0))
        pending = recording.submit(number % 600, overview=number >= 600)
        pending.add_done_callback(lambda _, number=number: arrived.setdefault(number, time.monotonic()))
        pendings.append(pending)
        recording.prefetch(range(number + 1, number + 5))
        for when in [when for when in kills if time.monotonic() - begun >= when]:
            if kill(client, server, kills[when]):
                del kills[when]
                last_kill = time.monotonic()
    assert not kills, "every kill found its victim"
    for pending in pendings:
        assert pending.result(20).levels.any()
    assert len(arrived) == RATE * SECONDS
    after = max(arrived.values()) - last_kill
    print(
        f"{len(arrived)} of {len(pendings)} calls arrived, the last {after:.2f} s after the last of {len(KILLS)} kills"
    )
    assert after < 15, "1.6 s, when the last request is sent; 8 s with 25 processes on two cores"

    processes = psutil.Process(server.supervisor).children(recursive=True)
    assert len(processes) == 3
    client.close()
    server.stop()
    assert not [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    assert not server.folder.exists()
