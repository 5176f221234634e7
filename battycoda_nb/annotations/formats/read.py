"""Segment files are read: the name and the content pick the format, of which each has a file beside this one.

Bytes in, Calls out: nothing here opens a file, so that the process that may open files need not trust this one.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from battycoda_nb.annotations.calls import Calls
from battycoda_nb.errors import RecordingError

from . import audacity, batdetect2, battycoda, grid, raven, table
from .entry import fail

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
    ]
    return list(dict.fromkeys(names))


def read_calls(name: str, data: bytes, recording_name: str | None = None) -> Calls:
    """Return the calls in a segment file.

    Parameters
    ----------
    name : str
        Name of the segment file: its ending picks the reader, or else its content does.
    data : bytes
        Its content.
    recording_name : str, optional
        Whose calls to take from a table of several recordings.

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
    kind = _kind(name, data)
    try:
        if kind == "pickle":
            return battycoda.read(name, data)
        return batdetect2.read(name, data) if kind == "json" else _read_text(name, data, recording_name)
    except MemoryError as error:
        raise RecordingError(f"{name} needs more memory than there is; split it") from error


def _kind(name: str, data: bytes) -> str:
    ending = PurePosixPath(name).suffix.lower()
    if ending in (".pickle", ".pkl"):
        return "pickle"
    if ending in (".csv", ".txt", ".tsv"):
        return "table"
    if ending == ".json":
        return "json"
    if data[:1] == b"\x80":
        return "pickle"
    return "json" if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") else "table"


def _read_text(name: str, data: bytes, recording_name: str | None) -> Calls:
    text = grid.decoded(data)
    if "\0" in text[:4096]:
        fail(name, "is not a table of text", "name a CSV, a Raven selection table, or what else holds the calls")
    if audacity.is_labels(text):
        return audacity.read(name, text)
    rows = grid.rows_of(grid.parse(name, text), recording_name)
    return raven.read(rows) if raven.is_selections(rows) else table.read(rows)
