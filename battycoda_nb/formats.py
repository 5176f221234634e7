"""Segment files: where the calls of a recording are, as BattyCoda, Raven, BatDetect2 and spreadsheets write it.

Bytes in, Calls out: nothing here opens a file, so that the process that may open files need not trust this one.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple, NoReturn

import numpy as np

from .calls import MAX_CALLS, MAX_LABEL, Call, Calls, check_count
from .errors import RecordingError
from .safe_pickle import load_pickle

MAX_BYTES = 256 * 2**20  # a million calls as BatDetect2 writes them
_ANNOTATION_KEYS = ("annotation", "annotations")
_LABEL_KEYS = ("class", "event")

# What a column may be called, in lower case, without its unit, with spaces for underscores; the preferred name first.
_ONSET = ("onset", "onsets", "onset time", "start", "starts", "start time", "begin", "begin time")
_OFFSET = ("offset", "offsets", "offset time", "end", "ends", "end time", "stop", "stop time")
_LOW = ("low freq", "low frequency", "min freq", "freq min", "min frequency")
_HIGH = ("high freq", "high frequency", "max freq", "freq max", "max frequency")
_FILE = ("begin file", "begin path", "wav file", "recording", "filename", "file name", "file")
_LABEL = (
    "label", "labels", "annotation", "call type", "calltype", "type call", "type", "class", "event",
    "species", "species code", "common name", "scientific name",
)  # fmt: skip
_PER_UNIT = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e3, "msec": 1e3, "hz": 1.0, "khz": 1e-3}
_HEADER = re.compile(r"(.+?)\s*(?:[(\[]\s*(\w+)\s*[)\]]|\s(s|sec|seconds|ms|msec|hz|khz))")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,3})?", re.ASCII | re.IGNORECASE)

_CODA_LABEL = "type_call"  # BattyCoda's first versions kept the whole form of a call; this field is its label


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
        return _from_json(name, data) if kind == "json" else _from_table(name, data, recording_name)
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
            _fail(name, f"has no {' and no '.join(missing)} (it has {_listed(content)})", "save both, in seconds")
        onsets, offsets, labels = content["onsets"], content["offsets"], content.get("labels")
    elif isinstance(content, list) and len(content) == 2:
        onsets, offsets = content
    else:
        _fail(name, f"holds {_noun(content)}", "save a dict with onsets and offsets, in seconds")
    starts, ends = _times(name, "onsets", onsets), _times(name, "offsets", offsets)
    if len(starts) != len(ends):
        _fail(name, f"has {len(starts)} onsets and {len(ends)} offsets", "save one offset for each onset")
    texts = _labels(name, labels, len(starts))
    return Calls(
        _call(f"{name}, call {number}", onset=onset, offset=offset, label=text)
        for number, (onset, offset, text) in enumerate(zip(starts, ends, texts, strict=True), start=1)
    )


def _times(name: str, what: str, values: object) -> Sequence[Any]:
    """Onsets or offsets as they stand in a pickle, in s; whether each is a possible time is for Call to say."""
    if isinstance(values, np.ndarray):
        if values.size and values.dtype.kind not in "iuf":
            _fail(name, f"has {what} of type {values.dtype}", "save them as numbers, in seconds")
        if values.ndim == 0 or (
            values.size and values.size != max(values.shape)
        ):  # a row or a column is a list, a matrix is not
            _fail(name, f"has {what} of shape {values.shape}", "save one list of times")
        check_count(values.size, f"{name}: ")
        return values.ravel().tolist()
    if not isinstance(values, list | tuple):
        _fail(name, f"has {_noun(values)} as {what}", "save an array or a list of times in seconds")
    check_count(len(values), f"{name}: ")
    return values


def _labels(name: str, values: object, count: int) -> list[str]:
    """One text for each call; BattyCoda appends a label as each call is judged, so the last ones may be missing."""
    if isinstance(values, np.ndarray):
        values = values.ravel().tolist()
    if values is None:
        return [""] * count
    if not isinstance(values, list | tuple):
        _fail(name, f"has {_noun(values)} as labels", "save a list of text")
    if len(values) > count:
        _fail(name, f"has {len(values)} labels for {count} calls", "save one label for each call")
    texts = [_text(f"{name}, call {number}", value) for number, value in enumerate(values, start=1)]
    return texts + [""] * (count - len(texts))


def _text(where: str, value: object) -> str:
    """A label as text: what a person typed, without what no screen can show."""
    if isinstance(value, dict) and _CODA_LABEL in value:
        value = value[_CODA_LABEL]
    if value is None or (isinstance(value, float) and value != value):  # pandas has NaN for an empty cell
        return ""
    if isinstance(value, bytes):
        value = value.decode("latin1")
    if isinstance(value, float) or (isinstance(value, int) and abs(value) < 10**15):  # some labs number call types
        value = f"{value:.15g}"
    if not isinstance(value, str):
        raise RecordingError(f"{where}: its label is {_noun(value)}; save it as text")
    if len(value) > MAX_LABEL:  # before it is copied: a thousand calls may share one label of a megabyte
        raise RecordingError(f"{where}: its label has {len(value)} characters, more than {MAX_LABEL}; shorten it")
    return value.encode("utf-8", "replace").decode("utf-8").strip()


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
            _fail(name, f"has no annotation (it has {_listed(content)})", "save it from BatDetect2")
        content = content[key]
    if not isinstance(content, list):
        _fail(name, f"holds {_noun(content)} in place of a list of calls", "save it from BatDetect2")
    check_count(len(content), f"{name}: ")
    return Calls(_annotation(f"{name}, call {number}", item) for number, item in enumerate(content, start=1))


def _annotation(where: str, item: object) -> Call:
    if not isinstance(item, dict):
        raise RecordingError(f"{where} is {_noun(item)}; a call has start_time and end_time in seconds")
    missing = [key for key in ("start_time", "end_time") if key not in item]
    if missing:
        raise RecordingError(f"{where} has no {' and no '.join(missing)}; give both in seconds")
    labels = (_text(where, item.get(key)) for key in _LABEL_KEYS)
    return _call(
        where,
        onset=item["start_time"],
        offset=item["end_time"],
        label=next((label for label in labels if label), ""),
        low_freq=item.get("low_freq"),
        high_freq=item.get("high_freq"),
    )


# Tables: Raven, BattyCoda's export, BatDetect2's CSV, spreadsheets


class _Column(NamedTuple):
    """A column: where it stands, its header as written, and how many of its units make a second or a hertz."""

    place: int
    header: str
    per_unit: float

    def text(self, row: list[str]) -> str:
        return row[self.place].strip() if self.place < len(row) else ""


@dataclass(frozen=True)
class _Table:
    """A table as text: its columns by plain name, and its rows, each with its line as a spreadsheet counts."""

    name: str
    columns: dict[str, _Column]
    rows: list[tuple[int, list[str]]]
    decimal_comma: bool

    @property
    def raven(self) -> bool:
        return "begin time" in self.columns

    def first(self, names: Sequence[str]) -> _Column | None:
        return next((self.columns[name] for name in names if name in self.columns), None)

    def number(self, line: int, row: list[str], column: _Column | None) -> float | None:
        """The number in a cell, in s or Hz; None where the cell is empty or there is no such column."""
        text = column.text(row) if column else ""
        if column is None or not text:
            return None
        plain = text.replace(",", ".") if self.decimal_comma else text
        if not _NUMBER.fullmatch(plain):
            _fail(f"{self.name}, row {line}:", f"{column.header} is {text[:40]!r}, not a number", "correct the cell")
        return float(plain) / column.per_unit

    def time(self, line: int, row: list[str], column: _Column) -> float:
        time = self.number(line, row, column)
        if time is None:
            _fail(f"{self.name}, row {line}:", f"{column.header} is empty", "fill it in, or delete the row")
        return time


def _from_table(name: str, data: bytes, recording_name: str | None) -> Calls:
    table = _rows_of(_table(name, _decoded(data)), recording_name)
    onset, offset = table.first(_ONSET), table.first(_OFFSET)
    if onset is None or offset is None:
        missing = " and ".join(what for what, column in (("onset", onset), ("offset", offset)) if column is None)
        headers = {column.header: column for column in table.columns.values()}
        _fail(name, f"has no column for {missing} (it has {_listed(headers)})", "name two columns onset and offset")
    label, channel, in_file = table.first(_LABEL), None, None
    if table.raven:
        # Nobody else says whether their channels count from 0 or from 1.
        label, channel = _raven_label(table), table.columns.get("channel")
        in_file = table.columns.get("file offset") if table.first(_FILE) else None
        table = _without_twins(table, (onset, offset), label)
    check_count(len(table.rows), f"{name}: ")
    calls = []
    for line, row in table.rows:
        begin, end = table.time(line, row, onset), table.time(line, row, offset)
        within = table.number(line, row, in_file)
        if within is not None:  # with several files, Raven's Begin Time runs on from one to the next
            begin, end = within, within + (end - begin)
        call = _call(
            f"{name}, row {line}",
            onset=begin,
            offset=end,
            label=_text(f"{name}, row {line}", label.text(row)) if label else "",
            low_freq=table.number(line, row, table.first(_LOW)),
            high_freq=table.number(line, row, table.first(_HIGH)),
            channel=_from_one(f"{name}, row {line}", table.number(line, row, channel)),
        )
        calls.append(call)
    return Calls(calls)


def _decoded(data: bytes) -> str:
    """Text of a table: UTF-8, or what Excel writes as "Unicode text", or else latin1, which any bytes are."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("latin1")


