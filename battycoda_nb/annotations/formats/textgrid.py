"""Calls as Praat's TextGrids have them: tiers of intervals or points, in the long or the short form of its text files.

Praat reads free-standing numbers, quoted text and flags in angle brackets, and takes all else for remarks (its manual,
"TextGrid file formats"): so one reader reads both forms.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from battycoda_nb.annotations.calls import Call, Calls, check_count

from .entry import POINT, About, Segments, call_at, fail, gather, joined, label_text, one_line

ENDING = ".textgrid"

_NUMBER = r"[+-]?(?:[0-9]{1,400}+(?:\.[0-9]{0,400}+)?+|\.[0-9]{1,400}+)(?:[eE][+-]?[0-9]{1,4}+)?+"
_TOKEN = re.compile(rf'"((?:[^"]|"")*+)"|(")|!.*|(?<!\S)(<\w+>)(?!\S)|(?<!\S)({_NUMBER})(?!\S)')
_BEGINNING = re.compile(r'\s*(?:File type\s*=\s*)?"ooTextFile')
_UNLABELLED = "calls without a label"  # an interval without text is a pause, so these have a tier and a sign
_NO_LABEL = "?"


class _Entry(NamedTuple):
    """An interval, or a point, which has no end: where it stands, its tier's name, its times in s, and its text."""

    where: str
    tier: str
    start: float
    end: float | None
    words: str


def is_textgrid(text: str) -> bool:
    """Return whether a text begins as Praat's text files do."""
    return _BEGINNING.match(text) is not None


def read(name: str, text: str) -> Segments:
    """Return the calls in a TextGrid: intervals that have text, and points, of all its tiers.

    A point is a call of `entry.POINT` s. The notice says so, and from which tiers the calls are.

    Raises
    ------
    RecordingError
        If it is another of Praat's objects, or ends too early.
    """
    entries = list(_entries(name, _Tokens(name, text)))
    check_count(len(entries), f"{name}: ")
    segments = gather(name, entries, _call, "interval")
    tiers = list(dict.fromkeys(entry.tier for entry in entries))
    several = f"The calls of {name} are those of {len(tiers)} tiers ({', '.join(tiers[:4])})." if len(tiers) > 1 else ""
    count = sum(entry.end is None for entry in entries)
    points = f"{count} of the calls of {name} are points in time: they have no length." if count else ""
    return Segments(segments.calls, joined(several, points, segments.notice))


def write(calls: Calls, about: About) -> str:
    """Return the calls as a TextGrid in the long form, times exact. Frequencies and channels are not kept.

    What overlaps goes to further tiers. An interval without text would be a pause: calls without a label are on tiers
    of that name, marked with a question mark, and `read` knows them again.
    """
    end = max([about.duration or 0.0, *(call.offset for call in calls)]) or 1.0
    tiers: list[tuple[str, str]] = []
    for title, chosen in (("calls", bool), (_UNLABELLED, _is_empty)):
        rows = _rows(call for call in calls if chosen(one_line(call.label)))
        tiers += [
            (title if number == 1 else f"{title} {number}", _intervals(row, end))
            for number, row in enumerate(rows, start=1)
        ]
    tiers = tiers or [("calls", _intervals([], end))]
    head = f'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = {end!r}\n'
    items = "".join(
        f'    item [{number}]:\n        class = "IntervalTier"\n        name = "{title}"\n'
        f"        xmin = 0\n        xmax = {end!r}\n{intervals}"
        for number, (title, intervals) in enumerate(tiers, start=1)
    )
    return f"{head}tiers? <exists>\nsize = {len(tiers)}\nitem []:\n{items}"


def _is_empty(label: str) -> bool:
    return not label


def _rows(calls: Iterable[Call]) -> list[list[Call]]:
    """Return the calls in rows, each of which has none that overlap; calls come by onset."""
    rows: list[list[Call]] = []
    ends: list[tuple[float, int]] = []  # the last offset of each row, the earliest first
    for call in calls:
        if ends and ends[0][0] <= call.onset:
            number = heapq.heapreplace(ends, (call.offset, ends[0][1]))[1]
            rows[number].append(call)
        else:
            heapq.heappush(ends, (call.offset, len(rows)))
            rows.append([call])
    return rows


