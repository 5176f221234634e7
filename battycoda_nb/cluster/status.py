"""The state of the cluster: as data, as a table in a notebook, as text in a terminal.

What workers and other clients say of themselves is shown as text, never as HTML, and believed no further than that.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from battycoda_nb._version import __version__
from battycoda_nb.formatting import ago, as_html, as_text

from . import protocol
from .store import SILENT_S, Store

CLOCK_LIMIT = 20  # s; lost messages are given back after 30 s by each worker's own clock

_COMING = "none is there yet, and one is being started"


@dataclass(frozen=True)
class Worker:
    """A worker as it was last heard of.

    Attributes
    ----------
    silent : float
        s since it was heard of; one that lives speaks twice a second.
    load : float
        Processes that want to run, per core of its machine.
    clock_off : float
        s by which its clock goes before the server's.
    """

    name: str
    site: str = ""
    host: str = ""
    pid: int = 0
    version: str = "?"
    protocol: int = 0
    load: float = 0.0
    silent: float = 0.0
    clock_off: float = 0.0

    @property
    def alive(self) -> bool:
        return self.silent < SILENT_S

    @property
    def trouble(self) -> str:
        """What is wrong with it, or nothing."""
        if not self.alive:
            return f"silent for {self.silent:.0f} s: it was killed, hangs, or is cut off"
        if self.protocol != protocol.PROTOCOL:
            return f"does not understand version {__version__}: install the same on both"
        if abs(self.clock_off) > CLOCK_LIMIT:
            return f"its clock is {self.clock_off:+.0f} s off: turn on time synchronisation there"
        return ""


@dataclass(frozen=True)
class Task:
    """Something that a worker does, or failed to do.

    Attributes
    ----------
    what : str
        Such as "night1.wav, call 12".
    since : float
        s since it was begun, or since it failed.
    error : str
        Why it failed.
    """

    task_id: str
    what: str
    site: str
    worker: str
    since: float
    error: str = ""


@dataclass(frozen=True)
class Cache:
    """The server's memory, and how often what was asked for was there already."""

    used: int  # bytes
    limit: int  # bytes; 0 means none
    found: int
    computed: int

    @property
    def size(self) -> str:
        return f"{self.used / 2**20:.1f} MB" + (f" of {self.limit / 2**20:.0f} MB" if self.limit else "")

    @property
    def hits(self) -> str:
        """The share of the requests that were there already; empty before the first."""
        asked = self.found + self.computed
        return f"{self.found / asked:.0%} of {asked}" if asked else ""

    def __str__(self) -> str:
        return self.size + (f", {self.hits} requests were there already" if self.hits else "")


@dataclass(frozen=True)
class Status:
    """What the cluster is doing: shows itself as a table. `Client.status` asks for it.

    Attributes
    ----------
    broker : str
        Its address, without a password.
    problem : str
        Why nothing is known, or empty.
    starting : int
        How many workers are being started.
    queues : dict
        Name of a queue: how many tasks wait in it.
    round_trip : float
        s until the server answered.
    """

    broker: str
    problem: str = ""
    workers: tuple[Worker, ...] = ()
    queues: dict[str, int] = field(default_factory=dict)
    running: tuple[Task, ...] = ()
    failed: tuple[Task, ...] = ()
    cache: Cache = Cache(0, 0, 0, 0)
    round_trip: float = 0.0
    starting: int = 0

    @property
    def sites(self) -> dict[str, list[Worker]]:
        """The living workers by site."""
        return by_site(self.workers)

    @property
    def absence(self) -> str:
        """How it is that no worker is there."""
        return _COMING if self.starting else f"none has been heard of for {SILENT_S} s"

    def rows(self) -> list[tuple[str, str]]:
        rows = [("server", self.broker)]
        if self.problem:
            return [*rows, ("problem", self.problem)]
        rows += [("round trip", f"{self.round_trip * 1e3:.1f} ms"), ("cache", str(self.cache))]
        rows += [(f"worker {worker.name}", describe(worker)) for worker in self.workers]
        if not any(worker.alive for worker in self.workers):
            rows.append(("workers", self.absence))
        rows += [(f"queue {name}", f"{count} waiting") for name, count in self.queues.items()]
        rows += [("running", f"{task.what}, for {task.since:.1f} s, on {task.worker}") for task in self.running]
        return rows + [("failed", f"{task.what}, {ago(task.since)}: {task.error}") for task in self.failed]

    def to_json(self) -> dict[str, Any]:
        troubles = [{**asdict(worker), "alive": worker.alive, "trouble": worker.trouble} for worker in self.workers]
        return {**asdict(self), "workers": troubles}

    def __repr__(self) -> str:
        return as_text(self.rows())

    def _repr_html_(self) -> str:
        return as_html(self.rows())


