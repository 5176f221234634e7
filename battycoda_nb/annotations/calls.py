"""Calls: where in a recording the bats call, and the label of each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral, Real
from typing import Any, Self, overload

import numpy as np

from battycoda_nb.errors import RecordingError
from battycoda_nb.formatting import counted

MAX_CALLS = 1_000_000  # a night of feeding buzzes is far below; a file with more is not a segment file
MAX_LABEL = 1000  # characters

# The columns of the JSON form: its key, the field of a Call, and what a missing column stands for.
_REQUIRED = (("onsets", "onset"), ("offsets", "offset"))
_OPTIONAL: tuple[tuple[str, str, Any], ...] = (
    ("labels", "label", ""),
    ("low_freqs", "low_freq", None),
    ("high_freqs", "high_freq", None),
    ("channels", "channel", None),
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a recording. It checks itself, so that nothing after it has to.

    Parameters
    ----------
    onset, offset : float
        Seconds from the start of the recording; ``0 <= onset < offset``.
    label : str
        Empty where there is none yet; at most `MAX_LABEL` characters.
    low_freq, high_freq : float or None
        Hz, where the file that it was read from gives them.
    channel : int or None
        From 0; None where the call belongs to no channel in particular.

    Raises
    ------
    RecordingError
        If a value breaks its rule; the message repeats it.

    Examples
    --------
    >>> call = Call(0.5, 0.505, "FM", low_freq=30_000, high_freq=80_000)
    >>> round(call.duration, 3)
    0.005
    >>> Call(0.5, 0.4)
    Traceback (most recent call last):
    ...
    battycoda_nb.errors.RecordingError: offset=0.4 s must lie after onset=0.5 s; correct the two times
    """

    onset: float
    offset: float
    label: str = ""
    low_freq: float | None = None
    high_freq: float | None = None
    channel: int | None = None

    def __post_init__(self) -> None:
        for field in ("onset", "offset"):
            object.__setattr__(self, field, _seconds(field, getattr(self, field)))
        if self.offset <= self.onset:
            raise RecordingError(
                f"offset={self.offset:g} s must lie after onset={self.onset:g} s; correct the two times"
            )
        for field in ("low_freq", "high_freq"):
            if getattr(self, field) is not None:
                object.__setattr__(self, field, _hertz(field, getattr(self, field)))
        if self.low_freq is not None and self.high_freq is not None and self.high_freq < self.low_freq:
            raise RecordingError(
                f"high_freq={self.high_freq:g} Hz must not lie below low_freq={self.low_freq:g} Hz; correct the two"
            )
        if not isinstance(self.label, str):
            raise RecordingError(f"the label must be text, not {_shown(self.label)}; use '' for a call without one")
        if len(self.label) > MAX_LABEL:
            raise RecordingError(f"a label has {len(self.label)} characters, more than {MAX_LABEL}; shorten it")
        object.__setattr__(self, "channel", _channel(self.channel))

    @property
    def duration(self) -> float:
        """Seconds from onset to offset."""
        return self.offset - self.onset


