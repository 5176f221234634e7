"""Calls in a table of text: Raven's selections, BattyCoda's export, BatDetect2's CSV, spreadsheets."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PureWindowsPath
from typing import NamedTuple

from battycoda_nb.annotations.calls import MAX_CALLS, Calls, check_count

from .audacity import calls_in_labels, is_labels
from .entry import call_at, fail, label_text, listed

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
            fail(f"{self.name}, row {line}:", f"{column.header} is {text[:40]!r}, not a number", "correct the cell")
        return float(plain) / column.per_unit

    def time(self, line: int, row: list[str], column: _Column) -> float:
        time = self.number(line, row, column)
        if time is None:
            fail(f"{self.name}, row {line}:", f"{column.header} is empty", "fill it in, or delete the row")
        return time


def calls_in_table(name: str, data: bytes, recording_name: str | None) -> Calls:
    text = _decoded(data)
    if "\0" in text[:4096]:
        fail(name, "is not a table of text", "name a CSV, a Raven selection table, or what else holds the calls")
    if is_labels(text):
        return calls_in_labels(name, text)
    table = _rows_of(_table(name, text), recording_name)
    onset, offset = table.first(_ONSET), table.first(_OFFSET)
    if onset is None or offset is None:
        missing = " and ".join(what for what, column in (("onset", onset), ("offset", offset)) if column is None)
        headers = {column.header: column for column in table.columns.values()}
        fail(name, f"has no column for {missing} (it has {listed(headers)})", "name two columns onset and offset")
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
        call = call_at(
            f"{name}, row {line}",
            onset=begin,
            offset=end,
            label=label_text(f"{name}, row {line}", label.text(row)) if label else "",
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
        fail(f"{name}, row {reader.line_num}:", f"is not a row of a table ({error})", "save it again as CSV")
    if not rows:
        fail(name, "has no header", "name two columns onset and offset")
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
        fail(table.name, f"has calls of {len(named)} recordings ({', '.join(named[:3])} …)", "say which one is meant")
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
        fail(f"{where}:", f"Channel is {number:g}, but Raven counts channels from 1", "correct the cell")
    return None if number is None else int(number) - 1
