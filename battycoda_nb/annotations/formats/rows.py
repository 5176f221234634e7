"""Rows of a table to calls: each is read by itself, and one that cannot be a call costs that row alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from battycoda_nb.annotations.calls import Call, check_count

from .bands import Band, band_of
from .cells import added, comma_in, number_in, unquoted
from .entry import About, Segments, call_at, fail, gather, joined, label_text
from .grid import Column, Grid
from .label_column import Label
from .times import Times, times_of

Row = tuple[int, list[str]]


@dataclass(frozen=True)
class _Reader:
    """Columns of a table, and what a comma parts in their numbers where a row leaves that open."""

    grid: Grid
    times: Times
    band: Band
    labels: tuple[Column, ...]
    channel: Column | None
    file_offset: Column | None
    comma: str | None

    @property
    def numeric(self) -> list[Column]:
        columns = (*self.times[:2], self.band.low, self.band.high, self.channel, self.file_offset)
        return [column for column in columns if column is not None]

    def call(self, item: Row) -> Call:
        """Return the call in a row; RecordingError, beginning with the row's name, if it is none."""
        line, row = item
        where = self.grid.where(line)
        comma = self._comma(row)
        onset, end = (self._seconds(where, row, column, comma) for column in self.times[:2])
        offset = self._sum(row, onset, end) if self.times.is_duration else end
        if self.file_offset is not None:
            onset, offset = self._in_file(where, row, comma, onset, offset)
        label = next((text for column in self.labels if (text := column.text(row))), "")
        low, high = (
            self._hertz(where, row, column, per_hertz, comma)
            for column, per_hertz in zip(self.band[:2], self.band.per_hertz, strict=True)
        )
        return call_at(
            where,
            onset=onset,
            offset=offset,
            label=label_text(where, label),
            low_freq=low,
            high_freq=high,
            channel=_from_one(where, self._number(where, row, self.channel, comma)),
        )

    def _comma(self, row: list[str]) -> str | None:
        texts = [unquoted(column.text(row)) for column in self.numeric]
        return (comma_in(texts) if any("," in text for text in texts) else None) or self.comma

    def _number(self, where: str, row: list[str], column: Column | None, comma: str | None) -> float | None:
        """Return the number in a cell; None where the cell is empty or there is no such column."""
        text = unquoted(column.text(row)) if column else ""
        if column is None or not text:
            return None
        number = number_in(text, comma)
        if number is None and number_in(text, "thousands") is not None:
            fail(
                f"{where}:",
                f"{column.header} is {text[:40]!r}, whose comma may part thousands or decimals",
                "write it without that comma, or with a point",
            )
        if number is None:
            fail(f"{where}:", f"{column.header} is {text[:40]!r}, not a number", "correct the cell")
        return number

    def _seconds(self, where: str, row: list[str], column: Column, comma: str | None) -> float:
        number = self._number(where, row, column, comma)
        if number is None:
            fail(f"{where}:", f"{column.header} is empty", f"fill it in, or delete the {self.grid.item}")
        return self.times.seconds(column, number)

    def _sum(self, row: list[str], onset: float, duration: float) -> float:
        """Return the offset, exactly where the two cells can be added as they are written."""
        begin, length = self.times[:2]
        exact = added(begin.text(row), length.text(row)) if begin.unit == length.unit else None
        return onset + duration if exact is None else self.times.seconds(begin, exact)

    def _hertz(
        self, where: str, row: list[str], column: Column | None, per_hertz: float, comma: str | None
    ) -> float | None:
        number = self._number(where, row, column, comma)
        return None if number is None else number / per_hertz

    def _in_file(
        self, where: str, row: list[str], comma: str | None, onset: float, offset: float
    ) -> tuple[float, float]:
        """Return onset and offset within the file: File Offset is taken where it is more than the onset rounded."""
        within = self._number(where, row, self.file_offset, comma)
        if within is None or self.file_offset is None:
            return onset, offset
        step = max(_step(column.text(row)) for column in (self.times.onset, self.file_offset))
        if abs(within - onset) < step * 0.999:
            return onset, offset
        return within, within + (offset - onset)


def calls_in(
    grid: Grid,
    about: About,
    label: Label,
    *,
    whole: Grid | None = None,
    channel: Column | None = None,
    file_offset: Column | None = None,
) -> Segments:
    """Return the calls of a table, one a row.

    Parameters
    ----------
    grid : Grid
        Rows of one recording.
    about : About
        That recording: its rate tells Hz from kHz.
    label : Label
        The first of its columns that has a text labels a row.
    whole : Grid, optional
        All rows of the table: the unit of its frequencies is that of the whole column.
    channel : Column, optional
        Counts channels from 1.
    file_offset : Column, optional
        Where filled, it is the onset, and the offset moves along: Raven's Begin Time runs on from one file of several
        to the next. The onset is kept where the two differ by rounding alone.

    Raises
    ------
    RecordingError
        If a column is missing, or no row can be a call; the message names the first as a person counts.
    """
    whole = whole or grid
    times = times_of(whole)
    band = band_of(whole, about.sample_rate)
    check_count(len(grid.rows), f"{grid.name}: ")
    reader = _Reader(grid, times, band, label.columns, channel, file_offset, None)
    reader = replace(reader, comma=_comma_of(whole, reader.numeric))
    found = gather(grid.name, grid.rows, reader.call, grid.item)
    return Segments(found.calls, joined(found.notice, band.notice, label.notice if grid.rows else ""))


def _comma_of(grid: Grid, columns: list[Column]) -> str | None:
    """Return what commas part in a table as a whole; None where it has none, or where that cannot be told."""
    if not any("," in text for column in columns for text in grid.texts(column)):
        return None
    return comma_in(unquoted(text) for column in columns for text in grid.texts(column))


def _step(text: str) -> float:
    """Return what the last digit of a number counts."""
    return float(10.0 ** -len(text.replace(",", ".").partition(".")[2])) if "e" not in text.lower() else 0.0


def _from_one(where: str, number: float | None) -> int | None:
    if number is not None and (number < 1 or not number.is_integer()):
        fail(f"{where}:", f"Channel is {number:g}, but Raven counts channels from 1", "correct the cell")
    return None if number is None else int(number) - 1
