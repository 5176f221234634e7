"""``battycoda doctor`` on workers: one test per broken link, each with what mends it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import battycoda_nb as bc
from battycoda_nb.cli.doctor import workers
from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.store import Store


def broken(output: str) -> list[str]:
    """The broken links with their remedies, each as one line."""
    lines = output.splitlines()
    return [f"{line} -> {lines[n + 1].strip()}" for n, line in enumerate(lines) if line.startswith("!!")]


def at(folder: Path, password: str = "") -> str:
    return f"redis+socket://{f':{password}@' if password else ''}{folder}/s.sock"


def test_workers(
    report: Callable[..., tuple[int, str]],
    server: EmbeddedServer,
    start_worker: Callable[..., subprocess.Popen[bytes]],
    until: Callable[..., object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One worker that is well, whose root then goes, which then is too old, and at last does not understand us."""
    root = tmp_path / "bats"
    root.mkdir()
    start_worker(
        server.url, "-P", "solo", "--without-mingle", BATTYCODA_DATA_ROOT=str(root), BATTYCODA_SITE="attic",
    )  # fmt: skip
    client = bc.connect(server.url)
    [worker] = until(lambda: client.sites().get("attic"), "it is there")
    client.close()
    code, text = report("--broker", server.url)
    assert (code, broken(text)) == (0, [])
    assert f"ok worker {worker.name}: version {bc.__version__}, clock " in text
    assert f"ok site attic: {worker.name} answers in " in text
    assert "ok site attic: its root can be read" in text

    shutil.rmtree(root)
    [line] = broken(report("--broker", server.url)[1])
    assert line.startswith(f"!! worker {worker.name}: the data root 'bats' cannot be read: No such file or directory")
    assert f"-> on {worker.name.rpartition('@')[2]}: ls -ld DIR, and if it is there sudo chmod -R a+rX DIR" in line
    root.mkdir()

    monkeypatch.setattr(workers, "__version__", "9.9.9")
    [line] = broken(report("--broker", server.url)[1])
    assert line == (
        f"!! worker {worker.name}: it has version {worker.version}, here is 9.9.9 -> "
        f"on {worker.host}: install battycoda_nb 9.9.9, then start the worker anew"
    )
    monkeypatch.setattr(protocol, "PROTOCOL", 999)  # as if this side were of a later version
    [line] = broken(report("--broker", server.url)[1])
    assert f"its version {worker.version} and the 9.9.9 here do not understand each other" in line
    assert "install battycoda_nb 9.9.9" in line


def test_each_worker_of_a_site_is_asked_and_their_roots_must_be_the_same(
    report: Callable[..., tuple[int, str]],
    server: EmbeddedServer,
    start_worker: Callable[..., subprocess.Popen[bytes]],
    until: Callable[..., object],
    tmp_path: Path,
) -> None:
    roots = [tmp_path / "bats", tmp_path / "birds"]
    for number, root in enumerate(roots):
        root.mkdir()
        start_worker(
            server.url, "-P", "solo", "--without-mingle", "-n", f"w{number}@lab",
            BATTYCODA_DATA_ROOT=str(root), BATTYCODA_SITE="attic",
        )  # fmt: skip
    (roots[0] / "night1.wav").touch()
    client = bc.connect(server.url)
    until(lambda: len(client.sites().get("attic", [])) == 2, "both are there")
    client.close()
    [line] = broken(report("--broker", server.url)[1])
    answer = "!! site attic: its workers have different roots: w0@lab has 'bats' (entries: 1); w1@lab has 'birds' ("
    assert line.startswith(answer)
    assert "-> start each with the same folder: battycoda worker --root DIR --site attic --broker" in line
    (roots[1] / "night1.wav").touch()  # as where one folder is mounted in two places
    code, text = report("--broker", server.url)
    assert (code, "ok site attic: its root can be read, the same by 2 workers" in text) == (0, True)
    shutil.rmtree(roots[1])
    [line] = broken(report("--broker", server.url)[1])
    assert line.startswith("!! worker w1@lab: the data root 'birds' cannot be read")


def test_a_worker_that_is_silent_does_not_answer_or_has_a_wrong_clock(
    report: Callable[..., tuple[int, str]], server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said by no worker at all: what a registry holds after one was cut off, and of one whose clock is wrong."""
    monkeypatch.setattr("battycoda_nb.cli.doctor.workers.PATIENCE", 0.1)
    store = Store(redis_client(server.url))
    facts = {"site": "attic", "host": "lab", "pid": 7, "version": bc.__version__, "protocol": protocol.PROTOCOL}
    seconds, _ = store.redis.time()
    store.beat("late@lab", {**facts, "clock": seconds + 100})
    store.beat("gone@lab", facts)
    store.redis.zincrby("battycoda:heard", -60, "gone@lab")
    gone, late, stuck = broken(report("--broker", server.url)[1])
    assert gone.startswith("!! worker gone@lab: silent for 60 s")
    assert "-> on lab: kill -9 7; battycoda worker --root DIR --site attic --broker redis+socket://" in gone
    assert late.startswith("!! worker late@lab: its clock is +")
    assert late.endswith("-> on lab: sudo timedatectl set-ntp true")
    assert stuck.startswith("!! site attic: no answer within 0.1 s")
