"""``battycoda doctor`` on a server's workers: there, answering, of our version, with their root."""

from __future__ import annotations

import time
from collections.abc import Iterator

from kombu.exceptions import OperationalError

from battycoda_nb._version import __version__
from battycoda_nb.client.client import Client
from battycoda_nb.cluster import environment, protocol
from battycoda_nb.cluster.explain import start_worker
from battycoda_nb.cluster.status import CLOCK_LIMIT, Worker
from battycoda_nb.cluster.store import SILENT_S
from battycoda_nb.errors import BattycodaError

from .finding import Finding

PATIENCE = 5.0  # s in which a worker must answer


def findings(broker: str) -> Iterator[Finding]:
    """Of each worker that has been heard of lately, and of each site."""
    client = Client(broker, environment.result_url(broker))
    try:
        status = client.status()
        if not status.sites and status.starting:
            yield Finding(None, "workers", status.absence, "battycoda doctor, once more")
        elif not status.sites:
            fact = f"no worker has been heard of for {SILENT_S} s"
            yield Finding(False, "workers", fact, start_worker(broker))
        for worker in status.workers:
            yield from _worker(broker, worker)
        for site, workers in status.sites.items():
            names = [worker.name for worker in workers if worker.protocol == protocol.PROTOCOL]
            if names:
                yield from _site(client, broker, site)
                yield from _roots(client, broker, site, names)
    except (BattycodaError, OperationalError) as error:
        yield Finding(False, "workers", str(error), "battycoda doctor, once more")
    finally:
        client.close()


def _worker(broker: str, worker: Worker) -> Iterator[Finding]:
    what, ours = f"worker {worker.name}", __version__
    if not worker.alive:
        again = f"on {worker.host}: kill -9 {worker.pid}; {start_worker(broker, worker.site)}"
        yield Finding(False, what, f"silent for {worker.silent:.0f} s: it was killed, hangs, or is cut off", again)
        return
    install = f"on {worker.host}: install battycoda_nb {ours}, then start the worker anew"
    if worker.protocol != protocol.PROTOCOL:
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
    """Whether what is asked of it is done."""
    what = _called(site)
    began = time.perf_counter()
    try:
        answer = client.workers.check(site).result(PATIENCE)
    except TimeoutError:
        fact = f"no answer within {PATIENCE:g} s: busy with something long, or stuck"
        yield Finding(False, what, fact, f"battycoda status shows what it does; anew: {start_worker(broker, site)}")
        return
    except BattycodaError as error:
        yield Finding(False, what, str(error), f"anew: {start_worker(broker, site)}")
        return
    took = time.perf_counter() - began
    facts = answer if isinstance(answer, dict) else {}
    yield Finding(True, what, f"{facts.get('worker', '?')} answers in {took * 1e3:.0f} ms")


def _roots(client: Client, broker: str, site: str, names: list[str]) -> Iterator[Finding]:
    """Whether each of its workers can read its root, and whether these are the same."""
    answers = client.workers.roots(names, PATIENCE)
    read: dict[str, str] = {}  # by digest, who has it
    count = 0
    for name in names:
        facts = answers.get(name)
        if not isinstance(facts, dict) or "digest" not in facts:
            fact = (
                f"does not say within {PATIENCE:g} s whether it can read its root: busy with something long, or stuck"
            )
            yield Finding(None, f"worker {name}", fact, "battycoda status shows what it does")
        elif trouble := facts.get("trouble"):
            host = name.rpartition("@")[2]
            mend = f"on {host}: ls -ld DIR, and if it is there sudo chmod -R a+rX DIR, with the worker's --root for DIR"
            yield Finding(False, f"worker {name}", str(trouble), mend)
        else:
            has = f"{name} has {str(facts.get('name'))!r} (entries: {facts.get('entries')})"
            read.setdefault(str(facts["digest"]), has)
            count += 1
    if len(read) > 1:
        fact = f"its workers have different roots: {'; '.join(read.values())}"
        yield Finding(False, _called(site), fact, f"start each with the same folder: {start_worker(broker, site)}")
    elif read:
        yield Finding(
            True, _called(site), "its root can be read" + (f", the same by {count} workers" if count > 1 else "")
        )


def _called(site: str) -> str:
    return f"site {site}" if site else "workers without a site"
