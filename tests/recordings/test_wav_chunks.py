"""Chunks of WAV files, also of those whose sizes are wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from battycoda_nb.recordings.wav_chunks import WavLayout, content, only_zeros, wav_layout

SOUND = bytes(range(1, 251)) * 8  # 2000 bytes
GUAN = (b"guan", b"TE: 10")

Layout = Callable[[bytes], WavLayout]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    def read(data: bytes) -> WavLayout:
        (tmp_path / "x.wav").write_bytes(data)
        with (tmp_path / "x.wav").open("rb") as file:
            found = wav_layout(file.fileno())
            assert found is not None
            for chunk in found.chunks:
                if chunk.name == b"guan":
                    assert content(file.fileno(), chunk, 100) == GUAN[1]
            return found

    return read


def names(layout: WavLayout) -> list[bytes]:
    return [chunk.name for chunk in layout.chunks if chunk.name != b"ds64"]


def test_chunks_of_any_flavour_are_found(layout: Layout, write_wav: Callable[..., bytes], flavour: str) -> None:
    found = layout(write_wav(SOUND[:-1], flavour=flavour, before=[(b"odd ", b"abc")], after=[(b"xyz ", b"1"), GUAN]))
    assert names(found) == [b"odd ", b"fmt ", b"data", b"xyz ", b"guan"]
    assert found.data is not None and found.data.size == found.sound_end - found.data.start == 1999
    assert found.flavour == flavour


@pytest.mark.parametrize("size", [0, 2, 2100, 0x7FFFF000, 0xFFFFFFFF])
def test_chunks_are_found_behind_a_sound_whose_size_is_wrong(
    layout: Layout, write_wav: Callable[..., bytes], flavour: str, size: int
) -> None:
    after = [(b"LIST", b"INFO"), GUAN]
    found = layout(write_wav(SOUND, flavour=flavour, data_size=size, after=after))
    assert names(found) == [b"fmt ", b"data", b"LIST", b"guan"]
    assert found.data is not None and found.sound_end - found.data.start == 2000


@pytest.mark.parametrize("size", [0, 3, 9, 10**6])
def test_chunks_are_found_behind_one_whose_own_size_is_wrong(
    layout: Layout, write_wav: Callable[..., bytes], size: int
) -> None:
    comment = b"INFOICMT\x0c\0\0\0by AudioMoth"
    data = write_wav(SOUND, after=[(b"LIST", comment), GUAN])
    found = layout(data.replace(b"LIST\x18\0\0\0", b"LIST" + size.to_bytes(4, "little")))
    assert names(found)[-1] == b"guan"
    assert found.data is not None and found.sound_end - found.data.start == found.data.size


def test_a_pad_byte_may_be_missing(layout: Layout, write_wav: Callable[..., bytes]) -> None:
    data = write_wav(SOUND[:-1], before=[(b"odd ", b"abc")], after=[GUAN])
    padded = data.replace(b"abc\0", b"abc").replace(SOUND[:-1] + b"\0", SOUND[:-1])
    assert len(padded) == len(data) - 2
    assert names(layout(padded)) == [b"odd ", b"fmt ", b"data", b"guan"]


def test_sound_that_looks_like_a_name_is_no_chunk(layout: Layout, write_wav: Callable[..., bytes]) -> None:
    more = b"LOUD" * 100  # as the samples of a loud sound may be
    found = layout(write_wav(SOUND, junk=more))
    assert found.data is not None and found.sound_end == found.size == found.data.start + 2400
    assert names(found) == [b"fmt ", b"data"]


def test_what_leads_nowhere_ends(layout: Layout, write_wav: Callable[..., bytes]) -> None:
    assert len(layout(write_wav(b"", before=[(b"void", b"")] * 5000)).chunks) == 1000
    found = layout(write_wav(SOUND, data_size=10**6, junk=b"guan\0\0\0\0" * 50_000 + b"x" * 9))
    assert names(found) == [b"fmt ", b"data"]
    assert layout(b"RIFF\0\0\0\0WAVE").data is None
    assert layout(b"RIFF\0\0\0\0WAVE" + bytes(50)).chunks == ()


def test_zeros_are_told_from_sound(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"1" + bytes(10**7) + b"1" + bytes(99))
    with (tmp_path / "x").open("rb") as file:
        assert only_zeros(file.fileno(), 1, 10**7)
        assert not only_zeros(file.fileno(), 10**7 - 9, 10**7 + 50)
        assert not only_zeros(file.fileno(), 0, 10**7)
        assert only_zeros(file.fileno(), 5, 5)
