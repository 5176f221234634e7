"""The column of labels: in which order it is looked for, and what is none."""

from __future__ import annotations

import pytest

from battycoda_nb.annotations.formats.grid import parse
from battycoda_nb.annotations.formats.label_column import label_of

ORDER = [
    "Label", "Annotation", "Common Name", "Scientific name", "sound_type", "Class", "Behavior", "tags",
    "Species eBird Code",
]  # fmt: skip


def _header(table: str) -> str:
    return ", ".join(column.header for column in label_of(parse("t.csv", table)).columns)


@pytest.mark.parametrize("place", range(len(ORDER)))
def test_the_order(place: int) -> None:
    headers = ORDER[place:][::-1]
    assert _header(",".join(["n", *headers]) + "\n1," + ",".join("qrstuvwxyz"[: len(headers)])) == ORDER[place]


def test_a_blank_column_leaves_it_to_the_next() -> None:
    assert _header("Annotation,Common Name\n,Owl\nNA,\n") == "Common Name"
    assert _header("Task ID,Label,Species\n1,,Carollia\n") == "Label", "BattyCoda's species is that of the project"


@pytest.mark.parametrize("header", ["class", "event", "type", "code"])
def test_a_running_number_is_no_label(header: str) -> None:
    assert _header(f"{header},x\n1,0.5\n2,0.5\n3,0.5\n") == ""
    assert _header(f"{header},x\n1,0.5\n1,0.5\n3,0.5\n") == header, "these number the kinds of calls"


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("selec.file", "LBH 1 table.txt"), ("sound", "a.wav"), ("path", "/d/x/y"), ("what", "/d/x/y"),
        ("what", "C:\\d\\x"), ("Observer", "me"),
        ("annotator", "me"), ("date", "2024-05-01"), ("when", "2024-05-01 20:00"), ("n", "17"), ("Delta Time (s)", "x"),
        ("is_box", "TRUE"), ("checked", "yes"), ("contact", "me@example.org"), ("Site", "wood"), ("View", "Waveform 1"),
        ("key", "0f8fad5b-d9cb-469f-a165-70867728950e"), ("Confidence", "high"), ("start_datetime", "today"),
        ("class", "a.wav"), ("what", "x.TextGrid"), ("createdBy", "me"),
    ],
)  # fmt: skip
def test_file_names_persons_dates_numbers_and_measures_are_no_labels(header: str, cell: str) -> None:
    assert label_of(parse("t.csv", f"start,{header}\n1,{cell}\n")) == ((), "")


def test_the_only_other_column_with_words_is_the_label() -> None:
    assert _header("start,Was\n1,FM\n") == "Was"
    assert _header("start,Was\n1,M.daub\n2,FM/CF\n") == "Was", "a point or a slash makes no file"
    assert _header("start,class\n1,\\\n2,/\n") == "class"


def test_of_several_that_could_be_none_is_and_that_is_told() -> None:
    label = label_of(parse("t.csv", "start,Was,Wie\n1,FM,laut\n"))
    assert label == ((), "Was, Wie in t.csv could each be the label, so there are no labels: name one of them label.")
