"""Calls as Audacity's labels have them.

``start<tab>end<tab>label`` in seconds, and below some of them ``\\<tab>low<tab>high`` in Hz.
"""

from __future__ import annotations

import io
import re

from battycoda_nb.annotations.calls import MAX_CALLS, Call, Calls, check_count

from .entry import POINT, About, Segments, call_at, fail, gather, label_text, one_line

# Audacity writes all digits, and the comma where the language has one; it reads whole numbers too.
_NUMBER = r"-?[0-9]+(?:[.,][0-9]+)?"
_LABEL = re.compile(rf"({_NUMBER})\t({_NUMBER})(?:\t([^\t]*))?")
_FREQUENCIES = re.compile(rf"\\\t({_NUMBER})\t({_NUMBER})")


def is_labels(text: str) -> bool:
    """Return whether a text begins as Audacity's labels do: without a header, with two times."""
    first = next((line for line in io.StringIO(text, newline=None) if line.strip()), "")
    return _LABEL.fullmatch(first.rstrip("\n")) is not None


def read(name: str, text: str) -> Segments:
    """Return the calls in labels of Audacity. A label at a point in time is a call of `POINT` s.

    Raises
    ------
    RecordingError
        If no row is a label. A row that is neither a label nor the frequencies of one costs that row.
    """
    rows: list[tuple[int, str, str]] = []  # line, label, and the frequencies that belong to it
    for line, row in enumerate(io.StringIO(text, newline=None), start=1):
        if rows and not rows[-1][2] and _FREQUENCIES.fullmatch(row.strip()):
            rows[-1] = (*rows[-1][:2], row.strip())
        elif row.strip():
            rows.append((line, row.rstrip("\n"), ""))
        if len(rows) > MAX_CALLS:
            check_count(len(rows), f"{name}: ")

    def call_of(item: tuple[int, str, str]) -> Call:
        line, row, frequencies = item
        where = f"{name}, row {line}"
        found, edges = _LABEL.fullmatch(row), _FREQUENCIES.fullmatch(frequencies)
        if found is None:
            fail(
                f"{where}:", f"{row.strip()[:40]!r} is not a label of Audacity", "write start, end and label with tabs"
            )
        start, end = _number(found[1]), _number(found[2])
        return call_at(
            where,
            onset=start,
            offset=end if end != start else start + POINT,
            label=label_text(where, found[3]),
            low_freq=_hertz(edges[1]) if edges else None,
            high_freq=_hertz(edges[2]) if edges else None,
        )

    return gather(name, rows, call_of)


def write(calls: Calls, about: About) -> str:
    """Return the calls as labels, times to 1 µs. Channels are not kept."""
    lines = []
    for call in calls:
        lines.append(f"{call.onset:.6f}\t{call.offset:.6f}\t{one_line(call.label)}\n")
        if call.low_freq is not None or call.high_freq is not None:
            low, high = ("-1.0" if hertz is None else f"{hertz:.6f}" for hertz in (call.low_freq, call.high_freq))
            lines.append(f"\\\t{low}\t{high}\n")
    return "".join(lines)


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _hertz(text: str) -> float | None:
    """A frequency in Hz; Audacity has -1 for one that nobody has set."""
    number = _number(text)
    return None if number < 0 else number
