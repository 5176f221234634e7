"""Tables of text: the rows and named columns of a CSV, of a file with tabs, or of a list of JSON objects.

What a column holds, and whose calls the rows are, is decided beside this file, one question a file: `belonging`,
`times`, `bands`, `label_column`. `rows` makes calls of what they find.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from battycoda_nb.annotations.calls import MAX_CALLS, check_count

from .cells import NUMBER, present, unquoted
from .entry import fail, visible

# Units by the last word of a header. "min" is one only in brackets: freq_min is no minute.
_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "sek", "sekunden"), "s"),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(("us", "usec", "µs", "microseconds"), "us"),
    **dict.fromkeys(("minute", "minutes"), "min"),
    **dict.fromkeys(("hz", "hertz"), "hz"),
    **dict.fromkeys(("khz", "kilohertz"), "khz"),
    **dict.fromkeys(("sample", "samples", "frame", "frames", "ind", "idx", "index"), "samples"),
}
_BRACKETS = re.compile(r"(.+?)[\s._:-]*[(\[]\s*([^)\]]*?)\s*[)\]]\s*")


_MAX_HEADER = 200  # characters of a header that are looked at
_SHOWN = 40  # characters of it that a message shows
_MAX_CELLS = 50_000_000


class Column(NamedTuple):
    """A column of a table.

    Attributes
    ----------
    place : int
        From 0.
    header : str
        The beginning of what is written, for messages.
    name : str
        Without its unit, in lower case, letters and digits only, without accents:
        ``Begin Time (s)``, ``begin_time``, ``BeginTime`` and
        R's ``Begin.Time..s.`` are all "begintime".
    unit : str
        "s", "ms", "us", "min", "hz", "khz", "samples", or "" where the header says none.
    """

    place: int
    header: str
    name: str
    unit: str

    def text(self, row: list[str]) -> str:
        """Return the text of the cell in a row, "" for a missing value."""
        return row[self.place] if self.place < len(row) else ""


@dataclass(frozen=True)
class Grid:
    """A table as text.

    Attributes
    ----------
    name : str
        Of the file.
    columns : list of Column
    rows : list of (int, list of str)
        Each with its number as a person counts; "" for a missing value.
    item : str
        What a row is called.
    """

    name: str
    columns: list[Column]
    rows: list[tuple[int, list[str]]]
    item: str = "row"

    def named(self, names: Sequence[str]) -> Iterator[Column]:
        """Yield the columns with one of these names, in the names' order."""
        for name in names:
            yield from (column for column in self.columns if column.name == name)

    def first(self, names: Sequence[str]) -> Column | None:
        """Return the first of these columns that there is."""
        return next(self.named(names), None)

    def texts(self, column: Column) -> list[str]:
        """Return the cells of a column, from the first row to the last."""
        place = column.place
        return [row[place] if place < len(row) else "" for _, row in self.rows]

    def where(self, line: int) -> str:
        """Return the name of a row, for a message."""
        return f"{self.name}, {self.item} {line}"


def parse(name: str, text: str) -> Grid:
    """Return the rows and columns of a text with commas, semicolons, tabs, bars or spaces; its first row is the header.

    Raises
    ------
    RecordingError
        If there is no header, a row cannot be told from the next, or there are too many.
    """
    header_line = _header_line(text)
    delimiter = max(",;\t|", key=header_line.count)
    if delimiter not in header_line and " " in header_line.strip():  # R's write.table
        delimiter = " "
    # A table with tabs whose header is unquoted knows no quotation marks: they belong to its labels, and one that opens
    # a label would swallow the rows after it. R quotes the header as it does the cells.
    tabs, quoted = delimiter == "\t", any(unquoted(cell.strip()) != cell.strip() for cell in header_line.split("\t"))
    reader = csv.reader(
        io.StringIO(text, newline=None),
        delimiter=delimiter,
        quoting=csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL,
        skipinitialspace=delimiter == " ",
    )
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            if not any(cell.strip() for cell in row) or (not rows and row[0].lower().startswith("sep=")):  # Excel's
                continue
            cells = map(unquoted, row) if tabs and quoted else row
            rows.append((reader.line_num, [present(cell) for cell in cells]))
            if len(rows) > 2 * MAX_CALLS:  # two rows a call: Raven's twins
                check_count(len(rows), f"{name}: ")
    except csv.Error as error:
        fail(f"{name}, row {reader.line_num}:", f"is not a row of a table ({error})", "save it again as CSV")
    if not rows:
        fail(name, "has no header", "name two columns onset and offset")
    headers, rows = rows[0][1], rows[1:]
    if _has_row_names(headers, rows):
        headers = ["", *headers]
    check_cells(name, len(headers), len(rows))
    return Grid(name, columns_of(headers), rows)


def check_cells(name: str, columns: int, rows: int) -> None:
    """Raise RecordingError for a table of which a small file would cost much time, since most of its rows are short."""
    if columns * rows > _MAX_CELLS:
        fail(name, f"has {columns} columns and {rows} rows", "leave out the columns that say nothing of a call")


def columns_of(headers: Sequence[str]) -> list[Column]:
    """Return the columns with these headers."""
    return [
        Column(place, visible(header.strip()[:40]), *_name_and_unit(header)) for place, header in enumerate(headers)
    ]


def _header_line(text: str) -> str:
    lines = (line for line in io.StringIO(text, newline=None) if line.strip())
    first = next(lines, "")
    return next(lines, "") if first.lower().startswith("sep=") else first


def _has_row_names(headers: list[str], rows: list[tuple[int, list[str]]]) -> bool:
    """Return whether R's write.table put the names of rows before the first column, for which it writes no header."""
    return (
        bool(rows)
        and all(len(row) == len(headers) + 1 for _, row in rows)
        and any(row[-1] for _, row in rows)  # else each row ends in one delimiter more
        and len({row[0] for _, row in rows}) == len(rows)
        and (all(row[0].isdigit() for _, row in rows) or not any(NUMBER.fullmatch(row[0]) for _, row in rows))
    )


def _name_and_unit(header: str) -> tuple[str, str]:
    text = unicodedata.normalize("NFC", header[:_MAX_HEADER])
    text = re.sub(r"k[Hh][zZ]", " khz ", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()  # EventStartSeconds
    unit = ""
    if brackets := _BRACKETS.fullmatch(text):
        unit = "min" if brackets[2] == "min" else _UNITS.get(brackets[2], "")
        text = brackets[1] if unit else text
    text = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    words = re.findall(r"[^\W_]+", text)
    if not unit and len(words) > 1 and words[-1] in _UNITS:
        unit = _UNITS[words.pop()]
        words = words[:-1] if words[-1] == "in" and len(words) > 1 else words
    return "".join(words), unit
