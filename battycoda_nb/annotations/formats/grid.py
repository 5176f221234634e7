"""Tables of text: the rows and named columns of a CSV or a file with tabs, and the calls in them.

`table` reads those of BattyCoda, BatDetect2 and spreadsheets, `raven` those of Raven.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PureWindowsPath
from typing import NamedTuple

from battycoda_nb.annotations.calls import MAX_CALLS, Calls, check_count

from .entry import call_at, fail, label_text, listed

# What a column may be called, in lower case, without its unit, with spaces for underscores; the preferred name first.
_ONSET = ("onset", "onsets", "onset time", "start", "starts", "start time", "begin", "begin time")
_OFFSET = ("offset", "offsets", "offset time", "end", "ends", "end time", "stop", "stop time")
_LOW = ("low freq", "low frequency", "min freq", "freq min", "min frequency")
_HIGH = ("high freq", "high frequency", "max freq", "freq max", "max frequency")
_FILE = ("begin file", "begin path", "wav file", "recording", "filename", "file name", "file")
LABELS = (
    "label", "labels", "annotation", "call type", "calltype", "type call", "type", "class", "event",
    "species", "species code", "common name", "scientific name",
)  # fmt: skip
_PER_UNIT = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e3, "msec": 1e3, "hz": 1.0, "khz": 1e-3}
_HEADER = re.compile(r"(.+?)\s*(?:[(\[]\s*(\w+)\s*[)\]]|\s(s|sec|seconds|ms|msec|hz|khz))")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,3})?", re.ASCII | re.IGNORECASE)


class Column(NamedTuple):
    """A column: where it stands, its header as written, and how many of its units make a second or a hertz."""

    place: int
    header: str
    per_unit: float

    def text(self, row: list[str]) -> str:
        return row[self.place].strip() if self.place < len(row) else ""


@dataclass(frozen=True)
class Grid:
    """A table as text: its columns by plain name, and its rows, each with its line as a spreadsheet counts."""

    name: str
    columns: dict[str, Column]
    rows: list[tuple[int, list[str]]]
    decimal_comma: bool

    def first(self, names: Sequence[str]) -> Column | None:
        """Return the first of some columns that there is."""
        return next((self.columns[name] for name in names if name in self.columns), None)

    def number(self, line: int, row: list[str], column: Column | None) -> float | None:
        """Return the number in a cell, in s or Hz; None where the cell is empty or there is no such column."""
        text = column.text(row) if column else ""
        if column is None or not text:
            return None
        plain = text.replace(",", ".") if self.decimal_comma else text
        if not NUMBER.fullmatch(plain):
            fail(f"{self.name}, row {line}:", f"{column.header} is {text[:40]!r}, not a number", "correct the cell")
        return float(plain) / column.per_unit

    def time(self, line: int, row: list[str], column: Column) -> float:
        """Return the time in a cell, in s, which must not be empty."""
        time = self.number(line, row, column)
        if time is None:
            fail(f"{self.name}, row {line}:", f"{column.header} is empty", "fill it in, or delete the row")
        return time

    def edges(self) -> tuple[Column, Column]:
        """Return the columns of onsets and offsets.

        Raises
        ------
        RecordingError
            If one of them is missing; the message lists those that there are.
        """
        onset, offset = self.first(_ONSET), self.first(_OFFSET)
        if onset is None or offset is None:
            missing = " and ".join(what for what, column in (("onset", onset), ("offset", offset)) if column is None)
            headers = {column.header: column for column in self.columns.values()}
            found = listed(headers)
            fail(self.name, f"has no column for {missing} (it has {found})", "name two columns onset and offset")
        return onset, offset

    def names_files(self) -> bool:
        """Return whether a column says to which recording a row belongs."""
        return self.first(_FILE) is not None


def calls_in(
    grid: Grid, *, label: Column | None = None, channel: Column | None = None, onset_in_file: Column | None = None
) -> Calls:
    """Return the calls of a grid, one a row.

    Parameters
    ----------
    grid : Grid
    label : Column, optional
    channel : Column, optional
        Counts channels from 1.
    onset_in_file : Column, optional
        Where filled, it stands for the onset, and the offset moves along: Raven's Begin Time runs on from one file of
        several to the next.

    Raises
    ------
    RecordingError
        If a column is missing, or a call cannot be; the message names the row as a spreadsheet counts it.
    """
    onset, offset = grid.edges()
    check_count(len(grid.rows), f"{grid.name}: ")
    calls = []
    for line, row in grid.rows:
        begin, end = grid.time(line, row, onset), grid.time(line, row, offset)
        within = grid.number(line, row, onset_in_file)
        if within is not None:
            begin, end = within, within + (end - begin)
        call = call_at(
            f"{grid.name}, row {line}",
            onset=begin,
            offset=end,
            label=label_text(f"{grid.name}, row {line}", label.text(row)) if label else "",
            low_freq=grid.number(line, row, grid.first(_LOW)),
            high_freq=grid.number(line, row, grid.first(_HIGH)),
            channel=_from_one(f"{grid.name}, row {line}", grid.number(line, row, channel)),
        )
        calls.append(call)
    return Calls(calls)


def decoded(data: bytes) -> str:
    """Return the text of a table: UTF-8, what Excel writes as "Unicode text", or else latin1, which any bytes are."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("latin1")


def parse(name: str, text: str) -> Grid:
    """Return the rows and columns of a text with commas, semicolons or tabs, whose first row is the header.

    Raises
    ------
    RecordingError
        If there is no header, a row cannot be told from the next, or there are too many.
    """
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
    return Grid(name, _columns(rows[0][1]), rows[1:], decimal_comma=delimiter != ",")


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def _columns(headers: list[str]) -> dict[str, Column]:
    """Columns by plain name: ``Begin Time (s)``, ``begin_time`` and ``begin-time [ms]`` are all "begin time"."""
    columns: dict[str, Column] = {}
    for index, header in enumerate(headers):
        plain = re.sub(r"[\s_-]+", " ", header).strip().lower()
        match = _HEADER.fullmatch(plain)
        unit = (match[2] or match[3]) if match else None
        if match and unit in _PER_UNIT:
            plain = match[1]
        columns.setdefault(plain, Column(index, header.strip(), _PER_UNIT.get(unit or "s", 1.0)))
    return columns


def rows_of(grid: Grid, recording_name: str | None) -> Grid:
    """Return the grid without the rows of other recordings, where it names several.

    Raises
    ------
    RecordingError
        If it does, and `recording_name` is None.
    """
    column = grid.first(_FILE)
    files = [PureWindowsPath(column.text(row)).name for _, row in grid.rows] if column else []  # parts at / and \
    named = sorted({file for file in files if file})
    if len(named) < 2:  # one name that differs is a recording that was renamed
        return grid
    if recording_name is None:
        fail(grid.name, f"has calls of {len(named)} recordings ({', '.join(named[:3])} …)", "say which one is meant")
    recording = PureWindowsPath(recording_name)
    wanted = {recording.name.casefold(), recording.stem.casefold()}
    rows = [row for row, file in zip(grid.rows, files, strict=True) if file.casefold() in wanted]
    return replace(grid, rows=rows)


def _from_one(where: str, number: float | None) -> int | None:
    if number is not None and (number < 1 or not number.is_integer()):
        fail(f"{where}:", f"Channel is {number:g}, but Raven counts channels from 1", "correct the cell")
    return None if number is None else int(number) - 1
