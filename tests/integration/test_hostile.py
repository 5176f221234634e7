"""Strangers on the broker ask a lab machine's worker: one sentence each, and nothing outside is opened."""

from __future__ import annotations

import ctypes
import json
import os
import struct
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Celery
from processes import end

import battycoda_nb as bc
from battycoda_nb.client.client import Client
from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.dispatch import Dispatch
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.records import Failure
from battycoda_nb.cluster.store import Store
from battycoda_nb.cluster.work import SPECTROGRAM

IN_OPEN = 0x20

pytestmark = pytest.mark.worker

NAMES = [
    "../secret.wav", "night/../../secret.wav", "./../secret.wav", "..", "../", "../..", "/etc/passwd", "/",
    "//etc/passwd", "/etc/shadow", "/dev/zero", "/dev/stdin", "/proc/self/environ", "/proc/self/root/etc/passwd",
    "link.wav", "relative.wav", "out/secret.wav", "out/../secret.wav", "out/./secret.wav", "null.wav", "zero.wav",
    "pipe.wav", "socket.wav", "loop.wav", "loop.wav/x.wav", ".", "", " ", "night", "../", "\0", "a\0.wav", "a\n.wav",
    "\x1b[2J.wav", "\x7f.wav", "\x85.wav", "x" * 300 + ".wav", "x/" * 2500 + "a.wav", "night/good.wav/x.wav",
    "~/x.wav", "~root/x.wav", "$HOME/x.wav", "%2e%2e/secret.wav", "..\\secret.wav", "file:///etc/passwd",
    "\ud800.wav", "night/\udcff.wav", "‮vaw.terces", "*.wav", "|id", "-rf", "\xff\xfe.wav",
    "secret.wav", "night/good.conf", "con.wav", "night/good.wav ", "NIGHT/GOOD.WAV", "http://127.0.0.1/x.wav",
    "../*.wav", "/etc/*", "night/../../*", "link*",
]  # fmt: skip

GOOD = {
    "recording": "0123456789abcdef" * 2, "channel": 0, "start": 0, "stop": 6000,
    "window": "tukey", "win_length": 256, "n_fft": 256, "hop_length": 16, "pool": 1, "scale": "linear",
}  # fmt: skip
HINT = {"site": "", "path": "night/good.wav", "folder": ""}

REQUESTS = [
    *({"request": {**GOOD, **change}, "location": HINT} for change in (
        {"recording": "../../etc/passwd"}, {"recording": 7}, {"recording": "F" * 32}, {"recording": ""},
        {"recording": None}, {"recording": ["0" * 32]}, {"channel": -1}, {"channel": True}, {"channel": 0.0},
        {"channel": 5000}, {"channel": 1}, {"channel": "0"}, {"start": -1}, {"start": "0"}, {"start": 5999},
        {"start": 6000}, {"start": None}, {"stop": 0}, {"stop": 100}, {"stop": 2**60}, {"stop": 10**9},
        {"stop": 2**53 - 1}, {"stop": 10**7}, {"stop": 1e4}, {"stop": {}}, {"window": "boxcar"}, {"window": None},
        {"window": "x" * 10**5}, {"window": ["tukey"]}, {"n_fft": 0}, {"n_fft": 1}, {"n_fft": 255}, {"n_fft": 2**20},
        {"n_fft": 2**64}, {"n_fft": None}, {"n_fft": -256}, {"hop_length": 0}, {"hop_length": 257},
        {"hop_length": -1}, {"hop_length": True}, {"contrast": 4}, {"__class__": "os.system"},
    )),
    *({"request": request, "location": HINT} for request in (None, [], "x", 7, {}, [GOOD], {"request": GOOD})),
    *({"request": {**GOOD, "start": n}, "location": hint} for n, hint in enumerate((  # each a piece of work of its own
        None, [], "night/good.wav", {}, {**HINT, "path": None}, {**HINT, "path": ["night"]}, {**HINT, "folder": 7},
        {**HINT, "path": "../secret.wav"}, {**HINT, "path": "/etc/passwd"}, {**HINT, "size": "x"}, {**HINT, "size": -1},
        {**HINT, "folder": "/", "path": "etc/hosts"}, {**HINT, "call": {"x": [1]}}, {**HINT, "path": "x" * 10**5},
    ))),
]  # fmt: skip
MALFORMED = [{}, {"request": GOOD}, {"location": HINT}, {"request": GOOD, "location": HINT, "more": 1}]