class Calls(Sequence[Call]):
    """The calls of a recording, by onset; calls with the same onset keep the order that they came in.

    Parameters
    ----------
    calls : iterable of Call
        In any order.
    time_expansion : int, optional
        The one that a segment file says its times and frequencies are corrected by; None where it does not say.

    Raises
    ------
    RecordingError
        If there are more than `MAX_CALLS`.

    Notes
    -----
    Immutable: may be shared between threads.

    Examples
    --------
    >>> calls = Calls([Call(0.3, 0.31, "CF"), Call(0.1, 0.11)])
    >>> calls
    2 calls, 0.10 s to 0.31 s
    >>> calls.labels, calls[0].onset, len(calls[1:])
    (('', 'CF'), 0.1, 1)
    """

    def __init__(self, calls: Iterable[Call] = (), *, time_expansion: int | None = None) -> None:
        self.time_expansion = time_expansion
        self._calls = tuple(sorted(calls, key=lambda call: call.onset))
        check_count(len(self._calls))

    def __len__(self) -> int:
        return len(self._calls)

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Call | Self:
        if isinstance(index, slice):
            return type(self)(self._calls[index])
        return self._calls[index]

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls)

    def __eq__(self, other: object) -> bool:
        return self._calls == other._calls if isinstance(other, Calls) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._calls)

    def __repr__(self) -> str:
        if not self._calls:
            return "no calls"
        return f"{counted(len(self), 'call')}, {self.onsets[0]:.2f} s to {self.offsets.max():.2f} s"

    @cached_property
    def onsets(self) -> np.ndarray:
        """Onsets in seconds, ascending: np.ndarray [shape=(n,), dtype=float64, read-only]."""
        return _column([call.onset for call in self._calls])

    @cached_property
    def offsets(self) -> np.ndarray:
        """Offsets in seconds, in the order of the onsets: np.ndarray [shape=(n,), dtype=float64, read-only]."""
        return _column([call.offset for call in self._calls])

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Labels in the order of the onsets, '' where there is none."""
        return tuple(call.label for call in self._calls)

    def to_json(self) -> dict[str, list[Any]]:
        """Return the calls as columns of plain numbers and text; a column that says nothing is left out."""
        columns: dict[str, list[Any]] = {key: [getattr(call, field) for call in self] for key, field in _REQUIRED}
        for key, field, default in _OPTIONAL:
            column = [getattr(call, field) for call in self]
            if any(value != default for value in column):
                columns[key] = column
        return columns

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Return the calls that `to_json` wrote. What arrives is not trusted.

        Raises
        ------
        RecordingError
            If `data` is anything else; the message names the column or the call, counted from 1.
        """
        if not isinstance(data, dict):
            raise RecordingError(f"calls must arrive as a dict of columns, not as {_shown(data)}; send Calls.to_json()")
        columns = {field: _json_column(data, key) for key, field in _REQUIRED}
        columns |= {field: _json_column(data, key) for key, field, _ in _OPTIONAL if key in data}
        count = len(columns["onset"])
        check_count(count)
        for field, column in columns.items():
            if len(column) != count:
                raise RecordingError(f"{len(column)} values of {field} for {count} calls; send Calls.to_json()")
        calls = []
        for number, row in enumerate(zip(*columns.values(), strict=True), start=1):
            try:
                calls.append(Call(**dict(zip(columns, row, strict=True))))
            except RecordingError as error:
                raise RecordingError(f"call {number}: {error}") from error
        return cls(calls)


def check_count(count: int, where: str = "") -> None:
    """Raise RecordingError, beginning with `where`, if there are more calls than `MAX_CALLS`."""
    if count > MAX_CALLS:
        raise RecordingError(f"{where}{count} calls are more than the {MAX_CALLS} that are read; split the file")


def _seconds(field: str, value: object) -> float:
    number = _finite(value)
    if number is None or number < 0:
        raise RecordingError(f"{field}={_shown(value)} must be a finite number of seconds from 0; correct the time")
    return number


def _hertz(field: str, value: object) -> float:
    number = _finite(value)
    if number is None or number < 0:
        raise RecordingError(
            f"{field}={_shown(value)} must be a finite number of hertz from 0; leave it out if unknown"
        )
    return number


def _channel(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
        raise RecordingError(f"channel={_shown(value)} must be a whole number from 0; leave it out for any channel")
    return int(value)


def _finite(value: object) -> float | None:
    """Return `value` as a float, or None if it is not a finite number."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    try:
        number = float(value)
    except OverflowError:  # an integer of hundreds of digits
        return None
    return number if math.isfinite(number) else None


def _shown(value: object) -> str:
    """Return `value` for an error message: numbers and text as they are, anything else by its type alone.

    What came from outside may be nested without end, and its repr too.
    """
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:40] + "…")
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, bool) or value is None or (isinstance(value, int) and abs(value) < 10**20):
        return str(value)
    return f"a value of type {type(value).__name__}"


def _column(values: list[float]) -> np.ndarray:
    column = np.array(values, dtype=np.float64)
    column.flags.writeable = False
    return column


def _json_column(data: dict[str, Any], key: str) -> list[Any]:
    column = data.get(key)
    if not isinstance(column, list):
        raise RecordingError(f"the column {key} must be a list, not {_shown(column)}; send Calls.to_json()")
    return column
