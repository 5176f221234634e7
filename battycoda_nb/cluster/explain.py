"""Explain to users why a result is not there yet, and what to do: a sentence or two for where it is to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from battycoda_nb._version import __version__

from . import protocol
from .address import shown
from .in_flight import Entry
from .records import Failure
from .starting import coming_sites
from .status import Task, Worker, read_workers
from .store import LOCK_MS, Store

LONG = 30.0  # s; what a worker computes for longer deserves a look at it
COUNTED = 1000  # messages of a queue that are looked through
_SHOWN = 2  # of the tasks that are at work

# How many messages are to be worked off before the one that holds an id; -1: it is not among the next ones.
_AHEAD = """
local messages = redis.call('lrange', KEYS[1], -tonumber(ARGV[2]), -1)
for n = #messages, 1, -1 do
    if string.find(messages[n], ARGV[1], 1, true) then return #messages - n end
end
return -1
"""


@dataclass(frozen=True)
class Facts:
    """What is known of one piece of work.

    Attributes
    ----------
    site : str
        Whose workers can do it.
    outcome : bytes, Failure or None
        The result, or why there is none, if it has ended.
    awaited : bool
        Whether somebody here still waits for it.
    done_by : str
        Who computed it; empty if that is not known, or not done.
    computing : Task or None
        That a living worker is at work on it.
    begun_by : str
        Who began it and does not hold it any more; empty if nobody did.
    workers : sequence of Worker
        The site's, silent ones too.
    running : sequence of Task
        What the site's workers are at work on.
    ahead : int or None
        How many messages are worked off before its own, `COUNTED` for that many or more; None: it is in no queue.
    starting : bool
        A worker of the site is being started.
    start : str
        How to have a worker.
    """

    site: str = ""
    outcome: bytes | Failure | None = None
    awaited: bool = True
    done_by: str = ""
    computing: Task | None = None
    begun_by: str = ""
    workers: Sequence[Worker] = ()
    running: Sequence[Task] = ()
    ahead: int | None = None
    starting: bool = False
    start: str = ""


def read_facts(store: Store, queues: Any, id: str, entry: Entry | None, start: str) -> Facts:
    """Ask the servers of results and of queues; `queues` is the latter's Redis client.

    Raises
    ------
    redis.exceptions.RedisError
        If one of them does not answer.
    """
    record, outcome = store.record(id)
    done_by = record.get("worker", "") if record.get("state") == "success" else ""
    if outcome is not None or (done_by and entry is None):
        return Facts(outcome=outcome, awaited=entry is not None, done_by=done_by)
    now = store.now()
    seen = store.workers(within=float("inf"))
    clocks = {name: facts["clock_off"] for name, facts in seen.items()}
    running = {  # since when, by the server's clock: the worker's own may be off
        task: Task(task, job.what, job.site, job.worker, max(now - job.when + clocks.get(job.worker, 0.0), 0.0))
        for task, job in store.running().items()
    }
    computing = running.get(id)
    site = entry.site if entry else computing.site if computing else ""
    begun_by = record.get("worker", "") if record.get("state") == "processing" and computing is None else ""
    return Facts(
        site=site,
        awaited=entry is not None,
        computing=computing,
        begun_by=begun_by,
        workers=[worker for worker in read_workers(seen) if worker.site == site],
        running=[task for task in running.values() if task.site == site],
        ahead=_messages_ahead(queues, entry) if entry and entry.message else None,
        starting=site in coming_sites(store),
        start=start,
    )


def _messages_ahead(queues: Any, entry: Entry) -> int | None:
    """How many messages the site's workers take before the one that holds this work; they take urgent ones first."""
    before = 0
    for queue in protocol.queues(entry.site):
        if queue == entry.queue:
            there = int(queues.eval(_AHEAD, 1, queue, entry.message, COUNTED))
            if there < 0 and int(queues.llen(queue)) <= COUNTED:
                return None
            return min(before + (there if there >= 0 else COUNTED), COUNTED)
        before += int(queues.llen(queue))
    return None


