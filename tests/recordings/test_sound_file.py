"""Sound files: their content hash, and the damage that shows only where one reads."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import soundfile

from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.recordings.sound_file import sampled_hash
from battycoda_nb.signal.requests import SpectrogramRequest


def test_a_hash_names_the_content_wherever_it_lies(tmp_path: Path) -> None:
    def hash_of(data: bytes, name: str) -> str:
        (tmp_path / name).write_bytes(data)
        descriptor = os.open(tmp_path / name, os.O_RDONLY)
        try:
            return sampled_hash(descriptor)
        finally:
            os.close(descriptor)

    data = os.urandom(3_000_000)
    assert hash_of(data, "a.wav") == hash_of(data, "b.wav")
    assert len({hash_of(data, "a"), hash_of(data[:-1], "a"), hash_of(b"x" + data[1:], "a")}) == 3
    assert hash_of(data[:-1] + bytes([data[-1] ^ 1]), "a") != hash_of(data, "a")
    assert hash_of(bytes(3_000_000), "a") != hash_of(bytes(3_000_001), "a"), "silence of another length is another file"


def test_of_a_large_file_only_some_blocks_are_hashed(tmp_path: Path) -> None:
    """So its hash takes no longer than that of a short one, and its size is part of the hash."""
    hashes = []
    for size in (2**31, 2**31 + 1):
        with (tmp_path / "sparse").open("wb") as file:
            file.truncate(size)
        descriptor = os.open(tmp_path / "sparse", os.O_RDONLY)
        hashes.append(sampled_hash(descriptor))
        os.close(descriptor)
    assert hashes[0] != hashes[1]


def test_a_damage_in_the_middle_is_told_and_leaves_what_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "damaged.flac"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 500_000), 250_000)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = np.random.default_rng(1).bytes(4000)
    path.write_bytes(data)
    archive = Archive(Fence(tmp_path))
    notice = archive.describe("damaged.flac").notice
    assert "is damaged: what cannot be decoded is shown as silence (0.9" in notice
    with path.open("rb") as file:
        request = SpectrogramRequest(sampled_hash(file.fileno()), 0, 0, 6000)
    read, rate = archive.reader(request, "damaged.flac")
    assert (len(read(0, 6000)), rate) == (6000, 250_000)
