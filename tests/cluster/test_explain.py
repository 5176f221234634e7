"""Reasons why a call is still grey, asked of real servers and workers that work, wait, hang and die."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import battycoda_nb as bc
from battycoda_nb.client.client import Client
from battycoda_nb.client.workers import Description
from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.explain import COUNTED, Facts, explain, nobody, seconds
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.cluster.status import Task, Worker
from battycoda_nb.cluster.store import Store
from battycoda_nb.cluster.work import Location
from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.data_root import Fence

Start = Callable[..., "subprocess.Popen[bytes]"]
Until = Callable[..., object]
SITE = "basement"
HUGE = 700_000_000  # bytes: a second or two of MD5


@pytest.fixture
def asker(server: EmbeddedServer, tones: Path) -> Iterator[tuple[Client, bc.Recording]]:
    """A client, and a recording at the basement that no worker was needed for."""
    archive = Archive(Fence(None, own=True))
    client = Client(server.url, server.url)
    info, calls = archive.open(str(tones))
    yield client, bc.Recording(client.workers, info, calls, Location(SITE, tones.name))
    client.close()


@pytest.fixture
def start(server: EmbeddedServer, start_worker: Start, folder: Path) -> Iterator[Start]:
    """Start a worker of the basement, under a name; it is not given time to finish what it does."""
    started = []

    def worker(name: str) -> subprocess.Popen[bytes]:
        options = ["-P", "solo", "--without-mingle", "--without-gossip", "-n", name]
        started.append(start_worker(server.url, *options, BATTYCODA_SITE=SITE, BATTYCODA_DATA_ROOT=str(folder)))
        return started[-1]

    yield worker
    for process in started:
        process.kill()


@pytest.fixture
def huge(folder: Path) -> Iterator[Path]:
    """A silent recording that takes no room."""
    path = folder / "huge.wav"
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 250_000, 500_000, 2, 16)
    with path.open("wb") as file:
        file.write(struct.pack("<4sI4s", b"RIFF", HUGE + 36, b"WAVE") + form + struct.pack("<4sI", b"data", HUGE))
        file.truncate(HUGE + 44)
    yield path
    path.unlink()


def open_slowly(client: Client, huge: Path) -> Pending[Description]:
    """Have a worker reckon the MD5 of a large file, which takes it seconds."""
    return client.workers.open(SITE, huge.name, "", calls=False, hash="0" * 32)


def at_work(client: Client, *tasks: Pending[Description]) -> bool:
    return {task.task_id for task in client.status().running} >= {task.task_id for task in tasks}


def test_where_nobody_is_it_says_how_to_start_one(asker: tuple[Client, bc.Recording]) -> None:
    client, recording = asker
    text = client.why(recording.submit(0).task_id)
    assert text.startswith("No worker of site 'basement' has been heard of lately: start one with: battycoda worker")
    assert "--site basement --broker redis+socket://" in text


def test_what_is_queued_and_what_is_computed(
    asker: tuple[Client, bc.Recording], server: EmbeddedServer, start: Start, until: Until, huge: Path
) -> None:
    client, recording = asker
    start("cellar-1@lab")
    until(lambda: SITE in client.sites(), "it is there")
    slow = open_slowly(client, huge)
    until(lambda: at_work(client, slow), "it is at work")
    asked = [recording.submit(call) for call in range(4)]
    ahead = recording.prefetch(range(10, 18))[-1]
    redis = redis_client(server.url)
    until(lambda: redis.llen(protocol.queues(SITE)[1]) == 2, "all is queued")
    working = "1 worker is at work there: open huge.wav, for "
    assert client.why(slow.task_id).startswith("cellar-1@lab has been computing it for ")
    assert client.why(asked[0].task_id).startswith(f"It is the next to be computed at basement; {working}")
    assert client.why(asked[3].task_id).startswith(f"Queued behind 3 others at basement; {working}")
    assert client.why(ahead.task_id).startswith(f"Queued behind 5 others at basement; {working}")
    with pytest.raises(bc.RecordingError, match="does not fit"):
        slow.result(60)
    assert client.why(slow.task_id).startswith("It failed: hash=")
    ahead.blob(20)
    assert client.why(ahead.task_id) == "It is finished: cellar-1@lab computed it, and the result is kept."
    Store(redis).discard(ahead.task_id)
    assert client.why(ahead.task_id).startswith("It is finished, but the result that cellar-1@lab computed is not kept")
    again = recording.submit(17)
    assert again.task_id == ahead.task_id
    again.blob(20)
    assert client.why(ahead.task_id).startswith("It is finished: cellar-1@lab")


def test_one_that_hangs_is_named_and_what_becomes_of_its_work(
    asker: tuple[Client, bc.Recording], server: EmbeddedServer, start: Start, until: Until, huge: Path
) -> None:
    client, _ = asker
    first = start("cellar-1@lab")
    until(lambda: SITE in client.sites(), "it is there")
    slow = open_slowly(client, huge)
    until(lambda: at_work(client, slow), "it is at work")
    os.kill(first.pid, signal.SIGSTOP)
    try:
        text = until(lambda: (text := client.why(slow.task_id)).startswith("cellar-1@lab, ") and text, "it is told")
        assert "the only worker of site 'basement', has been silent for " in text
        assert "It goes on when one is back; if not: start one with: battycoda worker" in text
        with pytest.raises(bc.ClusterError, match=r"cellar-1@lab, the only worker .* silent for .* battycoda worker"):
            client.open("basement:tones.wav")
        # One that lives and does not come to it yet; a real one would perhaps have begun it before we can ask.
        Store(redis_client(server.url)).beat("busy@lab", {"site": SITE, "protocol": protocol.PROTOCOL}, SITE)
        text = client.why(slow.task_id)
        assert text.startswith("cellar-1@lab began it and has been silent for ")
        assert text.endswith(" s: within seconds it is begun by another.")
        start("cellar-2@lab")
        until(lambda: client.why(slow.task_id).startswith("cellar-2@lab has been computing it"), "it has begun it")
    finally:
        os.kill(first.pid, signal.SIGCONT)


def test_what_a_killed_one_had_is_computed_by_another_which_is_told(
    asker: tuple[Client, bc.Recording], start: Start, until: Until, huge: Path
) -> None:
    client, _ = asker
    for name in ("cellar-1@lab", "cellar-2@lab"):
        start(name)
    until(lambda: len(client.sites().get(SITE, [])) == 2, "both are there")
    slow = open_slowly(client, huge)
    until(lambda: at_work(client, slow), "one is at work")
    [task] = client.status().running
    victim = next(worker for worker in client.sites()[SITE] if worker.name == task.worker)
    os.kill(victim.pid, signal.SIGKILL)
    [other] = {"cellar-1@lab", "cellar-2@lab"} - {victim.name}
    until(lambda: client.why(slow.task_id).startswith(f"{other} has been computing it for "), "the other has begun it")


@pytest.mark.timeout(30)  # else it would be waited for until it goes on
def test_a_server_that_hangs_is_an_answer(asker: tuple[Client, bc.Recording], server: EmbeddedServer) -> None:
    client, recording = asker
    pid = redis_client(server.url).info("server")["process_id"]
    pending = recording.submit(0)
    os.kill(pid, signal.SIGSTOP)
    try:
        assert client.why(pending.task_id).startswith("No server answers at redis+socket://")
    finally:
        os.kill(pid, signal.SIGCONT)


def test_what_is_no_id_or_not_awaited(asker: tuple[Client, bc.Recording]) -> None:
    client, _ = asker
    assert client.why("0" * 32) == "Nobody here waits for it any more: ask for it again."
    for nonsense in ("nonsense", "", "F" * 32, None):
        for ask in (client.why, client.task_status):
            with pytest.raises(bc.RequestError, match="is not the id of a task: it has 32 hex digits"):
                ask(nonsense)


WELL = Worker("a@lab", SITE, protocol=protocol.PROTOCOL)


def test_the_words() -> None:
    running = [Task(str(n), f"night1.wav, call {n}", SITE, "a@lab", 9.96 * n) for n in range(1, 4)]
    assert explain(Facts(SITE, workers=[WELL, WELL], running=running, ahead=1)) == (
        "Queued behind 1 other at basement; 2 workers are at work there: night1.wav, call 1, for 10.0 s; "
        "night1.wav, call 2, for 20 s; and 1 more."
    )
    assert "on its way here" in explain(Facts(outcome=b"x", done_by="a@lab"))
    assert explain(Facts(outcome=b"x", awaited=False)).startswith("It is finished: a worker computed it")
    assert explain(Facts(workers=[WELL], ahead=COUNTED)) == (
        "Queued behind 1000 or more others; 1 worker is there, so it begins soon."
    )
    assert explain(Facts(computing=Task("1", "x", "", "a@lab", 300.0))) == (
        "a@lab has been computing it for 5 min. That is long: battycoda status shows what its worker does."
    )
    assert explain(Facts(workers=[WELL], begun_by="b@lab", ahead=2)) == (
        "b@lab began it and did not finish it: it waits behind 2 others to be begun again."
    )
    assert "is sent again by itself" in explain(Facts(workers=[WELL]))
    assert "does not understand version" in explain(Facts(workers=[Worker("old@lab", SITE, protocol=1)]))
    silent = [Worker(name, SITE, silent=time) for name, time in (("a@lab", 300.0), ("b@lab", 12.3))]
    assert nobody("", silent, "start one") == (
        "All 2 workers have been silent for 12 s or longer: they were killed, hang, or are cut off. "
        "It goes on when one is back; if not: start one"
    )
    assert [seconds(since) for since in (0.04, 119.0, 121.0)] == ["0.0 s", "119 s", "2 min"]
