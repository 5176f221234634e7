"""The cache of decoded sound: what comes out is what was put in, whatever becomes of it in between."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from battycoda_nb.errors import RecordingError
from battycoda_nb.recordings import decoded
from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.recordings.decoded import DamagedError, Decoded, keep, kept
from battycoda_nb.signal.requests import SpectrogramRequest

FRAMES = np.random.default_rng(0).normal(size=(30_000, 2)).astype(np.float32)
KEY = "0123456789abcdef"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own for each test."""
    monkeypatch.setenv("BATTYCODA_SETTINGS", str(tmp_path))
    return tmp_path / "cache" / "decoded"


def parts(size: int = 7000, frames: np.ndarray = FRAMES) -> Iterator[np.ndarray]:
    yield from (frames[start : start + size] for start in range(0, len(frames), size))


@pytest.mark.parametrize("size", [1, 700, 8192, 20_000, 40_000])
def test_what_comes_out_is_what_was_put_in(size: int) -> None:
    frames = FRAMES[:500] if size == 1 else FRAMES
    for found in (keep(KEY, parts(size, frames), 2), kept(KEY)):
        assert found is not None and (found.frames, found.channels) == frames.shape
        for start, stop in ((0, len(frames)), (0, 1), (len(frames) - 1, len(frames)), (100, 333), (499, 10**9)):
            np.testing.assert_array_equal(found.read(start, stop), frames[start:stop])
        assert found.read(len(frames), len(frames) + 5).shape == (0, 2)
        found.close()
    assert kept("another") is None


def test_nothing_is_a_file_too() -> None:
    with_nothing = keep(KEY, iter(()), 2)
    assert (with_nothing.frames, with_nothing.read(0, 10).shape) == (0, (0, 2))
    with_nothing.close()


@pytest.mark.parametrize("at", [0, 100_000, 239_999, -1, -10, -20, -30])
def test_a_byte_that_was_changed_is_noticed(folder: Path, at: int) -> None:
    keep(KEY, parts(), 2).close()
    path = folder / f"{KEY}.f32"
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    found = kept(KEY)
    if found is not None:
        with pytest.raises(DamagedError):
            found.read(0, len(FRAMES))
        found.close()


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 1000, bytes(1000)])
def test_what_is_no_file_of_the_cache_is_none(folder: Path, content: bytes) -> None:
    keep(KEY, parts(), 2).close()
    (folder / f"{KEY}.f32").write_bytes(content)
    assert kept(KEY) is None
    (folder / f"{KEY}.f32").unlink()
    (folder / f"{KEY}.f32").mkdir()
    assert kept(KEY) is None
    (folder / "pipe.f32").parent.mkdir(exist_ok=True)
    os.mkfifo(folder / "pipe.f32")
    assert kept("pipe") is None


@pytest.mark.parametrize("damage", ["cut", "changed", "gone", "another"])
@pytest.mark.parametrize("when", ["before it is opened", "while it is open"])
def test_a_recording_survives_a_damaged_cache(tmp_path: Path, folder: Path, damage: str, when: str) -> None:
    soundfile.write(tmp_path / "x.mp3", FRAMES * 0.1, 48_000)
    whole, _ = soundfile.read(tmp_path / "x.mp3", dtype="float32")
    archive = Archive(Fence(tmp_path))
    info = archive.describe("x.mp3")
    [path] = folder.iterdir()
    if damage == "gone":
        path.unlink()
    elif damage == "another":
        path.write_bytes(b"diary")
    else:
        with path.open("r+b") as file:
            file.truncate(5000) if damage == "cut" else file.write(b"\xff" * 50_000)
    if when == "before it is opened":
        archive = Archive(Fence(tmp_path))
        assert archive.describe("x.mp3") == info
    read, _ = archive.reader(SpectrogramRequest(info.hash, 1, 0, info.frames), "x.mp3")
    np.testing.assert_allclose(read(0, info.frames), whole[:, 1], atol=2e-7)


def test_the_cache_keeps_within_its_limit_and_drops_what_was_not_used_for_longest(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoded, "LIMIT", 800_000)  # three of 240 kB
    for number, key in enumerate("abc"):
        keep(key, parts(), 2).close()
        os.utime(folder / f"{key}.f32", (number + 1, number + 1))
    (folder / ".left.0123").write_bytes(b"of a worker that was killed")
    os.utime(folder / ".left.0123", (1, 1))
    (folder / ".new.0123").write_bytes(b"of one that is at it")
    used = kept("a")
    assert used is not None
    keep("d", parts(), 2).close()
    assert {path.name for path in folder.iterdir()} == {"a.f32", "c.f32", "d.f32", ".new.0123"}
    used.close()


def test_what_is_removed_while_it_is_open_is_read_on(folder: Path) -> None:
    found = keep(KEY, parts(), 2)
    (folder / f"{KEY}.f32").unlink()
    np.testing.assert_array_equal(found.read(20_000, 25_000), FRAMES[20_000:25_000])
    found.close()


def test_what_is_larger_than_the_limit_is_refused_and_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoded, "LIMIT", 200_000)
    with pytest.raises(RecordingError, match="convert it to FLAC or WAV") as error:
        keep(KEY, parts(), 2)
    assert error.value.code == "too-large"
    assert list(folder.iterdir()) == []


def test_without_a_folder_that_can_be_written_to_it_lies_in_a_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"a file where the folder would be")
    found = keep(KEY, parts(), 2)
    np.testing.assert_array_equal(found.read(0, 30_000), FRAMES)
    found.close()
    assert kept(KEY) is None


def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    folder.mkdir(parents=True)
    real = os.open

    def full(path: object, flags: int, *rest: int) -> int:
        return real("/dev/full", os.O_RDWR) if str(path).startswith(str(folder)) else real(path, flags, *rest)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(RecordingError, match="no room to decode it"):
        keep(KEY, parts(), 2)


def test_a_descriptor_of_what_is_no_decoded_file_is_closed(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"diary")
    descriptor = os.open(tmp_path / "x", os.O_RDONLY)
    with pytest.raises(DamagedError):
        Decoded(descriptor)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
