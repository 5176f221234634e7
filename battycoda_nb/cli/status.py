"""The status in a terminal: printed once, or drawn anew every second."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterable

from redis.exceptions import RedisError

from battycoda_nb.cluster import environment
from battycoda_nb.cluster.address import normal, refusal, shown
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.status import Status, describe, read_status
from battycoda_nb.cluster.store import SILENT_S, Store
from battycoda_nb.formatting import ago, clean

EVERY = 1.0  # s between two looks
TIMEOUT = 1.0  # s for an answer; with the repetition a server that hangs is told after 3 s
SHOWN = 10  # of running and of failed tasks
_HOME, _REST_OF_LINE, _REST_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"


def show_status(broker: str, *, watch: bool = False, as_json: bool = False) -> int:
    """Print what the cluster at `broker` is doing; 0 if it is well, 1 if something is in trouble.

    Raises
    ------
    RequestError
        If `broker` is no address. A server that does not answer is part of what is shown.
    """
    ask = status_of(broker)
    since, before = time.strftime("%H:%M:%S"), None
    try:
        while True:
            status = ask()
            wrong = problems(status)
            if watch and bool(wrong) is not before:  # when it began to be so
                since, before = time.strftime("%H:%M:%S"), bool(wrong)
            if as_json:
                print(json.dumps(status.to_json()), flush=True)
            else:
                lines = [headline(wrong, since if watch else ""), "", *body(status, shutil.get_terminal_size().columns)]
                print(frame(lines) if watch else "\n".join(lines), flush=True)
            if not watch:
                return int(bool(wrong))
            time.sleep(EVERY)
    except KeyboardInterrupt:
        return int(bool(before))


def status_of(broker: str) -> Callable[[], Status]:
    """A function that asks the server for the status; one that is away is the status's `problem`."""
    broker = normal(broker)
    # The one repetition is for a connection that a restart of the server has cut.
    store = Store(redis_client(environment.result_url(broker), timeout=TIMEOUT, patience=0.1))
    queues = redis_client(broker, timeout=TIMEOUT, patience=0.1)
    name = shown(broker)

    def ask() -> Status:
        try:
            return read_status(name, store, lambda names: {name: queues.llen(name) for name in names})
        except RedisError as error:
            problem = refusal(broker, error) or f"no server answers ({error}); battycoda doctor says what to do"
            return Status(name, problem=problem)

    return ask


def problems(status: Status) -> list[str]:
    """What is wrong, a sentence each; empty if all is well."""
    if status.problem:
        return [status.problem]
    wrong = [f"worker {worker.name}: {worker.trouble}" for worker in status.workers if worker.trouble]
    if not status.starting and not any(worker.alive for worker in status.workers):
        wrong.append(f"no worker has been heard of for {SILENT_S} s; battycoda doctor says what to do")
    return wrong


def headline(wrong: list[str], since: str) -> str:
    state = "well" if not wrong else f"!! {len(wrong)} {'problems' if len(wrong) > 1 else 'problem'}"
    return f"{state} since {since} (Ctrl+C ends)" if since else state


def body(status: Status, width: int) -> list[str]:
    """The status as lines of at most `width` (80 or more) characters: a label, and what is to be said."""
    rows = [("server", f"{status.broker}, answers in {status.round_trip * 1e3:.1f} ms")]
    if status.problem:
        rows = [("server", status.broker), ("", f"!! {status.problem}")]
    else:
        rows += [("cache", str(status.cache))]
        if not any(worker.alive for worker in status.workers):
            rows.append(("workers", f"{'' if status.starting else '!! '}{status.absence}"))
        for worker in sorted(status.workers, key=lambda worker: worker.site):
            label = f"site {worker.site}" if worker.site else "no site"
            rows.append((label, f"{'!! ' if worker.trouble else ''}{worker.name}: {describe(worker)}"))
        rows += [("waiting", f"{count} in {name}") for name, count in status.queues.items()]
        running = [f"{task.what} on {task.worker}, for {task.since:.1f} s" for task in status.running]
        failed = [f"{task.what}, {ago(task.since)}: {task.error}" for task in status.failed]
        rows += [("running", text) for text in first(running)] + [("failed", text) for text in first(failed)]
    rows = [(clean(label)[:38], clean(text)) for label, text in rows]
    column = max(len(label) for label, _ in rows) + 2
    lines, before = [], ""
    for label, text in rows:
        wrapped = textwrap.wrap(text, max(width, 80) - column) or [""]
        lines.append(f"{'' if label == before else label:<{column}}{wrapped[0]}")
        lines += [" " * column + line for line in wrapped[1:]]
        before = label
    return lines


def first(texts: list[str]) -> list[str]:
    return texts[:SHOWN] + ([f"and {len(texts) - SHOWN} more"] if len(texts) > SHOWN else [])


def frame(lines: Iterable[str]) -> str:
    """Lines over what a terminal showed before; on something else than a terminal as they are."""
    if not sys.stdout.isatty():
        return "\n".join([*lines, ""])
    shown = list(lines)[: shutil.get_terminal_size().lines - 2]
    return _HOME + "".join(f"{line}{_REST_OF_LINE}\n" for line in shown) + _REST_OF_SCREEN
