"""A file cannot be read just now: the worker tries again, and says so in the end."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import battycoda_nb as bc
from battycoda_nb.client.client import Client
from battycoda_nb.cluster.embedded import EmbeddedServer

if sys.platform == "linux":

    @pytest.fixture
    def worker(
        server: EmbeddedServer, start_worker: Callable[..., subprocess.Popen[bytes]], record: Callable[..., None],
        tmp_path: Path,
    ) -> tuple[Client, Callable[[int], None]]:  # fmt: skip
        """A client with a worker of its own, and a way to say how many files that worker may hold open."""
        for number in range(3):
            record(tmp_path / f"{number}.wav", 30_000 + number)
        client = Client(server.url, server.url)
        process = start_worker(server.url, "--pool", "solo", BATTYCODA_EMBEDDED="1")
        client.open(tmp_path / "0.wav").spectrogram(0, timeout=60)  # all that it loads is loaded
        with pytest.raises(bc.RecordingError):
            client.open(tmp_path / "none.wav")

        def allow(count: int) -> None:
            _, most = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (count, most))

        return client, allow

    def test_what_cannot_be_read_is_tried_three_times(
        worker: tuple[Client, Callable[[int], None]], tmp_path: Path
    ) -> None:
        client, allow = worker
        allow(3)
        with pytest.raises(bc.RecordingError, match="could not be read, 3 times: Too many open files"):
            client.open(tmp_path / "1.wav")
        allow(1024)
        assert len(client.open(tmp_path / "1.wav")) == 3, "who asks again is answered"
        client.close()

    def test_what_can_be_read_again_is_answered(
        worker: tuple[Client, Callable[[int], None]], tmp_path: Path, until: Callable[..., object]
    ) -> None:
        client, allow = worker
        recording = client.open(tmp_path / "2.wav")
        (tmp_path / "2.wav").touch()  # it is opened again, since it may be another one
        allow(3)
        pending = recording.submit(1)
        until(lambda: client.task_status(pending.task_id).state == "processing", "the first attempt")
        allow(1024)
        assert pending.result(30).levels.any()
        assert client.task_status(pending.task_id).retries >= 1
        client.close()
