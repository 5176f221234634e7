from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from processes import end

import battycoda_nb as bc
from battycoda_nb.cli import main
from battycoda_nb.client.client import Client
from battycoda_nb.cluster.embedded import EmbeddedServer


def test_a_root_that_is_no_folder_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main.main(["worker", "--root", str(tmp_path / "none")]) == 1
    text = capsys.readouterr().err
    assert "is not a folder" in text
    assert text.count("\n") == 1


def test_a_worker_needs_a_root(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.main(["worker"])
    assert "--root" in capsys.readouterr().err


@pytest.fixture
def lab_worker(server: EmbeddedServer, folder: Path, until: Callable[..., object]) -> Iterator[EmbeddedServer]:
    """A server with what ``battycoda worker`` starts on a lab machine."""
    command = [sys.executable, "-m", "battycoda_nb.cli", "worker", "--root", str(folder), "--broker", server.url]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = Client(server.url, server.url)
    try:
        until(lambda: client.status().workers, "the worker is there")
        yield server
    finally:
        client.close()
        end(process)


def test_a_worker_serves_what_lies_below_its_root_and_nothing_else(
    lab_worker: EmbeddedServer, tones: Path, until: Callable[..., object]
) -> None:
    client = bc.connect(lab_worker.url)
    recording = client.open("tones.wav")
    assert recording.info.path == "tones.wav"
    assert recording.spectrogram(0, timeout=20).levels.any()
    for name in (str(tones), "../tones.wav", "/etc/passwd"):
        with pytest.raises(bc.RecordingError, match="must be a name relative to the worker's data root"):
            client.open(name)
    client.close()