@pytest.fixture(scope="module")
def lab(
    tmp_path_factory: pytest.TempPathFactory, record: Callable[..., None], until: Callable[..., object]
) -> Iterator[tuple[Client, Path, EmbeddedServer]]:
    """A lab machine's worker whose root holds one good recording and every trap that a folder can hold."""
    top = tmp_path_factory.mktemp("lab")
    root = top / "root"
    record(root / "night" / "good.wav", 40_000)
    (top / "secret.wav").write_bytes((root / "night" / "good.wav").read_bytes())
    (root / "night" / "good.conf").write_text("password=canary")
    (root / "link.wav").symlink_to(top / "secret.wav")
    (root / "relative.wav").symlink_to("../secret.wav")
    (root / "out").symlink_to(top)
    (root / "null.wav").symlink_to("/dev/null")
    (root / "zero.wav").symlink_to("/dev/zero")
    (root / "loop.wav").symlink_to("loop.wav")
    os.mkfifo(root / "pipe.wav")
    os.mknod(root / "socket.wav", 0o140600)
    server = EmbeddedServer(workers=0)
    command = [sys.executable, "-m", "battycoda_nb.cli", "worker", "--root", str(root), "--broker", server.url]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = Client(server.url, server.url)
    try:
        until(lambda: client.sites(), "the worker is there")
        yield client, top, server
        assert process.poll() is None, "the worker has survived all of it"
    finally:
        end(process)
        client.close()
        server.stop()


def opened_since(watch: int) -> int:
    """How often a watched file was opened since the last time."""
    try:
        events, count = os.read(watch, 65536), 0
    except BlockingIOError:
        return 0
    while events:
        length = struct.unpack("iIII", events[:16])[3]
        events, count = events[16 + length :], count + 1
    return count


@pytest.fixture
def canary(lab: tuple[Client, Path, EmbeddedServer]) -> Iterator[int]:
    """A descriptor that tells of every opening of the secret file, and of what must not be read of the machine's."""
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    for path in (lab[1] / "secret.wav", lab[1] / "root" / "night" / "good.conf"):
        assert libc.inotify_add_watch(watch, os.fsencode(path), IN_OPEN) > 0
    (lab[1] / "secret.wav").read_bytes()
    assert opened_since(watch) == 1, "the canary sings"
    yield watch
    os.close(watch)


if sys.platform == "linux":

    def test_no_name_opens_anything_outside(lab: tuple[Client, Path, EmbeddedServer], canary: int) -> None:
        client, _, _ = lab
        assert len(NAMES) >= 50
        assert client.open("night/good.wav").spectrogram(0, timeout=20).levels.any()
        messages = []
        for name in NAMES:
            for options in ({}, {"folder": "/"}):
                with pytest.raises(bc.RecordingError) as error:
                    client.open(name, **options)
                messages.append(str(error.value))
            with pytest.raises(bc.RecordingError):
                client.open("night/good.wav", calls=name or "..")
        assert not [sentence for sentence in messages if "\n" in sentence or "Traceback" in sentence]
        assert not [sentence for sentence in messages if "unexpectedly" in sentence]
        assert client.recordings(pattern="**/*")[0].path == "night/good.wav"
        assert len(client.recordings(pattern="**/*")) == 1
        for inside in ("night/", "night/*.wav", "**", "*/*"):
            assert list(client.open(inside)) == ["night/good.wav"]
        assert opened_since(canary) == 0


def test_no_request_is_answered_with_anything_but_a_sentence(lab: tuple[Client, Path, EmbeddedServer]) -> None:
    client, _, server = lab
    assert len(REQUESTS) >= 50
    app = Celery(broker=server.url, set_as_current=False)
    messages = [*REQUESTS, *MALFORMED]
    ids = [uuid.uuid4().hex for _ in messages]
    for id, arguments in zip(ids, messages, strict=True):
        app.send_task(SPECTROGRAM.task, kwargs=arguments, task_id=id, queue=protocol.queues()[0])
        app.send_task(
            protocol.TASK_PREFETCH, kwargs={"client": "x", "items": [arguments]}, queue=protocol.queues()[1]
        )  # nobody wants it
    app.close()
    assert client.open("night/good.wav").spectrogram(1, timeout=30).levels.any()  # the last in the queue
    outcomes = Store(redis_client(server.url)).collect(ids)
    for id, arguments in zip(ids, messages, strict=True):
        failure = outcomes[id]
        assert isinstance(failure, Failure), arguments
        assert (failure.kind == "ClusterError") == (arguments in MALFORMED), (arguments, failure)
        assert len(failure.message) < 400


def test_what_is_no_message_ends_no_worker(lab: tuple[Client, Path, EmbeddedServer]) -> None:
    client, _, server = lab
    redis, queue = redis_client(server.url), protocol.queues()[0]
    dispatch = Dispatch(server.url, server.url, str)
    dispatch.send_ahead("nobody", [{"task": SPECTROGRAM.task}], "basement")
    dispatch.close()
    [good] = redis.lrange(protocol.queues("basement")[2], 0, -1)
    message = json.loads(good)
    for garbage in (b"", b"not JSON", b"\xff\xfe", b"[" * 100_000, b"null", b"5", b"[]", b"{}", b'"text"', good[:-5]):
        redis.lpush(queue, garbage)
    for part in (*message, *message["properties"]):
        for value in (None, 5, [], {}, "\ud800", [[]], "left out"):
            changed = {**message, "properties": {**message["properties"]}}
            place = changed if part in message else changed["properties"]
            place[part] = value
            if value == "left out":
                del place[part]
            redis.lpush(queue, json.dumps(changed))
    assert client.open("night/good.wav").spectrogram(2, timeout=30).levels.any()  # the last in the queue
    assert redis.llen(queue) == 0
