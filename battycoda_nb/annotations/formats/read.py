"""Segment files are read: the name and the content pick the format, of which each has a file beside this one.

Bytes in, Calls out: nothing here opens a file, so that the process that may open files need not trust this one.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from battycoda_nb.annotations.calls import Calls
from battycoda_nb.errors import RecordingError

from . import aoef, audacity, batdetect2, battycoda, foreign, grid, kaleidoscope, raven, table, textgrid
from .entry import fail

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
    ]
    return list(dict.fromkeys(names))


def read_calls(name: str, data: bytes, recording_name: str | None = None, *, label: str | None = None) -> Calls:
    """Return the calls in a segment file.

    Parameters
    ----------
    name : str
        Name of the segment file: its ending picks the reader, or else its content does.
    data : bytes
        Its content.
    recording_name : str, optional
        Whose calls to take from a table of several recordings.
    label : str, optional
        Which of the tags in AOEF is the label: their key.

    Returns
    -------
    Calls
        Times in seconds; may be empty.

    Raises
    ------
    RecordingError
        If the file cannot be read, or a call in it has impossible times. The message names the file and the row or
        call, counted as a spreadsheet or a person counts, and says what to do.
    """
    if not data.strip():
        raise RecordingError(f"{name} is empty; save the calls again, or delete it")
    if len(data) > MAX_BYTES:
        raise RecordingError(f"{name} has {len(data)} bytes, more than the {MAX_BYTES} that are read; split it")
    foreign.refuse(name, data)
    kind = _kind(name, data)
    try:
        if kind == "pickle":
            return battycoda.read(name, data)
        if kind == "text":
            return _read_text(name, data, recording_name)
        if aoef.is_aoef(data):
            return aoef.read(name, data, recording_name, label).calls
        return batdetect2.read(name, data)
    except MemoryError as error:
        raise RecordingError(f"{name} needs more memory than there is; split it") from error


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


def _read_text(name: str, data: bytes, recording_name: str | None) -> Calls:
    text = grid.decoded(data)
    if "\0" in text[:4096]:
        fail(name, "is not a table of text", "name a CSV, a Raven selection table, or what else holds the calls")
    if textgrid.is_textgrid(text):
        return textgrid.read(name, text).calls
    if audacity.is_labels(text):
        return audacity.read(name, text)
    foreign.refuse_text(name, text)
    table_of_all = grid.parse(name, text)
    if kaleidoscope.is_kaleidoscope(table_of_all):
        return kaleidoscope.read(table_of_all, recording_name).calls
    rows = grid.rows_of(table_of_all, recording_name)
    return raven.read(rows) if raven.is_selections(rows) else table.read(rows)