def explain(facts: Facts) -> str:
    """Why it is not there yet and what to do, in one sentence or two."""
    if isinstance(facts.outcome, Failure):
        return f"It failed: {facts.outcome.message}"
    if facts.outcome is not None and facts.awaited:
        return "It is computed and on its way here: it shows within a second or two."
    if facts.outcome is not None:
        return f"It is finished: {facts.done_by or 'a worker'} computed it, and the result is kept."
    if facts.done_by and not facts.awaited:
        return f"It is finished, but the result that {facts.done_by} computed is not kept any more: ask for it again."
    if (task := facts.computing) is not None:
        slow = " That is long: battycoda status shows what its worker does." if task.since >= LONG else ""
        return f"{task.worker} has been computing it for {seconds(task.since)}.{slow}"
    if not facts.awaited:
        return "Nobody here waits for it any more: ask for it again."
    if facts.starting and not any(worker.alive and worker.protocol == protocol.PROTOCOL for worker in facts.workers):
        whose = f" of site {facts.site!r}" if facts.site else ""
        return f"A worker{whose} is being started: it begins with this as soon as it is up."
    if not any(worker.alive for worker in facts.workers):
        return nobody(facts.site, facts.workers, facts.start)
    if not any(worker.alive and worker.protocol == protocol.PROTOCOL for worker in facts.workers):
        worker = next(worker for worker in facts.workers if worker.alive)
        return f"{worker.name} {worker.trouble}"
    if facts.begun_by:
        return _begun(facts)
    if facts.ahead is not None:
        return f"{_queued(facts)}; {_at_work(facts)}."
    return "It is between this notebook and a worker; what is lost on the way is sent again by itself."


def _queued(facts: Facts) -> str:
    at = f" at {facts.site}" if facts.site else ""
    return f"Queued behind {_others(facts.ahead)}{at}" if facts.ahead else f"It is the next to be computed{at}"


def _others(count: int) -> str:
    return f"{count}{' or more' if count == COUNTED else ''} other{'s' if count > 1 else ''}"


def _at_work(facts: Facts) -> str:
    there = sum(worker.alive for worker in facts.workers)
    count = f"{there} worker{'s are' if there > 1 else ' is'}"
    if not facts.running:
        return f"{count} there, so it begins soon"
    shown = [f"{task.what}, for {seconds(task.since)}" for task in facts.running[:_SHOWN]]
    more = len(facts.running) - len(shown)
    return f"{count} at work there: {'; '.join(shown)}{f'; and {more} more' if more > 0 else ''}"


def _begun(facts: Facts) -> str:
    """Of what a worker began and holds no more: it was killed, hangs, or could not read the file at once."""
    again = f"it waits behind {_others(facts.ahead)} to be" if facts.ahead else "within seconds it is"
    last = next((worker for worker in facts.workers if worker.name == facts.begun_by), None)
    # Claim and sign of life are renewed together, so one who lost the claim and is heard of has been started anew.
    if last is None or last.silent < LOCK_MS / 2e3:
        return f"{facts.begun_by} began it and did not finish it: {again} begun again."
    return f"{facts.begun_by} began it and has been silent for {seconds(last.silent)}: {again} begun by another."


def nobody(site: str, workers: Sequence[Worker], start: str) -> str:
    """What to say where none of a site's `workers` can be heard; `start` is how to have one."""
    whose = f" of site {site!r}" if site else ""
    if not workers:
        return f"No worker{whose} has been heard of lately: {start}"
    silent = seconds(min(worker.silent for worker in workers))
    if len(workers) == 1:
        who = f"{workers[0].name}, the only worker{whose}, has been silent for {silent}: it was"
    else:
        who = f"All {len(workers)} workers{whose} have been silent for {silent} or longer: they were"
    verbs = ("hangs", "is") if len(workers) == 1 else ("hang", "are")
    return f"{who} killed, {verbs[0]}, or {verbs[1]} cut off. It goes on when one is back; if not: {start}"


def start_worker(broker: str, site: str = "") -> str:
    """The command that starts a worker for this server."""
    return f"battycoda worker --root DIR {f'--site {site} ' if site else ''}--broker {shown(broker)}"


def skew(worker: dict[str, Any]) -> str:
    """What to tell a user whose worker is of a version that does not understand this one."""
    theirs, ours = worker.get("version", "?"), __version__
    return (
        f"The worker on {worker.get('host', '?')} has battycoda_nb {theirs}, which does not understand the {ours} "
        f"here: install the same version on both"
    )


def seconds(since: float) -> str:
    """A time in words: it is exact where it is short."""
    if since < 10:
        return f"{since:.1f} s"
    return f"{since:.0f} s" if since < 120 else f"{since / 60:.0f} min"
