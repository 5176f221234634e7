"""Praat's TextGrids, long and short, as it writes and as it reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats import textgrid
from battycoda_nb.annotations.formats.entry import About
from battycoda_nb.annotations.formats.read import read_calls
from battycoda_nb.annotations.formats.write import write_calls

Refusal = Callable[..., str]

LONG = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.3
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "syllables"
        xmin = 0
        xmax = 2.3
        intervals: size = 4
        intervals [1]:
            xmin = 0
            xmax = 0.5
            text = ""
        intervals [2]:
            xmin = 0.5
            xmax = 0.625
            text = "a ""b"" ! c"
        intervals [3]: ! a remark with a number 7 and "text"
            xmin = 0.625
            xmax = 0.75
            text = " d
"
        intervals [4]:
            xmin = 0.75
            xmax = 2.3
            text = " "
    item [2]:
        class = "TextTier"
        name = "clicks"
        xmin = 0
        xmax = 2.3
        points: size = 1
        points [1]:
            number = 1.5
            mark = ""
"""
SHORT = """File type = "ooTextFile"
Object class = "TextGrid"

0
2.3
<exists>
2
"IntervalTier"
"syllables"
0
2.3
4
0
0.5
""
0.5
0.625
"a ""b"" ! c"
0.625
0.75
"d"
0.75
2.3
""
"TextTier"
"clicks"
0
2.3
1
1.5
""
"""
CALLS = Calls([Call(0.5, 0.625, 'a "b" ! c'), Call(0.625, 0.75, "d"), Call(1.5, 1.5 + 1e-6)])


@pytest.mark.parametrize("text", [LONG, SHORT, SHORT.replace('= "ooTextFile"', '= "ooTextFile short"')])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("name", ["a.TextGrid", "a.txt", "a"])
def test_both_forms_are_one(text: str, encoding: str, name: str) -> None:
    assert read_calls(name, text.replace("\n", "\r\n").encode(encoding)) == CALLS


def test_the_notice_names_tiers_and_points() -> None:
    assert textgrid.read("a.TextGrid", LONG).notice == (
        "The calls of a.TextGrid are those of 2 tiers (syllables, clicks). "
        "1 of the calls of a.TextGrid are points in time: they have no length."
    )


def test_umlauts_of_an_old_praat() -> None:
    assert read_calls("a.TextGrid", SHORT.replace('"d"', '"Große"').encode("latin1"))[1].label == "Große"


def test_one_interval_that_cannot_be_costs_itself_alone() -> None:
    calls, notice = textgrid.read("a.TextGrid", SHORT.replace("0.625\n0.75", "0.75\n0.625"))
    assert calls == Calls([CALLS[0], CALLS[2]])
    assert "1 of 3 intervals in a.TextGrid passed over, the first: a.TextGrid, tier 1, interval 3: offset=" in notice


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (SHORT[: SHORT.index('"clicks"')], "ends too early: the name of tier 2 is no text"),
        (SHORT[: SHORT.index("1\n1.5")], "ends too early: the number of the points of tier 2 is no number"),
        (SHORT.replace('"TextGrid"', '"PitchTier"'), "is a PitchTier of Praat, not a TextGrid"),
        (SHORT.replace('"TextTier"', '"PitchTier"'), "has a tier of class 'PitchTier'"),
        (SHORT.replace('\n"d"', "\n3"), "row 21: a.TextGrid, tier 1, interval 3 is no text in quotation marks"),
        (SHORT[:-2] + "\n", "row 31: this text has no end"),
        (SHORT.replace("<exists>\n2", "<exists>\n2.5"), "has 2.5 as the number of its tiers"),
        (SHORT.replace("<exists>\n2", "<exists>\n-2"), "has -2 as the number of its tiers"),
        (SHORT.replace("<exists>\n2", "<exists>\n1e999"), "has inf as the number of its tiers"),
        (SHORT.replace("<exists>", "1"), "it does not say whether it has tiers"),
        (
            SHORT.replace('"d"', '"' + "d" * 1001 + '"').replace('"a ""b"" ! c"', '""').replace("1\n1.5", "0"),
            "has 1001",
        ),
        ('"ooTextFile"', "ends too early"),
    ],
)
def test_a_textgrid_that_cannot_be_read(text: str, sentence: str, refused: Refusal) -> None:
    assert sentence in refused("a.TextGrid", text.encode())


def test_no_tiers(refused: Refusal) -> None:
    head = SHORT[: SHORT.index("<exists>")]
    assert read_calls("a.TextGrid", (head + "<absent>").encode()) == Calls()
    assert read_calls("a.TextGrid", (head + "<exists>\n0\n").encode()) == Calls()


def test_overlaps_go_to_further_tiers(tmp_path: Path) -> None:
    calls = Calls([Call(0, 1, "a"), Call(0.5, 1.5, "b"), Call(1, 2, "c"), Call(1.25, 1.75), Call(3, 4, 'say "x"')])
    text = write_calls(calls, tmp_path / "a.TextGrid", name="a.wav", duration=5).read_text()
    assert [line.split('"')[1] for line in text.splitlines() if " name = " in line] == [
        "calls",
        "calls 2",
        "calls without a label",
    ]
    assert "xmax = 5\n" in text and 'text = "say ""x"""' in text
    assert read_calls("a.TextGrid", text.encode()) == calls


def test_a_question_mark_that_a_person_wrote_stays(tmp_path: Path) -> None:
    calls = Calls([Call(0, 1, "?"), Call(2, 3)])
    path = write_calls(calls, tmp_path / "a.TextGrid")
    assert read_calls(path.name, path.read_bytes()) == calls


@settings(deadline=None)
@given(data=st.data())
def test_what_it_writes_it_reads(data: st.DataObject, some_calls: Callable[..., st.SearchStrategy[Calls]]) -> None:
    calls = data.draw(
        some_calls(second=7, hertz=7, bands=st.just((None, None)), channels=st.none())  # any float is held exactly
    )
    again = textgrid.read("a.TextGrid", textgrid.write(calls, About("bat.wav", None, 2.5))).calls
    assert sorted(map(astuple, again)) == sorted(map(astuple, calls)), "calls of one onset lie on several tiers"


def test_frequencies_are_left_out(four_calls: Calls) -> None:
    plain = Calls(replace(call, low_freq=None, high_freq=None, channel=None) for call in four_calls)
    assert textgrid.read("a.TextGrid", textgrid.write(four_calls, About())).calls == plain
