"""Calls as Raven's selection tables have them: tabs, channels from 1, a row for each view of a selection."""

from __future__ import annotations

from dataclasses import replace

from battycoda_nb.annotations.calls import Calls
from battycoda_nb.errors import RequestError

from .belonging import Path, Rows, rows_of
from .cells import DECIMAL, number_in, unquoted
from .entry import About, Segments, band, fail, joined, one_line
from .grid import Column, Grid
from .label_column import label_of
from .rows import calls_in
from .times import Times, times_of

ENDING = ".selections.txt"  # Raven's own name is <stem>.Table.1.selections.txt

_HEADER = (
    "Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)", "High Freq (Hz)", "Annotation",
)  # fmt: skip


def is_selections(grid: Grid) -> bool:
    """Return whether a table is one of Raven's."""
    return grid.first(("begintime",)) is not None


def read(grid: Grid, about: About) -> Segments:
    """Return the calls of a recording in a selection table; raises as `rows_of` and `calls_in`, and where its
    times may run on from one file to the next."""
    rows = rows_of(grid, about.name)
    label = label_of(grid, about.label)
    file_offset = grid.first(("fileoffset",)) if rows.files and rows.files[0] else None
    if len(set(rows.files)) > 1:
        _refuse_running_on(grid, rows, file_offset)
    found = calls_in(
        _without_twins(rows.own, times_of(grid), label.columns),
        about,
        label,
        whole=grid,
        channel=next((column for column in grid.columns if column.header.lower() == "channel"), None),
        file_offset=file_offset,
    )
    return Segments(found.calls, joined(rows.notice, found.notice))


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


def _refuse_running_on(grid: Grid, rows: Rows, file_offset: Column | None) -> None:
    """Refuse a recording whose times in a table of several cannot be known.

    Raven's Begin Time runs on from one file to the next; only File Offset says where in its file a selection lies. The
    times of the first file are its own, and those of all are where no file begins after all before it.

    Raises
    ------
    RecordingError
        If the recording is not the first, has no File Offset, and its times may run on.
    """
    if file_offset is not None and all(rows.own.texts(file_offset)):
        return
    begin = times_of(grid).onset
    spans: dict[Path, tuple[float, float]] = {}
    for file, text in zip(rows.files, grid.texts(begin), strict=True):
        time = number_in(unquoted(text), DECIMAL)
        if time is not None:
            first, last = spans.get(file, (time, time))
            spans[file] = min(first, time), max(last, time)
    in_order = sorted(spans, key=lambda file: spans[file])
    reached, overlap = spans[in_order[0]][1] if in_order else 0.0, True
    for file in in_order[1:]:
        first, last = spans[file]
        overlap, reached = overlap and first <= reached, max(reached, last)
    if not overlap and in_order[0] not in rows.kept:
        fail(
            grid.name,
            f"names {len(spans)} recordings and has no File Offset, so that {begin.header} may run on from one to the "
            "next",
            "add the column File Offset (s) in Raven and save the table again",
        )


def _without_twins(grid: Grid, times: Times, labels: tuple[Column, ...]) -> Grid:
    """Return the table without its waveform rows where the spectrogram shows the same selection.

    Selections may count from 1 again further down in tables that were joined, hence the times.
    """
    selection, view = grid.first(("selection",)), grid.first(("view",))
    if selection is None or view is None:
        return grid

    def key(row: list[str]) -> tuple[str, ...]:
        return tuple(column.text(row) for column in (selection, *times[:2]))

    def is_waveform(row: list[str]) -> bool:
        return view.text(row).lower().startswith("waveform") and selection.text(row) != ""

    shown = {key(row) for _, row in grid.rows if not is_waveform(row)}
    label = labels[0] if labels else None
    texts = {key(row): label.text(row) for _, row in grid.rows if is_waveform(row)} if label else {}
    rows = [(line, row) for line, row in grid.rows if not is_waveform(row) or key(row) not in shown]
    for _, row in rows:
        if label and not label.text(row) and texts.get(key(row)):  # only its twin was labelled
            row.extend([""] * (label.place + 1 - len(row)))
            row[label.place] = texts[key(row)]
    return replace(grid, rows=rows)
