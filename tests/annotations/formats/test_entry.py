"""Parts of all formats: one bad entry costs itself alone, and a sentence quotes a file only as a screen can show it."""

from __future__ import annotations

import pytest

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats.entry import Segments, fail, gather, joined, listed
from battycoda_nb.errors import RecordingError


def _call(offset: float) -> Call:
    return Call(1, offset)


def test_one_bad_entry_costs_itself_alone() -> None:
    found = gather("a.csv", [2.0, 0.5, 3.0, 1.0], _call)
    assert found.calls == Calls([Call(1, 2), Call(1, 3)])
    assert found.notice.startswith("2 of 4 rows in a.csv passed over, the first: offset=0.5 s must lie after onset=1 s")
    assert gather("a.csv", [2.0], _call) == Segments(Calls([Call(1, 2)]), "")
    assert gather("a.csv", [], _call) == Segments(Calls(), "")


def test_where_none_is_good_the_first_says_why() -> None:
    with pytest.raises(RecordingError, match=r"offset=0\.5 s must lie after"):
        gather("a.csv", [0.5, 0.25], _call)


def test_what_a_terminal_would_obey_is_no_part_of_a_sentence() -> None:
    with pytest.raises(RecordingError) as raised:
        fail("a.csv", "names \x1b[2J and \u202eb\n\0, Größe 🦇", "correct it")
    assert str(raised.value) == "a.csv names ?[2J and ?b??, Größe 🦇; correct it"
    with pytest.raises(RecordingError) as raised:
        fail("a.csv", "has a header " + "x" * 5000, "shorten it")
    assert len(str(raised.value)) < 700 and str(raised.value).endswith("x …; shorten it")
    assert len(joined("x" * 5000, "y.")) < 2000
    assert joined("", "a\x07.", "b\x85.") == "a?. b?."
    assert listed({"a\x1bb": 1, "c" * 99: 2}) == "a?b, " + "c" * 40
    assert listed({}) == "nothing"
