"""Sections of the panel, made of a status: rows of short texts, and one sentence for what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.status import Status, Worker
from battycoda_nb.formatting import ago, counted

SHOWN = 100  # rows of one table; its heading counts them all
LONGEST = 400  # characters of one text

Sections = dict[str, dict[str, Any]]


def sections(status: Status, failed: Sequence[dict[str, Any]]) -> Sections:
    """The parts of the panel; one that is equal to what was sent last need not be sent again.

    Parameters
    ----------
    status : Status
        With a `problem`, only a summary of that is returned: nothing else is known.
    failed : sequence of dict
        The rows of what failed, from `Retries.rows`.

    Returns
    -------
    dict
        ``summary`` {state, sentence, note}, ``facts`` {items: [[name, value], …]}, and for each of ``sites``,
        ``workers``, ``running`` and ``failed`` {count, rows}. A row is {id, cells: [text, …]}, and may have ``bad``
        (something is wrong with it) and ``more`` (a sentence below it).
    """
    if status.problem:
        return {"summary": {"state": "unreachable", "sentence": plain(status.problem), "note": ""}}
    return {
        "summary": summary(status),
        "facts": {"items": facts(status)},
        "sites": table(site_rows(status)),
        "workers": table([worker_row(worker) for worker in status.workers]),
        "running": table(
            [
                row(task.task_id, [task.what, task.site or "no site", duration(task.since), task.worker])
                for task in sorted(status.running, key=lambda task: -task.since)
            ]
        ),
        "failed": table(failed),
    }


def summary(status: Status) -> dict[str, str]:
    """How the cluster is. The sentence is read aloud when it changes, so it holds no number that counts on."""
    troubles = []
    silent = [worker for worker in status.workers if not worker.alive]
    other = [worker for worker in status.workers if worker.alive and worker.trouble]
    if not any(worker.alive for worker in status.workers):
        troubles.append("No worker answers, so nothing is computed")
    if silent:
        troubles.append(f"{names(silent)} {'is' if len(silent) == 1 else 'are'} silent: killed, hanging, or cut off")
    if other:
        troubles.append(f"{names(other)} cannot be relied on: see below")
    idle = [site for site, waiting in waiting_by_site(status).items() if sum(waiting) and site not in status.sites]
    if idle and status.sites:
        where = ", ".join(site or "no site" for site in idle)
        troubles.append(f"Tasks wait for {where}, where no worker answers")
    note = f"{counted(sum(map(len, status.sites.values())), 'worker')} at {counted(len(status.sites), 'site')}"
    if list(status.sites) == [""]:
        note = counted(len(status.sites[""]), "worker")
    waiting = sum(status.queues.values())
    note += f", {counted(waiting, 'task')} waiting" if waiting else ", nothing waits"
    sentence = plain("".join(f"{trouble}. " for trouble in troubles).strip())
    return {"state": "trouble" if troubles else "well", "sentence": sentence, "note": note}


def facts(status: Status) -> list[list[str]]:
    return [
        ["Server", plain(status.broker)],
        ["Round trip", f"{status.round_trip * 1e3:.1f} ms"],
        ["Cache", status.cache.size],
        ["Hit rate", status.cache.hits or "nothing asked yet"],
    ]


def waiting_by_site(status: Status) -> dict[str, list[int]]:
    """How many tasks wait in each of a site's queues, in the order of `protocol.queues`."""
    sites = sorted({"", *(worker.site for worker in status.workers)})
    return {site: [status.queues.get(name, 0) for name in protocol.queues(site)] for site in sites}


def site_rows(status: Status) -> list[dict[str, Any]]:
    """A row for each site; the workers without one are a row too, where there are any or something waits for them."""
    rows = []
    for site, waiting in waiting_by_site(status).items():
        workers = len(status.sites.get(site, ()))
        bad = not workers and bool(site or sum(waiting))
        if workers or bad:
            rows.append(row(site, [site or "no site", str(workers or "none"), *map(str, waiting)], bad=bad))
    return rows


def worker_row(worker: Worker) -> dict[str, Any]:
    seen = "just now" if worker.silent < 2 else ago(worker.silent)
    word = "silent" if not worker.alive else "trouble" if worker.trouble else "well"
    cells = [word, worker.name, worker.site or "no site", worker.host, worker.version, f"{worker.load:.0%}", seen]
    return row(worker.name, cells, bad=bool(worker.trouble), more=worker.trouble)


def row(id: str, cells: Iterable[str], *, bad: bool = False, more: str = "") -> dict[str, Any]:
    return {"id": plain(id), "cells": [plain(cell) for cell in cells], "bad": bad, "more": plain(more)}


def table(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"count": len(rows), "rows": list(rows[:SHOWN])}


def plain(text: str) -> str:
    """What somebody else wrote, short enough for a screen and fit for JSON, which has no lone surrogates."""
    text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return text.encode("utf-8", "replace").decode()


def names(workers: Sequence[Worker]) -> str:
    """The first three by name, the others by number."""
    first = ", ".join(worker.name[:60] for worker in workers[:3])
    return f"{first} and {len(workers) - 3} more" if len(workers) > 3 else first


def duration(seconds: float) -> str:
    return f"{max(seconds, 0):.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