def _intervals(calls: list[Call], end: float) -> str:
    """Return the intervals of one tier, which fill it from 0 to its end."""
    intervals: list[tuple[float, float, str]] = []
    last = 0.0
    for call in calls:
        if call.onset > last:
            intervals.append((last, call.onset, ""))
        intervals.append((call.onset, call.offset, one_line(call.label) or _NO_LABEL))
        last = call.offset
    if last < end:
        intervals.append((last, end, ""))
    lines = [f"        intervals: size = {len(intervals)}\n"]
    for number, (onset, offset, label) in enumerate(intervals, start=1):
        words = label.replace('"', '""')
        lines.append(
            f"        intervals [{number}]:\n            xmin = {onset!r}\n            xmax = {offset!r}\n"
            f'            text = "{words}"\n'
        )
    return "".join(lines)


def _entries(name: str, tokens: _Tokens) -> Iterator[_Entry]:
    """Yield the intervals with text, and the points, of all tiers."""
    tokens.text("its kind of file")
    if (kind := tokens.text("its class")) != "TextGrid":
        fail(name, f"is a {kind[:40]} of Praat, not a TextGrid", "save the TextGrid alone, as a text file")
    tokens.number("its start"), tokens.number("its end")
    if tokens.flag() != "<exists>":
        return
    for number in range(1, tokens.count("its tiers") + 1):
        kind, title = tokens.text(f"the class of tier {number}"), tokens.text(f"the name of tier {number}")
        tokens.number(f"the start of tier {number}"), tokens.number(f"the end of tier {number}")
        if kind not in ("IntervalTier", "TextTier"):
            fail(name, f"has a tier of class {kind[:40]!r}", "save it as a text file from Praat")
        what = "interval" if kind == "IntervalTier" else "point"
        for index in range(1, tokens.count(f"the {what}s of tier {number}") + 1):
            where = f"{name}, tier {number}, {what} {index}"
            start = tokens.number(where)
            end = tokens.number(where) if what == "interval" else None
            words = tokens.text(where)
            if words.strip() or end is None:
                yield _Entry(where, title[:40] or f"tier {number}", start, end, words)


def _call(entry: _Entry) -> Call:
    unlabelled = entry.tier.startswith(_UNLABELLED) and entry.words == _NO_LABEL
    label = "" if unlabelled else label_text(entry.where, entry.words)
    return call_at(
        entry.where, onset=entry.start, offset=entry.start + POINT if entry.end is None else entry.end, label=label
    )


class _Tokens:
    """What Praat reads in a text file, one after the other; what comes too early or not at all is an error."""

    def __init__(self, name: str, text: str) -> None:
        self._name, self._text = name, text
        self._tokens: Iterator[re.Match[str]] = (
            match for match in _TOKEN.finditer(text) if not match[0].startswith("!")
        )

    def text(self, what: str) -> str:
        """Return quoted text, of which the quotation marks are doubled in the file."""
        return self._next(1, f"{what} is no text in quotation marks").replace('""', '"')

    def number(self, what: str) -> float:
        return float(self._next(4, f"{what} is no number"))

    def count(self, what: str) -> int:
        """Return how many there are of something."""
        number = self.number(f"the number of {what}")
        if number < 0 or not number.is_integer():  # infinity is none either
            fail(self._name, f"has {number:g} as the number of {what}", "save it again from Praat")
        return int(number)

    def flag(self) -> str:
        return self._next(3, "it does not say whether it has tiers")

    def _next(self, group: int, problem: str) -> str:
        match = next(self._tokens, None)
        if match is None:
            fail(self._name, f"ends too early: {problem}", "save it again from Praat")
        if match[group] is None:
            line = self._text.count("\n", 0, match.start()) + 1
            what = "this text has no end" if match[2] else problem
            fail(f"{self._name}, row {line}:", what, "save it again from Praat")
        return match[group]
