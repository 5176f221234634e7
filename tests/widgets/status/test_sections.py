"""Sections of the status panel: what it says of a status."""

from __future__ import annotations

from typing import Any

import pytest

from battycoda_nb import __version__
from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.status import Cache, Status, Task, Worker
from battycoda_nb.widgets.status.sections import LONGEST, SHOWN, plain, sections


def worker(name: str, **facts: Any) -> Worker:
    return Worker(name, **{"version": __version__, "protocol": protocol.PROTOCOL, "host": "lab", **facts})


def status(*workers: Worker, **more: Any) -> Status:
    return Status("redis://lab", workers=workers, **more)


@pytest.mark.parametrize(
    ("given", "state", "words"),
    [
        (status(worker("a")), "well", ""),
        (status(), "trouble", "No worker answers, so nothing is computed."),
        (
            status(worker("a"), worker("b", silent=4.0)),
            "trouble",
            "b is silent: killed, hanging, or cut off.",
        ),
        (
            status(worker("a"), *(worker(f"b{n}", silent=4.0) for n in range(5))),
            "trouble",
            "b0, b1, b2 and 2 more are silent: killed, hanging, or cut off.",
        ),
        (status(worker("a", clock_off=-40.0)), "trouble", "a cannot be relied on: see below."),
        (
            status(worker("a"), worker("b", site="attic", silent=9.0), queues={protocol.queues("attic")[1]: 2}),
            "trouble",
            "Tasks wait for attic, where no worker answers.",
        ),
        (Status("redis://lab", problem="No server answers"), "unreachable", "No server answers"),
    ],
)
def test_one_sentence_says_what_is_wrong(given: Status, state: str, words: str) -> None:
    summary = sections(given, [])["summary"]
    assert summary["state"] == state
    assert words in summary["sentence"]
    assert bool(summary["sentence"]) == (state != "well")


def test_the_sentence_does_not_count_on() -> None:
    """It is read aloud whenever it changes."""
    first, later = (sections(status(worker("b", silent=s)), [])["summary"]["sentence"] for s in (4.0, 5.0))
    assert first == later


def test_queues_stand_with_their_sites() -> None:
    asked, ahead, prepared = protocol.queues("attic")
    given = status(
        worker("a1", site="attic"),
        worker("a2", site="attic"),
        queues={asked: 1, ahead: 7, prepared: 40, protocol.queues()[0]: 0},
    )
    parts = sections(given, [])
    assert [row["cells"] for row in parts["sites"]["rows"]] == [["attic", "2", "1", "7", "40"]]
    assert parts["summary"]["note"] == "2 workers at 1 site, 48 tasks waiting"
    embedded = sections(status(worker("w"), queues=dict.fromkeys(protocol.queues(), 0)), [])
    assert [row["cells"] for row in embedded["sites"]["rows"]] == [["no site", "1", "0", "0", "0"]]
    assert embedded["summary"]["note"] == "1 worker, nothing waits"


def test_what_is_long_is_cut_and_counted() -> None:
    tasks = tuple(Task(str(n), "x" * 10_000, "", "\ud800", float(n)) for n in range(SHOWN + 50))
    part = sections(status(running=tasks), [])["running"]
    assert (part["count"], len(part["rows"])) == (SHOWN + 50, SHOWN)
    assert part["rows"][0]["cells"] == ["x" * (LONGEST - 1) + "…", "no site", "2 min", "?"]
    assert plain("müde 🦇") == "müde 🦇"


def test_the_facts_are_in_the_users_units() -> None:
    given = status(round_trip=0.00123, cache=Cache(2**21, 2**29, 3, 1))
    assert [value for _, value in sections(given, [])["facts"]["items"]] == [
        "redis://lab", "1.2 ms", "2.0 MB of 512 MB", "75% of 4",
    ]  # fmt: skip
