"""``battycoda status`` as a user runs it, while servers and workers come and go."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis.exceptions import ResponseError

import battycoda_nb as bc
from battycoda_nb.cli import status as cli_status
from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.address import refusal
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.status import Status, Task, Worker
from battycoda_nb.cluster.store import Store

COMMAND = [sys.executable, "-m", "battycoda_nb.cli", "status", "--broker"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[EmbeddedServer]:
    """A server of this module's own with one worker."""
    server = EmbeddedServer(workers=1)
    yield server
    server.stop()


def status(url: str, *options: str) -> tuple[int, str]:
    """Exit code and output of one ``battycoda status``."""
    done = subprocess.run([*COMMAND, url, *options], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.returncode, done.stdout


@contextlib.contextmanager
def watching(url: str) -> Iterator[Callable[[], dict]]:
    """``battycoda status --watch --json``: a function that gives what it said last."""
    process = subprocess.Popen([*COMMAND, url, "--watch", "--json"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    sentence = {"problem": "nothing was said"}

    def last() -> dict:
        for line in process.stdout.readlines():
            sentence.clear()
            sentence.update(json.loads(line))
        return sentence

    try:
        yield last
        process.send_signal(signal.SIGINT)
        assert process.wait(10) in (0, 1)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextlib.contextmanager
def frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def well(sentence: dict) -> bool:
    return not sentence["problem"] and [worker["trouble"] for worker in sentence["workers"]] == [""]


def test_what_hangs_is_told_within_five_seconds(cluster: EmbeddedServer, until: Callable[..., object]) -> None:
    server = redis_client(cluster.url).info("server")["process_id"]
    with watching(cluster.url) as watched:
        until(lambda: well(watched()), "it is well")
        worker = watched()["workers"][0]["pid"]
        with frozen(worker):
            until(lambda: not well(watched()), "the worker is told")
            assert "silent for" in watched()["workers"][0]["trouble"]
            code, text = status(cluster.url)
            assert (code, "!! none has been heard of for 3 s" in text) == (1, True)
        until(lambda: well(watched()), "well again")
        with frozen(server):
            until(lambda: "no server answers" in watched()["problem"], "the server is told")
        until(lambda: well(watched()), "well again")
    assert status(cluster.url)[0] == 0


def test_what_dies_is_told_within_five_seconds_and_that_it_is_back(
    start_server: Callable[..., subprocess.Popen[bytes]],
    start_worker: Callable[..., subprocess.Popen[bytes]],
    until: Callable[..., object],
    tmp_path: Path,
) -> None:
    server = start_server("--appendonly", "yes")
    url = f"redis+socket://{tmp_path}/s.sock"
    worker = start_worker(url, "-P", "solo", "--without-mingle")
    with watching(url) as watched:
        until(lambda: well(watched()), "it is well")
        worker.kill()
        until(lambda: not well(watched()), "the worker is missed")
        code, text = status(url)
        assert (code, text.partition("\n")[0]) == (1, "!! 2 problems")  # the worker, and that there is none
        assert "it was killed, hangs, or is cut off" in " ".join(text.split())
        start_worker(url, "-P", "solo", "--without-mingle")
        until(lambda: well(watched()), "it is well again")
        server.kill()
        until(lambda: "no server answers" in watched()["problem"], "the server is missed")
        assert status(url)[0] == 1
        start_server("--appendonly", "yes")
        until(lambda: well(watched()), "it is well again")
        assert status(url)[0] == 0


def test_all_is_shown_in_eighty_columns(cluster: EmbeddedServer, tones: Path, tmp_path: Path) -> None:
    client = bc.connect(cluster.url)
    client.open(tones).spectrogram(0)
    copy = tmp_path / "a recording that goes away, whose long name goes on and on until the line is full.wav"
    shutil.copy(tones, copy)
    shutil.copy(f"{tones}.csv", f"{copy}.csv")
    moved = client.open(copy)
    copy.unlink()
    with pytest.raises(bc.RecordingError):
        moved.spectrogram(1)
    with pytest.raises(bc.RecordingError):
        client.open("mistyped.wav")
    client.close()
    code, text = status(cluster.url)
    lines = text.splitlines()
    assert (code, lines[0]) == (0, "well")
    assert max(map(len, lines)) <= 80
    for label in ("server ", "cache ", "no site ", "waiting ", "failed "):
        assert sum(line.startswith(label) for line in lines) == 1, label
    assert "There is no file" in text
    assert "mistyped" not in text  # that was the user's own mistake, and is told to the user alone
    code, text = status(cluster.url, "--json")
    sentence = json.loads(text)
    assert [worker["alive"] for worker in sentence["workers"]] == [True]
    assert sentence["queues"] == dict.fromkeys(protocol.queues(), 0)


def test_the_watch_draws_over_itself_and_goes_on_without_a_server(tmp_path: Path, until: Callable[..., object]) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, f"redis+socket://{tmp_path}/none.sock", "--watch"], stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    os.set_blocking(ours, False)
    drawn = bytearray()

    def two_frames() -> bool:
        with contextlib.suppress(BlockingIOError):
            drawn.extend(os.read(ours, 65536))
        return drawn.count(b"\x1b[H") >= 2

    until(two_frames, "two frames")
    assert b"!! 1 problem since" in drawn
    assert b"no server answers" in drawn
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 1
    os.close(ours)


def test_what_others_wrote_cannot_steer_the_terminal(server: EmbeddedServer) -> None:
    store = Store(redis_client(server.url))
    store.beat("evil\x1b]0;title\x07@lab\n", {"protocol": protocol.PROTOCOL, "host": "\x1b[2J", "site": "\x9b1m"})
    _, text = status(server.url)
    assert "evil?]0;title?@lab" in text
    assert all(letter.isprintable() or letter == "\n" for letter in text)


def test_long_lists_and_many_problems_are_counted() -> None:
    failed = tuple(Task(f"{n}", f"open {n}.wav", "", "w", 3.0, "because") for n in range(25))
    shown = Status("redis://lab", workers=(Worker("a", silent=9.0), Worker("b", protocol=-1)), failed=failed)
    text = "\n".join(cli_status.body(shown, 100))
    assert "and 15 more" in text
    assert cli_status.headline(cli_status.problems(shown), "") == "!! 2 problems"


def test_a_server_that_refuses_is_not_said_to_be_away(
    start_server: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    start_server("--requirepass", "sesame")
    for given, refused in (("", "wants a password, and this address has none"), (":wrong@", "refuses the password")):
        done = subprocess.run(
            [*COMMAND, f"redis+socket://{given}{tmp_path}/s.sock", "--json"], capture_output=True, text=True, timeout=20
        )
        code, problem = done.returncode, json.loads(done.stdout)["problem"]
        assert (code, refused in problem, "no server" in problem) == (1, True, False)


def test_a_database_that_is_not_there_is_said() -> None:
    assert refusal("redis://lab/77", ResponseError("DB index is out of range")) == (
        "The server at redis://lab/77 has no database 77: end the address with one that it has, such as /0"
    )


def test_what_is_no_address_is_said() -> None:
    done = subprocess.run([*COMMAND, "lab:6379"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == "battycoda: 'lab:6379' is not an address: it looks like redis://lab:6379/0\n"
