"""Calls as Kaleidoscope's cluster.csv has them: each row a call, by its offset in the file and its duration.

Its id.csv has the same columns, but a row there is a whole file with the label of that: those are no calls. BirdNET
writes the first form too, with names of species in place of clusters.
"""

from __future__ import annotations

import csv
import io
from decimal import Context, Decimal
from pathlib import PureWindowsPath
from typing import NoReturn

from battycoda_nb.annotations.calls import Call, Calls, check_count
from battycoda_nb.errors import RequestError

from .entry import About, Segments, call_at, fail, gather, joined, label_text, one_line
from .grid import NUMBER, Column, Grid

ENDING = "cluster.csv"

_HEADER = ["INDIR", "FOLDER", "IN FILE", "OFFSET", "DURATION", "Fmin", "Fmax", "TOP1MATCH*", "MANUAL ID"]
_LABELS = ("manual id", "top1match", "common name", "scientific name")  # what a person said goes before all else
_OF_FILES = ("auto id", "pulses", "matching", "match ratio", "out file", "out file fs", "out file zc", "files")
_SURELY_HERTZ = 1000.0  # in kHz it would be beyond all sound that is recorded
_EXACT = Context(prec=400)  # digits: any two floats are added without rounding


def is_kaleidoscope(grid: Grid) -> bool:
    """Return whether a table is one of Kaleidoscope's."""
    return all(_column(grid, name) for name in ("in file", "duration")) or _is_of_files(grid)


def read(grid: Grid, recording_name: str | None) -> Segments:
    """Return the calls of one recording: by default of the only one that the table names.

    Raises
    ------
    RecordingError
        If its rows are files and not calls, or none is of this recording.
    """
    if _is_of_files(grid):
        _refuse(grid)
    offset, duration = _column(grid, "offset"), _column(grid, "duration")
    if offset is None or duration is None:
        _refuse(grid)
    lowest, highest, unknown = _bands(grid)
    labels = [column for name in _LABELS if (column := _column(grid, name))]
    rows = _rows_of(grid, recording_name)
    check_count(len(rows), f"{grid.name}: ")

    def call(numbered: tuple[int, list[str]]) -> Call:
        line, row = numbered
        where, onset = f"{grid.name}, row {line}", grid.time(line, row, offset)
        words = next((text for column in labels if (text := column.text(row))), "")
        return call_at(
            where,
            onset=onset,
            offset=_sum(onset, grid.time(line, row, duration)),
            label=label_text(where, words),
            low_freq=grid.number(line, row, lowest),
            high_freq=grid.number(line, row, highest),
        )

    segments = gather(grid.name, rows, call)
    used = [column.header for column in labels if any(column.text(row) for _, row in rows)]
    which = f"The labels of {grid.name} are those of {', or else '.join(used)}." if used else ""
    return Segments(segments.calls, joined(which, unknown, segments.notice))


def write(calls: Calls, about: About) -> str:
    """Return the calls as a cluster.csv, times exact, labels as the MANUAL ID. Channels are not kept.

    Raises
    ------
    RequestError
        If the recording's name is not known.
    """
    if not about.name:
        raise RequestError("a cluster.csv of Kaleidoscope names the recording; say name=")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    for call in calls:
        length = _EXACT.subtract(_decimal(call.offset), _decimal(call.onset))
        edges = ["" if hertz is None else repr(hertz) for hertz in (call.low_freq, call.high_freq)]
        row = ["", "", about.name, repr(call.onset), f"{length:f}", *edges, "", one_line(call.label)]
        writer.writerow(row)
    return text.getvalue()


def _column(grid: Grid, name: str) -> Column | None:
    return grid.first((name, f"{name}*"))  # Kaleidoscope stars what it sorts by


def _is_of_files(grid: Grid) -> bool:
    """Return whether the rows of a table of Kaleidoscope are files, as those of id.csv and meta.csv are."""
    if _column(grid, "in file") is None or _column(grid, "top1match") is not None:
        return False
    return any(_column(grid, name) for name in _OF_FILES) or _column(grid, "offset") is None


def _refuse(grid: Grid) -> NoReturn:
    fail(
        grid.name,
        "has labels of whole files, as Kaleidoscope's id.csv does, and no calls",
        "name the cluster.csv of a cluster analysis, or leave it out",
    )


def _rows_of(grid: Grid, recording_name: str | None) -> list[tuple[int, list[str]]]:
    """Return the rows of one recording. A cluster.csv is about a folder, so that another name is another recording.

    Raises
    ------
    RecordingError
        If no row is of this recording, or of which is not said and there are several.
    """
    column = _column(grid, "in file")
    names = [PureWindowsPath(column.text(row)) for _, row in grid.rows] if column else []
    named = sorted({name.name for name in names})
    shown = ", ".join(one_line(name)[:40] for name in named[:3])
    if recording_name is None:
        if len(named) > 1:
            fail(grid.name, f"has calls of {len(named)} recordings ({shown} …)", "say which one is meant")
        return grid.rows
    meant = PureWindowsPath(recording_name).stem.casefold()
    rows = [row for row, name in zip(grid.rows, names, strict=True) if name.stem.casefold() == meant]
    if grid.rows and not rows:
        fail(grid.name, f"has calls of other recordings ({shown}) and none of {recording_name}", "name another")
    return rows


def _bands(grid: Grid) -> tuple[Column | None, Column | None, str]:
    """Return the columns of frequencies in Hz, and the notice that they are left out where they may be kHz as well."""
    low, high = grid.columns.get("fmin"), grid.columns.get("fmax")
    numbers = [float(text) for _, row in grid.rows if high and NUMBER.fullmatch(text := high.text(row))]
    if low is None or high is None or not numbers:
        return None, None, ""
    if max(numbers) < _SURELY_HERTZ:
        return None, None, f"Fmin and Fmax of {grid.name} are left out: they could be Hz as well as kHz."
    return low, high, ""


def _decimal(seconds: float) -> Decimal:
    return Decimal(repr(seconds))


def _sum(onset: float, length: float) -> float:
    """Return the offset, as if the two had been added by hand: 0.1 and 0.2 are 0.3."""
    return float(_EXACT.add(_decimal(onset), _decimal(length)))
