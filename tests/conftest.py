"""Real parts for the tests: sound files with known content, a private server, workers that are really run."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from processes import end
from redis.exceptions import RedisError

import battycoda_nb as bc
from battycoda_nb.client.client import Client
from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer, server_binary
from battycoda_nb.cluster.records import Process
from battycoda_nb.cluster.store import Store

# A shell has what it runs in the background ignore this, and so would each command that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

AT_FIRST = dict(os.environ)
RATE = 250_000
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
Sites = tuple[Client, dict[str, Path], EmbeddedServer]

# What a test needs by the fixtures that it uses, directly or through others; what starts something without a fixture
# is marked where it stands.
NEEDS = {
    "browser": "browser",
    "lab": "jupyter",
    "client": "worker",
    "start_worker": "worker",
    "two_sites": "worker",
    "run_worker": "worker",
    "lab_worker": "worker",
    "cluster": "worker",
    "site": "jupyter",
}
LONG_FIRST = ("jupyter", "worker", "browser")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the tests marked ``shared_data("*.wav")`` each such file of ../shared/data as `path`."""
    marker = metafunc.definition.get_closest_marker("shared_data")
    if marker and marker.args:
        paths = sorted(path for pattern in marker.args for path in SHARED.glob(pattern))
        metafunc.parametrize("path", paths, ids=lambda path: path.name)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what each test needs; leave out those that need data which is not here; begin with the files that are slow.

    The last file to end decides how long several processes take together, so the quickest ones come last. Files of
    JupyterLab, which keep the processor busy, alternate with those of workers, which wait much.
    """
    ranks: dict[Path, int] = {}
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in NEEDS:
                item.add_marker(NEEDS[fixture])
        rank = next((n for n, name in enumerate(LONG_FIRST) if item.get_closest_marker(name)), len(LONG_FIRST))
        ranks[item.path] = min(ranks.get(item.path, rank), rank)
    of_each = [[path for path in ranks if ranks[path] == rank] for rank in range(len(LONG_FIRST) + 1)]
    turns = [path for pair in itertools.zip_longest(*of_each[:2]) for path in pair if path]
    order = {path: n for n, path in enumerate([*turns, *itertools.chain(*of_each[2:])])}
    items.sort(key=lambda item: order[item.path])
    if not SHARED.exists():
        left_out = [item for item in items if item.get_closest_marker("shared_data")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish(session: pytest.Session) -> None:
    """A test file that changes the environment when it is imported changes it for all: `tasks` is such an import."""
    now = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    assert now == AT_FIRST, f"changed by importing the tests: {dict(now.items() ^ AT_FIRST.items())}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """With ``-n`` each process takes file after file, in the order above."""
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log) if config.option.dist == "load" else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not SHARED.exists():
        terminalreporter.write_line(f"Not run here: the tests of real recordings; there is no folder {SHARED}.")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings, for tests that are marked ``shared_data``."""
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def settings_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings of this run's own, not those of who runs it."""
    folder = tmp_path_factory.mktemp("settings")
    os.environ["BATTYCODA_SETTINGS"] = str(folder)
    return folder


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

    def wait(condition: Callable[[], object], what: str, timeout: float = 60.0) -> object:
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
        site = environment.get("BATTYCODA_SITE", "")
        with contextlib.suppress(RedisError):  # as a supervisor does, since its imports are slow on a busy machine
            Store(redis_client(url)).announce(Process(site, protocol.PROTOCOL, socket.gethostname(), process.pid))
        return process

    yield start
    end(*started)


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
    with contextlib.ExitStack() as at_the_end:
        at_the_end.callback(server.stop)
        for site, root in roots.items():
            options = ["--root", str(root), "--site", site, "--concurrency", str(1 + (site == "basement"))]
            at_the_end.callback(end, _lab_worker(server.url, *options))
        client = Client(server.url, server.url)
        at_the_end.callback(client.close)
        wanted = {"attic": 1, "basement": 2}
        until(lambda: {site: len(workers) for site, workers in client.sites().items()} == wanted, "all are there")
        yield client, roots, server


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
    end(*started)


def accepts(path: Path) -> bool:
    """Whether somebody listens on a Unix socket."""
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(str(path)) == 0
