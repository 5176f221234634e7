"""Real parts for the tests: sound files with known content, a private server, workers that are really run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

import battycoda_nb as bc
from battycoda_nb.client.client import Client
from battycoda_nb.cluster.embedded import EmbeddedServer, server_binary

os.environ["BATTYCODA_SETTINGS"] = tempfile.mkdtemp(prefix="battycoda-settings-")  # not those of who runs the tests

RATE = 250_000
Sites = tuple[Client, dict[str, Path], EmbeddedServer]


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """The commands put addresses into the environment, for what they become: not for the next test."""
    saved = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(saved)


@pytest.fixture(scope="session")
def until() -> Callable[..., object]:
    """Wait for a condition to hold; its value. Fails with what was waited for."""

    def wait(condition: Callable[[], object], what: str, timeout: float = 15.0) -> object:
        deadline = time.monotonic() + timeout
        while not (value := condition()):
            assert time.monotonic() < deadline, f"waited {timeout:g} s in vain: {what}"
            time.sleep(0.01)
        return value

    return wait


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recordings")


@pytest.fixture(scope="session")
def tones(folder: Path) -> Path:
    """60 s at 250 kHz with 600 calls of 5 ms: a tone each, every one of another frequency, at 0.05 + 0.1 n s."""
    rng = np.random.default_rng(7)
    samples = rng.normal(0, 1e-3, 60 * RATE).astype(np.float32)
    onsets = 0.05 + 0.1 * np.arange(600)
    t = np.arange(int(0.005 * RATE)) / RATE
    for n, onset in enumerate(onsets):
        start = round(onset * RATE)
        samples[start : start + len(t)] += 0.3 * np.sin(2 * np.pi * (20_000 + 150 * n) * t)
    path = folder / "tones.wav"
    soundfile.write(path, samples, RATE, subtype="PCM_16")
    lines = [f"{onset:.6f},{onset + 0.005:.6f},tone" for onset in onsets]
    (folder / "tones.wav.csv").write_text("onset,offset,label\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def client() -> Client:
    """The client of this process's own server and worker."""
    return bc.connect()


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each file or folder was handed to the disk, by its real path."""
    count: Counter[str] = Counter()
    fsync = os.fsync

    def counting(descriptor: int) -> None:
        count[os.path.realpath(f"/proc/self/fd/{descriptor}")] += 1
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", counting)
    return count


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    """A private server without workers."""
    server = EmbeddedServer(workers=0)
    yield server
    server.stop()


@pytest.fixture
def start_worker() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start ``celery -A tasks worker``; each is killed, by its id, when the test ends."""
    started: list[subprocess.Popen[bytes]] = []

    def start(url: str, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "-A", "tasks", "worker", "-l", "WARNING", *options]
        environment = {**os.environ, "CELERY_BROKER_URL": url, "CELERY_RESULT_BACKEND": url, **environment}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def record() -> Callable[..., None]:
    """Write a short recording with tones as calls."""
    return _record


def _record(path: Path, tone: float, calls: int = 3) -> None:
    """Half a second of noise with a tone of 5 ms every 0.1 s, and its CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(round(tone))
    samples = rng.normal(0, 1e-3, RATE // 2)
    onsets = 0.05 + 0.1 * np.arange(calls)
    for onset in onsets:
        start = round(onset * RATE)
        samples[start : start + 1250] += 0.3 * np.sin(2 * np.pi * tone * np.arange(1250) / RATE)
    soundfile.write(path, samples, RATE)
    rows = "\n".join(f"{onset:.3f},{onset + 0.005:.3f}" for onset in onsets)
    path.with_name(path.name + ".csv").write_text(f"onset,offset\n{rows}\n")


def _lab_worker(url: str, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "battycoda_nb.cli", "worker", "--broker", url, *options]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def two_sites(tmp_path_factory: pytest.TempPathFactory, until: Callable[..., object]) -> Iterator[Sites]:
    """A server with the workers of an attic (one process) and of a basement (two); relative names in both."""
    server = EmbeddedServer(workers=0)
    roots = {site: tmp_path_factory.mktemp(site) for site in ("attic", "basement")}
    _record(roots["attic"] / "2024" / "night1.wav", 40_000)
    _record(roots["basement"] / "2024" / "night1.wav", 80_000, calls=5)
    _record(roots["basement"] / "2025" / "deep" / "müde Nacht.wav", 60_000)
    (roots["basement"] / "2025" / "broken.wav").write_text("no sound")
    (roots["basement"] / "notes.txt").write_text("onset,offset\n0,1\n")
    processes = [
        _lab_worker(server.url, "--root", str(root), "--site", site, "--concurrency", str(1 + (site == "basement")))
        for site, root in roots.items()
    ]
    client = Client(server.url, server.url)
    until(
        lambda: {site: len(workers) for site, workers in client.sites().items()} == {"attic": 1, "basement": 2}, "all"
    )
    yield client, roots, server
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(20)
    client.close()
    server.stop()


@pytest.fixture
def start_server(tmp_path: Path, until: Callable[..., object]) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a bare server on ``tmp_path / "s.sock"`` with options of the test's own; ended by its id with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> subprocess.Popen[bytes]:
        place = ["--port", "0", "--unixsocket", str(tmp_path / "s.sock"), "--dir", str(tmp_path)]
        process = subprocess.Popen([server_binary(), *place, *options], stdout=subprocess.DEVNULL)
        started.append(process)
        until(lambda: accepts(tmp_path / "s.sock"), "the server listens")
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def accepts(path: Path) -> bool:
    """Whether somebody listens on a Unix socket."""
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(str(path)) == 0
