"""What `battycoda doctor` finds out about a server's workers: there, answering, of our version, with their root."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import battycoda_nb

from . import config
from .client import Client
from .dispatch import start_worker
from .errors import BattycodaError
from .finding import Finding
from .status import CLOCK_LIMIT, Worker
from .store import SILENT_S

PATIENCE = 5.0  # s in which a worker must answer


def findings(broker: str) -> Iterator[Finding]:
    """Of each worker that has been heard of lately, and of each site."""
    client = Client(broker, config.result_url(broker))
    try:
        status = client.status()
        if not status.sites:
            fact = f"no worker has been heard of for {SILENT_S} s"
            yield Finding(False, "workers", fact, start_worker(broker))
        for worker in status.workers:
            yield from _worker(broker, worker)
        for site, workers in status.sites.items():
            if any(worker.protocol == config.PROTOCOL for worker in workers):
                yield from _site(client, broker, site)
    except BattycodaError as error:
        yield Finding(False, "workers", str(error), "battycoda doctor, once more")
    finally:
        client.close()


def _worker(broker: str, worker: Worker) -> Iterator[Finding]:
    what, ours = f"worker {worker.name}", battycoda_nb.__version__
    if not worker.alive:
        again = f"on {worker.host}: kill -9 {worker.pid}; {start_worker(broker, worker.site)}"
        yield Finding(False, what, f"silent for {worker.silent:.0f} s: it was killed, hangs, or is cut off", again)
        return
    install = f"on {worker.host}: pip install battycoda-nb=={ours}, then start the worker anew"
    if worker.protocol != config.PROTOCOL:
        fact = f"its version {worker.version} and the {ours} here do not understand each other"
        yield Finding(False, what, fact, install)
        return
    if worker.version != ours:
        yield Finding(False, what, f"it has version {worker.version}, here is {ours}", install)
    if abs(worker.clock_off) > CLOCK_LIMIT:
        fact = f"its clock is {worker.clock_off:+.0f} s off the server's"
        yield Finding(False, what, fact, f"on {worker.host}: sudo timedatectl set-ntp true")
    if not worker.trouble and worker.version == ours:
        yield Finding(True, what, f"version {worker.version}, clock {worker.clock_off:+.1f} s")


def _site(client: Client, broker: str, site: str) -> Iterator[Finding]:
    """Whether one of its workers answers, and can read its root."""
    what = f"site {site}" if site else "workers without a site"
    began = time.perf_counter()
    try:
        answer = client._begin(config.TASK_CHECK, {}, site, json.loads).result(PATIENCE)
    except TimeoutError:
        fact = f"no answer within {PATIENCE:g} s: busy with something long, or stuck"
        yield Finding(False, what, fact, f"battycoda status shows what it does; anew: {start_worker(broker, site)}")
        return
    except BattycodaError as error:
        yield Finding(False, what, str(error), f"anew: {start_worker(broker, site)}")
        return
    took = time.perf_counter() - began
    said = answer if isinstance(answer, dict) else {}
    name, root = str(said.get("worker", "?")), str(said.get("root", ""))
    yield Finding(True, what, f"{name} answers in {took * 1e3:.0f} ms")
    host = name.rpartition("@")[2]
    mend = f"on {host}: ls -ld DIR, and if it is there sudo chmod -R a+rX DIR, with the worker's --root for DIR"
    yield Finding(not root, what, root or "its root can be read", mend if root else "")
