"""Files whose header and content do not agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from battycoda_nb.errors import RecordingError
from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.recordings.truncation import LATELY, discrepancy, lately, no_length
from battycoda_nb.signal.requests import SpectrogramRequest

RATE = 384_000
SAMPLES = np.random.default_rng(5).normal(0, 0.1, (RATE // 4, 2)).astype(np.float32)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(Fence(tmp_path))


@pytest.mark.parametrize("container", ["WAV", "RF64", "AIFF"])
def test_a_file_that_is_cut_short_opens_and_says_so(tmp_path: Path, archive: Archive, container: str) -> None:
    soundfile.write(tmp_path / "x.wav", SAMPLES, RATE, format=container, subtype="PCM_16")
    data = (tmp_path / "x.wav").read_bytes()
    (tmp_path / "x.wav").write_bytes(data[: len(data) // 2])
    info = archive.describe("x.wav")
    assert info.frames == pytest.approx(len(SAMPLES) / 2, rel=0.01)
    assert "cut short: its header promises about 0.25 s, and 0.12 s are there" in info.notice
    with pytest.raises(RecordingError, match="ends at sample"):
        archive.reader(SpectrogramRequest(info.hash, 0, 90_000, 95_000), "x.wav")


def test_a_few_odd_bytes_at_the_end_are_no_reason_to_complain(tmp_path: Path, archive: Archive) -> None:
    soundfile.write(tmp_path / "x.wav", SAMPLES, RATE)
    (tmp_path / "x.wav").write_bytes((tmp_path / "x.wav").read_bytes() + b"\0\0\0")
    assert archive.describe("x.wav").notice == ""


def test_a_file_that_was_not_closed_or_goes_on_says_how_much_is_there() -> None:
    facts = {"frames": 250_000, "sample_rate": 250_000, "size": 500_100, "written": 0.0}
    assert discrepancy("** File wasn't closed properly", **facts) == (
        "This file was not closed: its header does not say how long it is, and 1.00 s are there."
    )
    beyond = "*** Unknown chunk marker 00000000 at position 500000. Exiting parser."
    assert discrepancy(beyond, **facts) == "The header of this file accounts for 1.00 s, and 100 more bytes follow."
    assert discrepancy("RIFF : 4294967295 (should be 500092)", **facts) == "", "its program did not know yet, for good"
    assert discrepancy("", **facts) == ""


def test_a_file_without_a_length_is_not_opened() -> None:
    assert "does not say how long it is" in no_length("a.flac", frames=2**62, size=10_000, written=0.0)
    assert "the recorder has not closed it" in no_length("a.wav", frames=0, size=10_000, written=0.0)
    assert "was the recording stopped before it began?" in no_length("a.wav", frames=0, size=44, written=0.0)
    assert no_length("a.wav", frames=1, size=46, written=0.0) == ""


def test_a_file_that_was_just_written_to_may_still_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1000.0)
    assert "It was written to 2 s ago: is it still being recorded?" in lately(998.0)
    assert "It was written to 0 s ago" in lately(1005.0), "the clock of a file server may be ahead"
    assert lately(1000.0 - LATELY - 1) == ""
