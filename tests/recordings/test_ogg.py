"""Ogg files page by page: each page is checked by its own sum."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from battycoda_nb.recordings.ogg import Pages, sound_pages


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("ogg") / "x.ogg"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 48_000), 48_000, format="OGG", subtype="VORBIS")
    return path.read_bytes()


def pages(folder: Path, data: bytes) -> Pages:
    (folder / "x.ogg").write_bytes(data)
    descriptor = os.open(folder / "x.ogg", os.O_RDONLY)
    try:
        return sound_pages(descriptor, len(data))
    finally:
        os.close(descriptor)


def test_whole_pages_reach_to_the_end_and_say_how_long_it_is(data: bytes, tmp_path: Path) -> None:
    assert pages(tmp_path, data) == Pages(len(data), True, 48_000)
    assert pages(tmp_path, data + b"a tag of another program") == Pages(len(data), True, 48_000)


def test_any_changed_byte_ends_the_pages_before_it(data: bytes, tmp_path: Path) -> None:
    for at in np.random.default_rng(1).integers(0, len(data), 100):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        found = pages(tmp_path, bytes(changed))
        assert found.end <= at and (not found.whole or found.end == 0)


def test_a_page_that_is_gone_and_one_that_is_cut_are_known(data: bytes, tmp_path: Path) -> None:
    starts = [at for at in range(len(data)) if data[at : at + 4] == b"OggS"]
    assert len(starts) > 3
    without = data[: starts[2]] + data[starts[3] :]
    assert pages(tmp_path, without)[:2] == (starts[2], False)
    assert pages(tmp_path, data[:-1])[:2] == (starts[-1], False)
