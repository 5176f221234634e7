"""Files whose header and content do not agree."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from battycoda_nb.errors import RecordingError
from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.catalogue import Catalogue
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.recordings.truncation import LATELY, lately, no_length
from battycoda_nb.signal.requests import SpectrogramRequest

RATE = 384_000
SOUND = np.random.default_rng(6).integers(-3000, 3000, 4000).astype("<i2").tobytes()
FRAMES = len(SOUND) // 2
COMMENT = [(b"LIST", b"INFOICMT\x32\0\0\0" + bytes(50))]
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


def sized(archive: Archive, data: bytes) -> tuple[int, str]:
    """Frames and notice of a file that was written long ago, as an opened one and in the list."""
    root = archive.fence.root
    assert root is not None
    path = root / f"{len(list(root.iterdir()))}.wav"
    path.write_bytes(data)
    os.utime(path, (1e9, 1e9))
    info = archive.describe(path.name)
    [entry] = Catalogue(archive).listing(path.name)["entries"]
    assert (entry["frames"], entry.get("notice", "")) == (info.frames, info.notice)
    return info.frames, info.notice


@pytest.mark.parametrize(
    "size", [0x7FFF0000, 0x7FFFF000, 0x7FFFFFFF, 0x7FFFFFFF - 36, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFF - 36]
)
@pytest.mark.parametrize("after", [[], COMMENT], ids=["alone", "with a comment"])
def test_a_size_that_stands_for_none_is_no_reason_to_complain(
    archive: Archive, write_wav: Callable[..., bytes], flavour: str, size: int, after: list[tuple[bytes, bytes]]
) -> None:
    data = write_wav(SOUND, flavour=flavour, data_size=size, riff_size=min(size + 36, 0xFFFFFFFF), after=after)
    assert sized(archive, data) == (FRAMES, "")


@pytest.mark.parametrize("riff_size", [0, 8, 36, None, 0xFFFFFFFF])
def test_a_file_that_was_not_closed_opens_whatever_the_size_of_the_whole(
    archive: Archive, write_wav: Callable[..., bytes], flavour: str, riff_size: int | None
) -> None:
    data = write_wav(SOUND, flavour=flavour, data_size=0, riff_size=riff_size)
    right = "This file was not closed: its header does not say how long it is, and 0.08 s are there."
    assert sized(archive, data) == (FRAMES, right)


def test_what_is_wrong_beside_the_sound_is_no_reason_to_complain(
    archive: Archive, write_wav: Callable[..., bytes], flavour: str
) -> None:
    write = partial(write_wav, SOUND, flavour=flavour)
    for riff_size in (0, 100, 9036, 10**9):
        assert sized(archive, write(riff_size=riff_size)) == (FRAMES, "")
    for cut in (1, 30, 60):
        assert sized(archive, write(after=COMMENT)[:-cut]) == (FRAMES, "")
    assert sized(archive, write(junk=b"\1\2\3"))[1] == ""
    assert sized(archive, write(junk=bytes(4096)))[1] == "", "a whole block of the card"
    assert sized(archive, write(data_size=len(SOUND) + 36)) == (FRAMES, ""), "the header counted along"
    assert sized(archive, write(before=COMMENT, after=[*COMMENT, (b"xyz ", b"odd")])) == (FRAMES, "")


@pytest.mark.parametrize("after", [[], COMMENT], ids=["alone", "with a comment"])
def test_more_sound_than_the_header_says_is_told(
    archive: Archive, write_wav: Callable[..., bytes], flavour: str, after: list[tuple[bytes, bytes]]
) -> None:
    """As beyond 4 GiB, where a size begins at 0 again; also if what follows begins with zeros."""
    for sound in (SOUND, SOUND[:2000] + bytes(2000) + SOUND[4000:]):
        frames, notice = sized(archive, write_wav(sound, flavour=flavour, data_size=2000, after=after))
        assert notice == "The header of this file accounts for 0.02 s, and 6000 more bytes follow."
        assert frames == (FRAMES if flavour == "W64" else 1000), "libsndfile takes all there is in W64"


def test_files_joined_end_to_end_open_with_the_first_and_say_so(
    archive: Archive, write_wav: Callable[..., bytes]
) -> None:
    first, second = write_wav(SOUND, after=COMMENT), write_wav(SOUND)
    assert sized(archive, first + second) == (
        FRAMES,
        f"The header of this file accounts for 0.08 s, and {len(second) - 8} more bytes follow.",
    )


def test_a_file_that_is_cut_a_little_says_so_in_more_digits(archive: Archive, write_wav: Callable[..., bytes]) -> None:
    right = "This file is cut short: its header promises about 0.0833 s, and 0.0823 s are there."
    assert sized(archive, write_wav(SOUND)[:-100]) == (FRAMES - 50, right)


def test_a_size_beyond_32_bits_is_measured_against_what_is_there(
    tmp_path: Path, archive: Archive, write_wav: Callable[..., bytes]
) -> None:
    """The file has no blocks but those written, so this takes neither room nor time."""
    head = write_wav(b"", flavour="RF64", data_size=6 * 2**30)
    with (tmp_path / "long.wav").open("wb") as file:
        file.write(head)
        file.seek(3 * 2**30 + len(head) - 2)
        file.write(b"\1\1")
    notice = archive.describe("long.wav").notice
    assert "cut short: its header promises about 67108.86 s, and 33554.43 s are there" in notice


def test_a_growing_file_without_a_length_says_so(
    tmp_path: Path, archive: Archive, write_wav: Callable[..., bytes]
) -> None:
    (tmp_path / "x.wav").write_bytes(write_wav(SOUND, data_size=0x7FFFF000))
    notice = archive.describe("x.wav").notice
    assert notice.startswith("The header of this file does not say how long it is. It was written to")


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
