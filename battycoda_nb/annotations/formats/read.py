"""Segment files are read: the name and the content pick the format, of which each has a file beside this one.

Bytes in, Calls out: nothing here opens a file, so that the process that may open files need not trust this one.
"""

from __future__ import annotations

import math
from pathlib import PurePosixPath

import numpy as np

from battycoda_nb.annotations.calls import Calls
from battycoda_nb.errors import RecordingError
from battycoda_nb.formatting import counted

from . import aoef, audacity, batdetect2, battycoda, foreign, grid, kaleidoscope, raven, table, textgrid
from .encoding import decoded
from .entry import About, Segments, fail, joined

# What BirdNET-Analyzer's result types are called; its JSON and parquet hold no calls that are read.
_BIRDNET = (
    "results.csv", "selection.table.txt", "results.kaleidoscope.csv", "results.r.csv", "results.txt",
)  # fmt: skip
ENDINGS = (".pickle", ".pkl", ".csv", ".txt", ".tsv", ".json", textgrid.ENDING, *foreign.ENDINGS)
MAX_BYTES = 256 * 2**20  # a million calls as BatDetect2 writes them


def sidecar_names(recording_name: str) -> list[str]:
    """Return the names under which the segment file of a recording may lie beside it, the preferred one first.

    Parameters
    ----------
    recording_name : str
        Such as ``"bat.wav"``; a folder before it is kept.
    """
    stem = recording_name.removesuffix(PurePosixPath(recording_name).suffix)
    folder = recording_name.removesuffix(PurePosixPath(recording_name).name)
    names = [
        f"{recording_name}.pickle",  # BattyCoda
        f"{stem}.pickle",
        f"{recording_name}.csv",  # BatDetect2 writes .wav.csv and .wav.json with the same calls
        f"{stem}.csv",
        f"{stem}.Table.1.selections.txt",  # Raven
        f"{recording_name}.Table.1.selections.txt",
        f"{stem}.selections.txt",
        f"{recording_name}.json",
        f"{stem}.json",
        f"{stem}{aoef.ENDING}",
        f"{stem}.TextGrid",
        *(f"{stem}.BirdNET.{kind}" for kind in _BIRDNET),
        f"{stem}.txt",  # Audacity
        f"{recording_name}.txt",  # BirdNET-Go
        f"{folder}cluster.csv",  # Kaleidoscope has one for a whole folder
    ]
    return list(dict.fromkeys(names))


def read_calls(name: str, data: bytes, recording_name: str | None = None, *, label: str = "") -> Calls:
    """Return the calls in a segment file; as `read_segments`, without its notice."""
    return read_segments(name, data, About(recording_name or "", label=label)).calls


def read_segments(name: str, data: bytes, about: About) -> Segments:
    """Return the calls of a recording in a segment file, and what a user should know of them.

    Parameters
    ----------
    name : str
        Name of the segment file: its ending picks the reader, or else its content does.
    data : bytes
        Its content.
    about : About
        Whose calls to take from a file of several recordings; its rate tells Hz from kHz, its duration which calls
        begin too late; its label says which column or tag that is.

    Returns
    -------
    Segments
        Times in seconds; may be empty.

    Raises
    ------
    RecordingError
        If the file cannot be read, none of its rows is a call, or it cannot be told what they mean or whose they are.
        The message names the file and the row or call, counted as a spreadsheet or a person counts, and says what to
        do.
    """
    if not data.strip():
        raise RecordingError(f"{name} is empty; save the calls again, or delete it")
    if len(data) > MAX_BYTES:
        raise RecordingError(f"{name} has {len(data)} bytes, more than the {MAX_BYTES} that are read; split it")
    foreign.refuse(name, data)
    kind = _kind(name, data)
    try:
        return _within(name, _read(kind, name, data, about), about.duration)
    except MemoryError as error:
        raise RecordingError(f"{name} needs more memory than there is; split it") from error


def _read(kind: str, name: str, data: bytes, about: About) -> Segments:
    if kind == "pickle":
        _refuse_choice(name, about)
        return battycoda.read(name, data)
    if kind == "text":
        return _read_text(name, data, about)
    return aoef.read(name, data, about.name, about.label) if aoef.is_aoef(data) else batdetect2.read(name, data, about)


def _within(name: str, found: Segments, duration: float | None) -> Segments:
    """Return the calls that begin before the recording ends, and in the notice how many do not.

    Raises
    ------
    RecordingError
        If none does.
    """
    calls = found.calls
    end = math.inf if duration is None else duration / (calls.time_expansion or 1)
    within = calls[: int(np.searchsorted(calls.onsets, end))]
    if len(within) == len(calls):
        return found
    late = f"after {end:g} s, where the recording ends, the first at {calls[len(within)].onset:g} s"
    if not within:
        fail(name, f"has calls that all begin {late}", "name the file of this recording, or correct the times")
    kept = Calls(within, time_expansion=calls.time_expansion)
    number = counted(len(calls) - len(within), "call")
    return Segments(kept, joined(found.notice, f"{number} in {name} passed over, as beginning {late}."))


def _kind(name: str, data: bytes) -> str:
    ending = PurePosixPath(name).suffix.lower()
    if ending in (".pickle", ".pkl"):
        return "pickle"
    if ending in (".csv", ".txt", ".tsv", textgrid.ENDING):
        return "text"
    if ending == ".json":
        return "json"
    if data[:1] == b"\x80":
        return "pickle"
    return "json" if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") else "text"


def _read_text(name: str, data: bytes, about: About) -> Segments:
    text = decoded(data)
    if "\0" in text[:4096]:
        fail(name, "is not a table of text", "name a CSV, a Raven selection table, or what else holds the calls")
    if (is_textgrid := textgrid.is_textgrid(text)) or audacity.is_labels(text):
        _refuse_choice(name, about)
        return textgrid.read(name, text) if is_textgrid else audacity.read(name, text)
    foreign.refuse_text(name, text)
    rows = grid.parse(name, text)
    if kaleidoscope.is_kaleidoscope(rows):
        return kaleidoscope.read(rows, about)
    return raven.read(rows, about) if raven.is_selections(rows) else table.read(rows, about)


def _refuse_choice(name: str, about: About) -> None:
    """Raise RecordingError where the user says which column is the label, and the file has none to choose from."""
    if about.label:
        fail(name, f"has one label for each call, and no column or tag {about.label[:40]!r}", "leave calls_label out")
