"""Calls as Kaleidoscope's cluster.csv has them: each row a call, by its offset in the file and its duration.

Its id.csv has the same columns, but a row there is a whole file with the label of that: those are no calls. BirdNET
writes the first form too, with names of species in place of clusters.
"""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import NoReturn

from battycoda_nb.annotations.calls import Calls
from battycoda_nb.errors import RequestError

from .belonging import Rows, parts, rows_of, same_name
from .cells import EXACT
from .entry import About, Segments, fail, joined, one_line
from .grid import Grid
from .label_column import Label, label_of
from .rows import calls_in

ENDING = "cluster.csv"

_HEADER = ["INDIR", "FOLDER", "IN FILE", "OFFSET", "DURATION", "Fmin", "Fmax", "TOP1MATCH*", "MANUAL ID"]
_LABELS = ("manualid", "top1match", "commonname", "scientificname")  # what a person said goes before all else
_OF_FILES = ("autoid", "pulses", "matching", "matchratio", "outfile", "outfilefs", "outfilezc", "files")
_HIGHEST_RATE = 1_999_999  # Hz; in kHz, Fmax of 1000 would be beyond all sound that is recorded


def is_kaleidoscope(grid: Grid) -> bool:
    """Return whether a table is one of Kaleidoscope's."""
    return all(grid.first((name,)) for name in ("infile", "duration")) or _is_of_files(grid)


def read(grid: Grid, about: About) -> Segments:
    """Return the calls of one recording: by default of the only one that the table names.

    A cluster.csv is about a folder, so that another name is another recording, also where it is the only one.

    Raises
    ------
    RecordingError
        If its rows are files and not calls, or none is of this recording.
    """
    if _is_of_files(grid) or not grid.first(("offset",)) or not grid.first(("duration",)):
        _refuse(grid)
    rows = rows_of(grid, about.name)
    _refuse_others(grid, rows, about.name)
    labels = label_of(grid, about.label).columns if about.label else tuple(grid.named(_LABELS))
    rate = about.sample_rate or _HIGHEST_RATE
    found = calls_in(rows.own, about._replace(sample_rate=rate), Label(labels), whole=grid)
    used = [column.header for column in labels if any(rows.own.texts(column))]
    which = f"The labels of {grid.name} are those of {', or else '.join(used)}." if used else ""
    return Segments(found.calls, joined(which, rows.notice, found.notice))


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
        length = EXACT.subtract(_decimal(call.offset), _decimal(call.onset))
        edges = ["" if hertz is None else repr(hertz) for hertz in (call.low_freq, call.high_freq)]
        row = ["", "", about.name, repr(call.onset), f"{length:f}", *edges, "", one_line(call.label)]
        writer.writerow(row)
    return text.getvalue()


def _is_of_files(grid: Grid) -> bool:
    """Return whether the rows of a table of Kaleidoscope are files, as those of id.csv and meta.csv are."""
    if grid.first(("infile",)) is None or grid.first(("top1match",)) is not None:
        return False
    return grid.first(_OF_FILES) is not None or grid.first(("offset", "start", "starttime", "onset")) is None


def _refuse(grid: Grid) -> NoReturn:
    fail(
        grid.name,
        "has labels of whole files, as Kaleidoscope's id.csv does, and no calls",
        "name the cluster.csv of a cluster analysis, or leave it out",
    )


def _refuse_others(grid: Grid, rows: Rows, recording: str) -> None:
    wanted = parts(recording)
    others = [file for file in rows.kept if file and wanted and not same_name(file, wanted)]
    if others:
        fail(
            grid.name,
            f"lists calls of {one_line(others[0][-1])[:40]} only, but of no {wanted[-1]}",
            "name another",
        )


def _decimal(seconds: float) -> Decimal:
    return Decimal(repr(seconds))