def _table(name: str, text: str) -> _Table:
    header_line = next((line for line in io.StringIO(text, newline=None) if line.strip()), "")
    delimiter = max(",;\t", key=header_line.count)
    tabs = delimiter == "\t"
    reader = csv.reader(
        io.StringIO(text, newline=None),
        delimiter=delimiter,
        # Raven does not quote: a quotation mark that opens a label there would swallow the rows after it.
        quoting=csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL,
    )
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            if not any(cell.strip() for cell in row) or (not rows and row[0].lower().startswith("sep=")):  # Excel's
                continue
            rows.append((reader.line_num, [_unquoted(cell) for cell in row] if tabs else row))
            if len(rows) > 2 * MAX_CALLS:  # two rows a call: Raven's twins
                check_count(len(rows), f"{name}: ")
    except csv.Error as error:
        _fail(f"{name}, row {reader.line_num}:", f"is not a row of a table ({error})", "save it again as CSV")
    if not rows:
        _fail(name, "has no header", "name two columns onset and offset")
    return _Table(name, _columns(rows[0][1]), rows[1:], decimal_comma=delimiter != ",")


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def _columns(headers: list[str]) -> dict[str, _Column]:
    """Columns by plain name: ``Begin Time (s)``, ``begin_time`` and ``begin-time [ms]`` are all "begin time"."""
    columns: dict[str, _Column] = {}
    for index, header in enumerate(headers):
        plain = re.sub(r"[\s_-]+", " ", header).strip().lower()
        match = _HEADER.fullmatch(plain)
        unit = (match[2] or match[3]) if match else None
        if match and unit in _PER_UNIT:
            plain = match[1]
        columns.setdefault(plain, _Column(index, header.strip(), _PER_UNIT.get(unit or "s", 1.0)))
    return columns


