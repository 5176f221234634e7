"""Samples that take more bytes than their bits need: read at their own level, or refused in a sentence."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest

from battycoda_nb.errors import RecordingError
from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.catalogue import Catalogue
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.recordings.sound_file import OpenRecording

SAMPLES = np.rint(0.5 * np.sin(2 * np.pi * np.arange(6000) / 19.7) * 2**23).astype("<i4")  # 24 bits
PCM = bytes.fromhex("0100000000001000800000aa00389b71")


def chunk(name: bytes, data: bytes, order: str = "<") -> bytes:
    return name + struct.pack(order + "I", len(data)) + data


def wav(data: bytes, *, bits: int, width: int, valid: int | None = None, channels: int = 1, order: str = "<") -> bytes:
    """A WAV file with this content; with `valid` its format is an extensible one."""
    rate, align = 48_000, width * channels
    form = struct.pack(order + "HHIIHH", 1 if valid is None else 0xFFFE, channels, rate, rate * align, align, bits)
    if valid is not None:
        form += struct.pack(order + "HHI", 22, valid, 4) + (PCM if order == "<" else b"\0\1" + PCM[2:])
    body = b"WAVE" + chunk(b"fmt ", form, order) + chunk(b"data", data, order)
    return chunk(b"RIFF" if order == "<" else b"RIFX", body, order)


def low(bits: int, width: int, order: str = "<") -> bytes:
    """The samples with so many bits, in the low end of so many bytes."""
    return (SAMPLES >> (24 - bits)).astype(f"{order}i{width}").tobytes()


def high(bits: int, width: int) -> bytes:
    return ((SAMPLES >> (24 - bits)).astype(np.int64) << (8 * width - bits)).astype(f"<i{width}").tobytes()


def three(samples: np.ndarray) -> bytes:
    return samples.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def read(folder: Path, data: bytes, channel: int = 0) -> np.ndarray:
    path = folder / "x.wav"
    path.write_bytes(data)
    recording = OpenRecording(os.open(path, os.O_RDONLY), path.name)
    try:
        return recording.read(0, recording.frames, channel)
    finally:
        recording.close()


@pytest.mark.parametrize(
    ("data", "bits"),
    [
        (wav(low(24, 4), bits=24, width=4), 24), (wav(high(24, 4), bits=24, width=4), 24),
        (wav(low(24, 4), bits=24, width=4, valid=24), 24), (wav(low(24, 4), bits=32, width=4, valid=24), 24),
        (wav(high(24, 4), bits=32, width=4, valid=24), 24), (wav(high(24, 4), bits=32, width=4), 24),
        (wav(low(20, 4), bits=20, width=4), 20), (wav(high(20, 4), bits=32, width=4, valid=20), 20),
        (wav(low(16, 4), bits=16, width=4), 16), (wav(high(16, 4), bits=16, width=4), 16),
        (wav(low(24, 4, ">"), bits=24, width=4, order=">"), 24), (wav(three(SAMPLES), bits=24, width=3), 24),
        (wav(three(SAMPLES), bits=24, width=3, valid=24), 24), (wav(three(SAMPLES >> 4 << 4), bits=20, width=3), 20),
        (wav(low(16, 2), bits=16, width=2), 16),
    ],
)  # fmt: skip
def test_samples_have_their_own_level_wherever_their_bits_lie(tmp_path: Path, data: bytes, bits: int) -> None:
    found = read(tmp_path, data)
    assert len(found) == len(SAMPLES)
    np.testing.assert_allclose(found, SAMPLES / 2**23, atol=2.0 ** (1 - bits))
    info = Archive(Fence(tmp_path)).describe("x.wav")
    assert (info.peak, info.notice.startswith("This file is cut")) == (pytest.approx(0.5, abs=0.01), False)


def test_two_channels_are_told_apart(tmp_path: Path) -> None:
    both = np.stack((SAMPLES, SAMPLES[::-1]), axis=1).astype("<i4").tobytes()
    for channel, expected in ((0, SAMPLES), (1, SAMPLES[::-1])):
        found = read(tmp_path, wav(both, bits=24, width=4, channels=2), channel)
        np.testing.assert_allclose(found, expected / 2**23, atol=2**-23)


@pytest.mark.parametrize(
    "data",
    [
        (SAMPLES / 2**8).astype("<f4").tobytes(),  # Cool Edit's floats under the same header
        (SAMPLES & 0xFFFFFF).tobytes(),  # without their sign
        (SAMPLES.astype(np.int64) << 8 | 0x55).astype("<i4").tobytes(),
        (SAMPLES >> 8 << 8).tobytes(),  # loud ones in the low end, or quiet ones in the upper
    ],
)
def test_what_the_samples_do_not_tell_is_refused_in_the_list_too(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(RecordingError, match=r"24 bits in 4 bytes .*: save it anew"):
        read(tmp_path, wav(data, bits=24, width=4))
    [entry] = Catalogue(Archive(Fence(tmp_path))).listing("x.wav")["entries"]
    assert "save it anew" in entry["problem"] and "libsndfile" not in entry["problem"]


def test_zeros_are_zeros(tmp_path: Path) -> None:
    assert not read(tmp_path, wav(bytes(4000), bits=24, width=4)).any()


def test_all_32_bits_of_a_file_that_says_24_are_left_as_they_are(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(-(2**31), 2**31, 4000).astype("<i4")
    found = read(tmp_path, wav(samples.tobytes(), bits=32, width=4, valid=24))
    np.testing.assert_allclose(found, samples / 2**31, atol=1e-6)
