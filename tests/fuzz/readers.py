"""The readers that are fuzzed: what is valid for each, how that is changed, and how it is read."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from battycoda_nb.annotations.formats.entry import About
from battycoda_nb.annotations.formats.read import read_segments
from battycoda_nb.annotations.formats.write import write_calls
from battycoda_nb.errors import BattycodaError
from battycoda_nb.recordings.sound_file import OpenRecording

from .mutations import Mutation, in_bytes, in_chunks, in_json, in_numbers, in_pickle, in_text
from .seeds import annotations, sounds

_ENDINGS = (".selections.txt", ".txt", ".csv", ".TextGrid", "cluster.csv", ".aoef.json", ".json")
_FRAMES = 4096
_LONGEST_NOTICE = 3000

_TABLE = (in_text, in_text, in_text, in_bytes)
_JSON = (in_json, in_json, in_json, in_text, in_bytes)
_BINARY = (in_bytes, in_bytes, in_numbers)
_MUTATIONS: dict[str, tuple[Mutation, ...]] = {
    "raven": _TABLE,
    "table": _TABLE,
    "audacity": _TABLE,
    "batdetect2": _JSON,
    "aoef": _JSON,
    "textgrid": _TABLE,
    "kaleidoscope": _TABLE,
    "battycoda": (in_pickle, in_pickle, in_bytes, in_numbers),
    "wav": (in_chunks, in_chunks, in_chunks, in_bytes, in_numbers),
}

Read = Callable[[str, bytes, Path], None]


class Reader(NamedTuple):
    """Valid files as names and contents; mutations; a function that reads a file, in a folder where it may write."""

    seeds: list[tuple[str, bytes]]
    mutations: tuple[Mutation, ...]
    read: Read


def readers() -> dict[str, Reader]:
    """Return all readers by name."""
    kinds: tuple[tuple[dict[str, list[tuple[str, bytes]]], Read], ...] = (
        (annotations(), _read_calls),
        (sounds(), _read_sound),
    )
    return {
        name: Reader(seeds, _MUTATIONS.get(name, _BINARY), read)
        for files, read in kinds
        for name, seeds in files.items()
    }


def _read_calls(name: str, data: bytes, folder: Path) -> None:
    """Read a segment file as a worker does, and now and then write what it holds in one of the forms."""
    calls, notice = read_segments(name, data, About("n/a.wav", 250_000, 5.0))
    assert notice.isprintable() and len(notice) < _LONGEST_NOTICE, notice
    which = zlib.crc32(data) % (8 * len(_ENDINGS))  # each eighth: writing waits for the disk
    if which >= len(_ENDINGS):
        return
    ending = _ENDINGS[which]
    with suppress(BattycodaError):  # such as a call above Nyquist, which Raven does not take
        write_calls(calls, folder / f"x{ending}", sample_rate=250_000, name="a.wav", duration=5.0, overwrite=True)


def _read_sound(name: str, data: bytes, folder: Path) -> None:
    """Read a sound file whole, and all that it says of itself."""
    (folder / name).write_bytes(data)
    recording = OpenRecording(os.open(folder / name, os.O_RDONLY), name)
    try:
        metadata = recording.metadata()
        metadata.to_json()
        _ = metadata.timestamp, metadata.position, metadata.make, metadata.model, metadata.species, metadata.note
        recording.rms_and_peak()
        recording.notice()
        frames = recording.sound.frames
        for start in {0, max(0, frames // 2 - _FRAMES), max(0, frames - _FRAMES)}:
            recording.read(start, min(frames, start + _FRAMES), recording.sound.channels - 1)
    finally:
        recording.close()
