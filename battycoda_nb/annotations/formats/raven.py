"""Calls as Raven's selection tables have them: tabs, channels from 1, a row for each view of a selection."""

from __future__ import annotations

from dataclasses import replace

from battycoda_nb.annotations.calls import Calls
from battycoda_nb.errors import RequestError

from .entry import About, band, one_line
from .grid import LABELS, NUMBER, Column, Grid, calls_in

ENDING = ".selections.txt"  # Raven's own name is <stem>.Table.1.selections.txt

_HEADER = (
    "Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)", "High Freq (Hz)", "Annotation",
)  # fmt: skip


def is_selections(grid: Grid) -> bool:
    """Return whether a table is one of Raven's."""
    return "begin time" in grid.columns


def read(grid: Grid) -> Calls:
    """Return the calls of a selection table; raises as `calls_in`."""
    label = _label_column(grid)
    return calls_in(
        _without_twins(grid, grid.edges(), label),
        label=label,
        channel=grid.columns.get("channel"),
        onset_in_file=grid.columns.get("file offset") if grid.names_files() else None,
    )


def write(calls: Calls, about: About) -> str:
    """Return the calls as a selection table, times to 1 ns.

    A call without frequencies spans all there are, to Nyquist, above which Raven opens no selection.

    Raises
    ------
    RequestError
        If the sample rate is not known, or a call lies above Nyquist.
    """
    if about.sample_rate is None:
        raise RequestError("a table for Raven needs the sample rate of the recording; say sample_rate=, in Hz")
    rows = [[*_HEADER, *(["Begin File"] if about.name else [])]]
    for number, call in enumerate(calls, start=1):
        low, high = band(call, about.sample_rate, number)
        times = [f"{time:.9f}" for time in (call.onset, call.offset)]
        # Whole numbers of hertz have a point too: some readers take the type of a column from its first row.
        row = [str(number), "Spectrogram 1", str((call.channel or 0) + 1), *times, f"{low:.3f}", f"{high:.3f}"]
        rows.append([*row, one_line(call.label), *([one_line(about.name)] if about.name else [])])
    return "".join("\t".join(row) + "\n" for row in rows)  # Raven knows no quotation marks


def _label_column(grid: Grid) -> Column | None:
    """Return the column of the labels: one with a usual name that is not blank, or else any with words in it."""
    usual = [grid.columns[name] for name in LABELS if name in grid.columns]
    others = [
        column
        for plain, column in grid.columns.items()
        if plain not in ("selection", "view", "channel") and not plain.startswith(("begin ", "end "))
    ]
    for column in usual:
        if any(column.text(row) for _, row in grid.rows):
            return column
    for column in others:
        texts = [column.text(row) for _, row in grid.rows]
        if not column.header.endswith(")") and any(text and not NUMBER.fullmatch(text) for text in texts):
            return column
    return None


def _without_twins(grid: Grid, times: tuple[Column, Column], label: Column | None) -> Grid:
    """Return the table without its waveform rows where the spectrogram shows the same selection.

    Selections may count from 1 again further down in tables that were joined, hence the times.
    """
    selection, view = grid.columns.get("selection"), grid.columns.get("view")
    if selection is None or view is None:
        return grid

    def key(row: list[str]) -> tuple[str, ...]:
        return tuple(column.text(row) for column in (selection, *times))

    def is_waveform(row: list[str]) -> bool:
        return view.text(row).lower().startswith("waveform") and selection.text(row) != ""

    shown = {key(row) for _, row in grid.rows if not is_waveform(row)}
    labels = {key(row): label.text(row) for _, row in grid.rows if is_waveform(row)} if label else {}
    rows = [(line, row) for line, row in grid.rows if not is_waveform(row) or key(row) not in shown]
    for _, row in rows:
        if label and not label.text(row) and labels.get(key(row)):  # only its twin was labelled
            row.extend([""] * (label.place + 1 - len(row)))
            row[label.place] = labels[key(row)]
    return replace(grid, rows=rows)
