"""Entries of segment files: values to a call and back, or the sentence that says what is wrong and what to do.

Used by every format beside this file. Each of those has `read`, `write` or both, so that ``read(write(calls))`` is
tested beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, NoReturn, TypeVar

from battycoda_nb.annotations.calls import MAX_LABEL, Call, Calls
from battycoda_nb.errors import RecordingError, RequestError
from battycoda_nb.formatting import counted, noun
from battycoda_nb.signal.peak_frequency import PeakFrequency
from battycoda_nb.signal.requests import check_time_expansion

from .encoding import decoded

T = TypeVar("T")
POINT = 1e-6  # s; a point in time is a call of this length, since a call ends after it begins
_MAX_SENTENCE = 600  # letters
_CODA_LABEL = "type_call"  # BattyCoda's first versions kept the whole form of a call; this field is its label


class About(NamedTuple):
    """Facts of the recording whose calls are read or written.

    Attributes
    ----------
    name : str
        Empty where it is not known. For reading with its folders, which tell equal names apart; for writing without.
    sample_rate : int or None
        Hz, as the times and frequencies in the segment file have it.
    duration : float or None
        s, likewise.
    time_expansion : int
        The one that times, frequencies and the two above are corrected by.
    peaks : sequence of PeakFrequency or None
        For writing: of each call, in their order; empty where they were not measured.
    channels : int
        For writing: how many the recording has.
    label : str
        For reading: the column, or the key of the tags, that holds the labels, where the user says so.
    """

    name: str = ""
    sample_rate: int | None = None
    duration: float | None = None
    time_expansion: int = 1
    peaks: Sequence[PeakFrequency | None] = ()
    channels: int = 1
    label: str = ""

    def measures(self, number: int) -> dict[str, float | bool]:
        """Return what was measured of a call, counted from 0, by the names that it has in files."""
        peak = self.peaks[number] if self.peaks else None
        return {} if peak is None else {"peak_frequency": round(peak.hertz, 1), "peak_at_edge": peak.at_edge}


class Segments(NamedTuple):
    """Calls of one recording in a segment file.

    Attributes
    ----------
    calls : Calls
    notice : str
        What a user should know of how they were read, such as that a row was passed over; empty if there is nothing.
    """

    calls: Calls
    notice: str = ""


def gather(name: str, items: Iterable[T], call_of: Callable[[T], Call], item: str = "row") -> Segments:
    """Return the calls that `call_of` makes of items; one that can be none costs that item alone.

    Raises
    ------
    RecordingError
        That of the first item, if none of them is a call.
    """
    calls: list[Call] = []
    first, passed_over = None, 0
    for each in items:
        try:
            calls.append(call_of(each))
        except RecordingError as error:
            first, passed_over = first or error, passed_over + 1
    if first is None:
        return Segments(Calls(calls))
    if not calls:
        raise first
    total = counted(passed_over + len(calls), item)
    return Segments(Calls(calls), f"{passed_over} of {total} in {name} passed over, the first: {first}.")


def joined(*notices: str) -> str:
    """Return notices as one; they may quote the file."""
    return visible(" ".join(_shortened(notice, 3 * _MAX_SENTENCE) for notice in notices if notice))


def label_text(where: str, value: object) -> str:
    """Return a label as text: what a person typed, without what no screen can show.

    Raises
    ------
    RecordingError
        If it is neither text nor a number, or longer than `MAX_LABEL`; the message begins with `where`.
    """
    if isinstance(value, dict) and _CODA_LABEL in value:
        value = value[_CODA_LABEL]
    if value is None or (isinstance(value, float) and value != value):  # pandas has NaN for an empty cell
        return ""
    if isinstance(value, bytes):
        value = value.decode("latin1")
    if isinstance(value, float) or (isinstance(value, int) and abs(value) < 10**15):  # some labs number call types
        value = f"{value:.15g}"
    if not isinstance(value, str):
        raise RecordingError(f"{where}: its label is {noun(value)}; save it as text")
    if len(value) > MAX_LABEL:  # before it is copied: a thousand calls may share one label of a megabyte
        raise RecordingError(f"{where}: its label has {len(value)} characters, more than {MAX_LABEL}; shorten it")
    return value.encode("utf-8", "replace").decode("utf-8").strip()


def one_line(text: str) -> str:
    """Return text without what begins another cell or row of a table, or what no reader of tables takes."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "", " ".join(text.split()))


def call_at(where: str, **values: Any) -> Call:
    """Return the call with these values; the RecordingError of one that cannot be begins with `where`."""
    try:
        return Call(**values)
    except RecordingError as error:
        raise RecordingError(f"{where}: {error}") from error


def time_expansion_in(name: str, content: dict[str, Any], key: str) -> int | None:
    """Return the time expansion that a file says its times and frequencies are corrected by; None if it says none.

    Raises
    ------
    RecordingError
        If it is no whole number from 1 to 1000.
    """
    try:
        return None if content.get(key) is None else check_time_expansion(content[key], key)
    except RequestError as error:
        raise RecordingError(visible(f"{name}: {error}; correct it")) from error


def fail(name: str, what: str, advice: str) -> NoReturn:
    """Raise the RecordingError that says what is wrong with a file, and what to do; it may quote the file."""
    raise RecordingError(visible(f"{name} {_shortened(what, _MAX_SENTENCE)}; {advice}"))


def _shortened(text: str, most: int) -> str:
    """Return the beginning of a text that may quote a file, of which a header may be a page long."""
    return text if len(text) <= most else f"{text[:most]} …"


def parsed(name: str, data: bytes, program: str) -> Any:
    """Return what a JSON file holds.

    Raises
    ------
    RecordingError
        If it is not JSON; the message names the program that should write it again.
    """
    try:
        return json.loads(decoded(data))
    except RecursionError as error:
        raise RecordingError(f"{name} is nested too deeply to be a list of calls; save it again") from error
    except ValueError as error:
        raise RecordingError(f"{name} is not JSON ({str(error)[:80]}); save it again from {program}") from error


def listed(content: dict[str, Any]) -> str:
    """Return the first few keys that a file has, for a message."""
    return ", ".join(visible(key[:40]) for key in list(content)[:8]) or "nothing"


def visible(text: str) -> str:
    """Return text of a file for a message: what no screen can show, or a terminal obeys, is a question mark."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def band(call: Call, sample_rate: int, number: int) -> tuple[float, float]:
    """Return the frequencies that a call spans, in Hz, none above Nyquist.

    Raises
    ------
    RequestError
        If it lies above Nyquist as a whole; `number` is for the message, from 1.
    """
    nyquist = sample_rate / 2
    low = call.low_freq or 0.0
    if low >= nyquist:
        raise RequestError(
            f"call {number}: low_freq={low:g} Hz lies above {nyquist:g} Hz, the highest that sample_rate={sample_rate} "
            "can hold; correct one of the two"
        )
    return low, nyquist if call.high_freq is None else min(call.high_freq, nyquist)