class Sites(Mapping[str, list[Worker]]):
    """The sites that have living workers, each with these; shows itself as a table. "" are workers without a site."""

    def __init__(self, workers: tuple[Worker, ...]) -> None:
        self._sites = by_site(workers)

    def __getitem__(self, site: str) -> list[Worker]:
        return self._sites[site]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sites)

    def __len__(self) -> int:
        return len(self._sites)

    def rows(self) -> list[tuple[str, str]]:
        if not self._sites:
            return [("sites", "no worker has been heard of")]
        return [
            (site or "(no site)", "; ".join(f"{worker.name}: {describe(worker)}" for worker in workers))
            for site, workers in self._sites.items()
        ]

    def __repr__(self) -> str:
        return as_text(self.rows())

    def _repr_html_(self) -> str:
        return as_html(self.rows())


def read_status(broker: str, store: Store, queue_lengths: Any) -> Status:
    """Ask the server; `queue_lengths` maps names of queues to their lengths.

    Raises
    ------
    redis.exceptions.RedisError
        If it does not answer.
    """
    began = time.perf_counter()
    store.redis.ping()
    round_trip = time.perf_counter() - began
    workers = read_workers(store.workers(within=float("inf")))
    served = {"", *(worker.site for worker in workers)}
    queues = {  # where no worker is any more, only what waits in vain is of interest
        name: count
        for site in sorted(served | store.sites())
        for name, count in queue_lengths(protocol.queues(site)).items()
        if count or site in served
    }
    now = time.time()
    running, failed = store.running(), store.failed()
    return Status(
        broker,
        workers=workers,
        queues=queues,
        running=tuple(Task(id, job.what, job.site, job.worker, now - job.when) for id, job in running.items()),
        failed=tuple(
            Task(id, f.job.what, f.job.site, f.job.worker, now - f.job.when, f.message) for id, f in failed.items()
        ),
        cache=Cache(*store.cache()),
        round_trip=round_trip,
        starting=len(store.starting()),
    )


def read_workers(facts_of: dict[str, dict[str, Any]]) -> tuple[Worker, ...]:
    """Read workers from what they say of themselves; what is not of the right type is left out."""
    kinds: dict[str, Any] = {"site": (str,), "host": (str,), "version": (str,), "pid": (int,), "protocol": (int,)}
    kinds |= dict.fromkeys(("load", "silent", "clock_off"), (int, float))
    return tuple(  # a bool is an int too, but no number of anything
        Worker(name, **{fact: facts[fact] for fact, kind in kinds.items() if type(facts.get(fact)) in kind})
        for name, facts in sorted(facts_of.items())
    )


def by_site(workers: tuple[Worker, ...]) -> dict[str, list[Worker]]:
    found: dict[str, list[Worker]] = {}
    for worker in workers:
        if worker.alive:
            found.setdefault(worker.site, []).append(worker)
    return dict(sorted(found.items()))


def describe(worker: Worker) -> str:
    ours = __version__
    version = worker.version if worker.version == ours else f"{worker.version} ({ours} here)"
    return worker.trouble or f"well, version {version}, load {worker.load:.0%} of {worker.host}"
