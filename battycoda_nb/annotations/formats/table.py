"""Calls in a table of times: BattyCoda's export, BatDetect2's CSV, spreadsheets."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

from battycoda_nb.annotations.calls import Calls

from .belonging import rows_of
from .entry import About, Segments, joined, one_line
from .grid import Grid
from .label_column import label_of
from .rows import calls_in


def read(grid: Grid, about: About) -> Segments:
    """Return the calls of a recording in a table of times; raises as `rows_of` and `calls_in`.

    A column of channels is not read: nobody says whether they count from 0 or from 1.
    """
    rows = rows_of(grid, about.name)
    found = calls_in(rows.own, about, label_of(grid, about.label), whole=grid)
    return Segments(found.calls, joined(rows.notice, found.notice))


def write(calls: Calls, about: About) -> str:
    """Return the calls as CSV: onset, offset and label, and frequencies and measures where there are any.

    Channels are not kept.
    """
    columns = ["onset", "offset", "label"]
    columns += [name for name in ("low_freq", "high_freq") if any(getattr(call, name) is not None for call in calls)]
    measured = ["peak_frequency", "peak_at_edge"] if any(about.peaks) else []
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*columns, *measured])
    plain = (replace(call, label=one_line(call.label)) for call in calls)
    for number, call in enumerate(plain):
        measures = about.measures(number)
        writer.writerow([*(getattr(call, name) for name in columns), *(measures.get(name, "") for name in measured)])
    return text.getvalue()
