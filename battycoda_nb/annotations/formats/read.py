"""Segment files: where the calls of a recording are, as BattyCoda, Raven, BatDetect2 and spreadsheets write it.

Bytes in, Calls out: nothing here opens a file, so that the process that may open files need not trust this one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from battycoda_nb.annotations.calls import Call, Calls, check_count
from battycoda_nb.errors import RecordingError
from battycoda_nb.formatting import noun

from .entry import call_at, fail, label_text, listed
from .safe_pickle import load_pickle
from .table import calls_in_table

MAX_BYTES = 256 * 2**20  # a million calls as BatDetect2 writes them
_ANNOTATION_KEYS = ("annotation", "annotations")
_LABEL_KEYS = ("class", "event")


def sidecar_names(recording_name: str) -> list[str]:
    """Names under which the segment file of a recording may lie beside it, the preferred one first.

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
    """The calls in a segment file.

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
            return _from_pickle(name, data)
        return _from_json(name, data) if kind == "json" else calls_in_table(name, data, recording_name)
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


# BattyCoda's pickle


def _from_pickle(name: str, data: bytes) -> Calls:
    content = load_pickle(name, data)
    labels: object = None
    if isinstance(content, dict):
        missing = [key for key in ("onsets", "offsets") if key not in content]
        if missing:
            fail(name, f"has no {' and no '.join(missing)} (it has {listed(content)})", "save both, in seconds")
        onsets, offsets, labels = content["onsets"], content["offsets"], content.get("labels")
    elif isinstance(content, list) and len(content) == 2:
        onsets, offsets = content
    else:
        fail(name, f"holds {noun(content)}", "save a dict with onsets and offsets, in seconds")
    starts, ends = _times(name, "onsets", onsets), _times(name, "offsets", offsets)
    if len(starts) != len(ends):
        fail(name, f"has {len(starts)} onsets and {len(ends)} offsets", "save one offset for each onset")
    texts = _labels(name, labels, len(starts))
    return Calls(
        call_at(f"{name}, call {number}", onset=onset, offset=offset, label=text)
        for number, (onset, offset, text) in enumerate(zip(starts, ends, texts, strict=True), start=1)
    )


def _times(name: str, what: str, values: object) -> Sequence[Any]:
    """Onsets or offsets as they stand in a pickle, in s; whether each is a possible time is for Call to say."""
    if isinstance(values, np.ndarray):
        if values.size and values.dtype.kind not in "iuf":
            fail(name, f"has {what} of type {values.dtype}", "save them as numbers, in seconds")
        if values.ndim == 0 or (
            values.size and values.size != max(values.shape)
        ):  # a row or a column is a list, a matrix is not
            fail(name, f"has {what} of shape {values.shape}", "save one list of times")
        check_count(values.size, f"{name}: ")
        return values.ravel().tolist()
    if not isinstance(values, list | tuple):
        fail(name, f"has {noun(values)} as {what}", "save an array or a list of times in seconds")
    check_count(len(values), f"{name}: ")
    return values


def _labels(name: str, values: object, count: int) -> list[str]:
    """One text for each call; BattyCoda appends a label as each call is judged, so the last ones may be missing."""
    if isinstance(values, np.ndarray):
        values = values.ravel().tolist()
    if values is None:
        return [""] * count
    if not isinstance(values, list | tuple):
        fail(name, f"has {noun(values)} as labels", "save a list of text")
    if len(values) > count:
        fail(name, f"has {len(values)} labels for {count} calls", "save one label for each call")
    texts = [label_text(f"{name}, call {number}", value) for number, value in enumerate(values, start=1)]
    return texts + [""] * (count - len(texts))


# BatDetect2's JSON


def _from_json(name: str, data: bytes) -> Calls:
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except RecursionError as error:
        raise RecordingError(f"{name} is nested too deeply to be a list of calls; save it again") from error
    except ValueError as error:  # includes broken UTF-8
        raise RecordingError(f"{name} is not JSON ({str(error)[:80]}); save it again from BatDetect2") from error
    if isinstance(content, dict):
        key = next((key for key in _ANNOTATION_KEYS if key in content), None)
        if key is None:
            fail(name, f"has no annotation (it has {listed(content)})", "save it from BatDetect2")
        content = content[key]
    if not isinstance(content, list):
        fail(name, f"holds {noun(content)} in place of a list of calls", "save it from BatDetect2")
    check_count(len(content), f"{name}: ")
    return Calls(_annotation(f"{name}, call {number}", item) for number, item in enumerate(content, start=1))


def _annotation(where: str, item: object) -> Call:
    if not isinstance(item, dict):
        raise RecordingError(f"{where} is {noun(item)}; a call has start_time and end_time in seconds")
    missing = [key for key in ("start_time", "end_time") if key not in item]
    if missing:
        raise RecordingError(f"{where} has no {' and no '.join(missing)}; give both in seconds")
    labels = (label_text(where, item.get(key)) for key in _LABEL_KEYS)
    return call_at(
        where,
        onset=item["start_time"],
        offset=item["end_time"],
        label=next((label for label in labels if label), ""),
        low_freq=item.get("low_freq"),
        high_freq=item.get("high_freq"),
    )
