"""Columns of times: which of them are onsets and offsets, or onsets and durations, and their unit."""

from __future__ import annotations

from typing import NamedTuple, NoReturn

from .cells import NUMBER
from .entry import fail, listed
from .grid import Column, Grid

# Names as `Column.name` has them, the preferred one first.
_ONSET = (
    "onset", "onsets", "onsettime", "start", "starts", "starttime", "starttimes", "begin", "begins", "begintime",
    "eventstart", "eventstarttime", "timestart", "tstart", "startt", "callstart", "audiostart", "resultstart", "tmin",
    "xmin", "from", "anfang", "beginn", "debut", "inicio",
)  # fmt: skip
_OFFSET = (
    "offset", "offsets", "offsettime", "end", "ends", "endtime", "endtimes", "stop", "stops", "stoptime", "eventend",
    "eventendtime", "timeend", "timestop", "tend", "endt", "tstop", "callend", "audioend", "resultend", "tmax", "xmax",
    "to", "finish", "ende", "fin",
)  # fmt: skip
_DURATION = (
    "duration", "durations", "deltatime", "dur", "length", "calllength", "callduration", "eventduration",
    "durationtime", "len", "dauer", "duree", "duracion",
)  # fmt: skip
# With a duration beside them these are where a call begins: Kaleidoscope's OFFSET, Raven's File Offset.
_ONSET_BEFORE_DURATION = ("offset", "fileoffset", "offsettime", "time", "timestamp", "position")
# How many of a unit make a second: to divide by them is exact where the other way is not. "" is a second.
PER_SECOND = {"": 1.0, "s": 1.0, "ms": 1e3, "us": 1e6, "min": 1 / 60}


class Times(NamedTuple):
    """Columns of times.

    Attributes
    ----------
    onset, end : Column
    is_duration : bool
        Whether `end` counts from the onset.
    """

    onset: Column
    end: Column
    is_duration: bool

    def seconds(self, column: Column, number: float) -> float:
        """Return a number of one of the two columns in s."""
        return number / PER_SECOND[column.unit]


def times_of(grid: Grid) -> Times:
    """Return the columns of onsets and offsets, or of onsets and durations.

    A column in Hz or in samples is no time. Of several columns the first that begins with a number is taken.

    Raises
    ------
    RecordingError
        If one of them is missing, or only one of the two says its unit; the message lists the columns that there are.
    """
    onset, offset, duration = (_usable(grid, names) for names in (_ONSET, _OFFSET, _DURATION))
    if onset is None and duration is not None:
        onset, offset = _usable(grid, _ONSET_BEFORE_DURATION), None
    end = offset or duration
    if onset is None or end is None:
        _refuse(grid, onset, end)
    if (onset.unit == "") != (end.unit == "") and {onset.unit, end.unit} != {"", "s"}:
        fail(
            grid.name,
            f"has times in {onset.header} and {end.header}, of which only one says its unit",
            "say it in both headers, such as start (ms)",
        )
    return Times(onset, end, is_duration=offset is None)


def _usable(grid: Grid, names: tuple[str, ...]) -> Column | None:
    usable = [column for column in grid.named(names) if column.unit in PER_SECOND]
    numeric = (column for column in usable if _begins_with_number(grid, column))
    return next(numeric, usable[0] if usable else None)


def _begins_with_number(grid: Grid, column: Column) -> bool:
    first = next((text for text in grid.texts(column) if text), "0")
    return NUMBER.fullmatch(first.strip('"').replace(",", "")) is not None


def _refuse(grid: Grid, onset: Column | None, end: Column | None) -> NoReturn:
    for column in grid.named((*_ONSET, *_OFFSET, *_DURATION)):
        if column.unit not in PER_SECOND and (onset is None or end is None):
            counts = "sample numbers" if column.unit == "samples" else column.unit.replace("hz", "Hz")
            fail(
                grid.name,
                f"has {column.header}, in {counts}, in place of times in seconds",
                "divide by the sample rate and name two columns onset_s and offset_s",
            )
    missing = " and ".join(what for what, column in (("onset", onset), ("offset", end)) if column is None)
    found = listed({column.header: column for column in grid.columns})
    fail(grid.name, f"has no column for {missing} (it has {found})", "name two columns onset and offset")
