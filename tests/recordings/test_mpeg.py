"""MP3 files counted frame by frame: what is no frame is not counted, and a gap is known."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from battycoda_nb.recordings.mpeg import Stream, count_frames

NOISE = np.random.default_rng(0).normal(0, 0.1, 100_000)
ID3 = b"ID3\x04\0\0" + bytes([0, 0, 15, 0]) + b"\xff\xfb\x90\x64" * 480  # a tag that looks like frames


@pytest.fixture(scope="module", params=[(48_000, 1152), (44_100, 1152), (22_050, 576), (8_000, 576)])
def encoded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, int]:
    """An MP3 of some sample rate, and the samples of its frames."""
    rate, step = request.param
    path = tmp_path_factory.mktemp("mpeg") / "x.mp3"
    soundfile.write(path, NOISE, rate)
    return path.read_bytes(), step


def counted(folder: Path, data: bytes) -> Stream | None:
    path = folder / "x.mp3"
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return count_frames(descriptor, len(data))
    finally:
        os.close(descriptor)


def test_frames_are_those_that_the_header_promises(encoded: tuple[bytes, int], tmp_path: Path) -> None:
    data, step = encoded
    plain = counted(tmp_path, data)
    assert plain is not None and plain.whole and plain.frames == plain.promised
    assert plain.first.samples == step and 0 <= plain.samples - len(NOISE) < 4 * 1152
    for beside in (ID3 + data, data + b"TAG" + bytes(125), ID3 + ID3 + data + b"APETAGEX" + bytes(60)):
        found = counted(tmp_path, beside)
        assert found is not None and (found.frames, found.whole) == (plain.frames, True)


def test_a_cut_and_a_gap_are_known(encoded: tuple[bytes, int], tmp_path: Path) -> None:
    data, _ = encoded
    whole, half = counted(tmp_path, data), counted(tmp_path, data[: len(data) // 2 + 11])
    assert whole is not None and half is not None and half.promised == whole.frames
    assert not half.whole and abs(half.frames - whole.frames / 2) <= 2
    for gap in (500, 5000):
        middle = len(data) // 2
        found = counted(tmp_path, data[:middle] + b"\0" * gap + data[middle + gap :])
        assert found is not None and not found.whole and found.frames < whole.frames


@pytest.mark.parametrize("data", [b"", b"\xff", b"\xff\xfb\x90\x64", b"diary " * 5000, bytes(100_000), ID3])
def test_what_has_no_frames_is_none(tmp_path: Path, data: bytes) -> None:
    found = counted(tmp_path, data)
    assert found is None or found.frames <= 1