def _rows_of(table: _Table, recording_name: str | None) -> _Table:
    """The table without the rows of other recordings, where it names several."""
    column = table.first(_FILE)
    files = [PureWindowsPath(column.text(row)).name for _, row in table.rows] if column else []  # parts at / and \
    named = sorted({file for file in files if file})
    if len(named) < 2:  # one name that differs is a recording that was renamed
        return table
    if recording_name is None:
        _fail(table.name, f"has calls of {len(named)} recordings ({', '.join(named[:3])} …)", "say which one is meant")
    recording = PureWindowsPath(recording_name)
    wanted = {recording.name.casefold(), recording.stem.casefold()}
    rows = [row for row, file in zip(table.rows, files, strict=True) if file.casefold() in wanted]
    return replace(table, rows=rows)


def _raven_label(table: _Table) -> _Column | None:
    """The column that holds the labels: one with a usual name that is not blank, or else any with words in it."""
    usual = [table.columns[name] for name in _LABEL if name in table.columns]
    others = [
        column
        for plain, column in table.columns.items()
        if plain not in ("selection", "view", "channel") and not plain.startswith(("begin ", "end "))
    ]
    for column in usual:
        if any(column.text(row) for _, row in table.rows):
            return column
    for column in others:
        texts = [column.text(row) for _, row in table.rows]
        if not column.header.endswith(")") and any(text and not _NUMBER.fullmatch(text) for text in texts):
            return column
    return None


def _without_twins(table: _Table, times: tuple[_Column, _Column], label: _Column | None) -> _Table:
    """The table without its waveform rows where the spectrogram shows the same selection.

    Selections may count from 1 again further down in tables that were joined, hence the times.
    """
    selection, view = table.columns.get("selection"), table.columns.get("view")
    if selection is None or view is None:
        return table

    def key(row: list[str]) -> tuple[str, ...]:
        return tuple(column.text(row) for column in (selection, *times))

    def is_waveform(row: list[str]) -> bool:
        return view.text(row).lower().startswith("waveform") and selection.text(row) != ""

    shown = {key(row) for _, row in table.rows if not is_waveform(row)}
    labels = {key(row): label.text(row) for _, row in table.rows if is_waveform(row)} if label else {}
    rows = [(line, row) for line, row in table.rows if not is_waveform(row) or key(row) not in shown]
    for _, row in rows:
        if label and not label.text(row) and labels.get(key(row)):  # only its twin was labelled
            row.extend([""] * (label.place + 1 - len(row)))
            row[label.place] = labels[key(row)]
    return replace(table, rows=rows)


def _from_one(where: str, number: float | None) -> int | None:
    if number is not None and (number < 1 or not number.is_integer()):
        _fail(f"{where}:", f"Channel is {number:g}, but Raven counts channels from 1", "correct the cell")
    return None if number is None else int(number) - 1


# Shared


def _call(where: str, **values: Any) -> Call:
    try:
        return Call(**values)
    except RecordingError as error:
        raise RecordingError(f"{where}: {error}") from error


def _fail(name: str, what: str, advice: str) -> NoReturn:
    raise RecordingError(f"{name} {what}; {advice}")


def _listed(content: dict[str, Any]) -> str:
    keys = ["".join(letter if letter.isprintable() else "?" for letter in key[:40]) for key in list(content)[:8]]
    return ", ".join(keys) or "nothing"


def _noun(value: object) -> str:
    """What a value is, for a message. Never its repr: a small file can hold one without end."""
    names = {
        dict: "a dict",
        list: "a list",
        tuple: "a tuple",
        str: "text",
        bool: "true or false",
        type(None): "nothing",
    }
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "a number"
    return names.get(type(value), f"a value of type {type(value).__name__}")
