"""Stepping when the server is far away: with a delaying relay between the notebook and it, in a real JupyterLab.

The worker stands beside the server, as on a lab machine. What a key press to the paint costs must not depend on the
way, and a call that nobody asked for ahead costs few ways there and back.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from battycoda_nb.client.client import Client
from battycoda_nb.cluster.embedded import EmbeddedServer

from ..integration.relay import Relay
from .screen import FRAME, explorer, new_page, open_browser, write_calls
from .stepping import CALLS, STEPS, painted, stepped

ROUND_TRIPS = (0, 20, 50, 100)  # ms
PER_SECOND = 4
COLD = 15  # calls asked for one after the other


def run() -> bool:
    good = True
    print(f"\n{STEPS} steps at {PER_SECOND} a second with a longer way between notebook and server:")
    with tempfile.TemporaryDirectory() as name, lab_machine(Path(name) / "lab") as server:
        beside = 0.0
        for added in ROUND_TRIPS:
            with Relay(server.url.partition("://")[2], delay=added / 2000) as relay:
                url = f"redis://127.0.0.1:{relay.port}/0"
                cold = cold_call(url, f"cold{added}.wav")
                beside = beside or cold
                folder = Path(name) / f"notebook{added}"
                folder.mkdir()
                with open_browser(folder, CELERY_BROKER_URL=url) as (lab, browser):
                    page = new_page(browser)
                    explorer(page, lab, f"step{added}.wav")
                    rows = stepped(page, PER_SECOND)
            share, median, late = painted(rows)
            more = f"; a cold call waits {(cold - beside) / added:.1f} round trips longer" if added else ""
            print(
                f"  {added:>3} ms added: {share:.0%} painted from memory; key press to paint {median:.1f} ms, 95th "
                f"percentile {late:.1f} ({late / FRAME:.2f} frames){more}"
            )
            good &= share > 0.9
    return good


@contextmanager
def lab_machine(root: Path) -> Iterator[EmbeddedServer]:
    """A server and, beside it, a worker that serves recordings of which nothing has been computed."""
    root.mkdir()
    for added in ROUND_TRIPS:
        for kind in ("step", "cold"):
            write_calls(root / f"{kind}{added}.wav", seed=added + (kind == "cold"), calls=CALLS)
    server = EmbeddedServer(workers=0)
    command = [sys.executable, "-m", "battycoda_nb.cli", "worker", "--root", root, "--broker", server.url]
    worker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))
    try:
        yield server
    finally:
        worker.terminate()
        worker.wait(20)
        server.stop()


def cold_call(url: str, name: str) -> float:
    """Median wait, ms, for a call that was not asked for before, by a client that has been in use."""
    client = Client(url, url)
    try:
        recording = client.open(name)
        recording.spectrogram(0)
        waits = []
        for call in range(CALLS - COLD, CALLS):
            begun = time.perf_counter()
            recording.spectrogram(call)
            waits.append(time.perf_counter() - begun)
    finally:
        client.close()
    return statistics.median(waits) * 1e3
