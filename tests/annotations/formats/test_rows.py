"""Rows to calls: one that cannot be a call costs that row, the rest is read."""

from __future__ import annotations

import pytest

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats.entry import About
from battycoda_nb.annotations.formats.grid import parse
from battycoda_nb.annotations.formats.label_column import label_of
from battycoda_nb.annotations.formats.rows import calls_in
from battycoda_nb.errors import RecordingError

ABOUT = About("a.wav", 48_000, 30.0)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("3,3,p", "offset=3 s must lie after onset=3 s"),
        ("4,3,p", "offset=3 s must lie after onset=4 s"),
        ("NA,3,p", "start is empty"),
        ("2,,p", "end is empty"),
        ("2", "end is empty"),
        ("soon,3,p", "start is 'soon', not a number"),
        ("-1,2,p", "onset=-1 must be a finite number of seconds from 0"),
        ("1,1e999,p", "offset=inf must be"),
    ],
)
def test_a_row_that_is_no_call_costs_that_row(row: str, why: str) -> None:
    grid = parse("t.csv", f"start,end,label\n1,2,x\n{row}\n4,5,y\n{row}\n")
    found = calls_in(grid, ABOUT, label_of(grid))
    assert found.calls == Calls([Call(1, 2, "x"), Call(4, 5, "y")])
    assert found.notice.startswith(f"2 of 4 rows in t.csv passed over, the first: t.csv, row 3: {why}")
    with pytest.raises(RecordingError, match=r"t\.csv, row 2: "):
        calls_in(parse("t.csv", f"start,end,label\n{row}\n"), ABOUT, label_of(grid))


@pytest.mark.parametrize(
    ("table", "band"),
    [
        ("onset\toffset\tlow_freq\thigh_freq\n1.5\t2.5\t20,000\t22,500\n", (20_000, 22_500)),
        ('onset\toffset\tlow_freq\thigh_freq\n1.5\t2.5\t"20,000"\t"22,500"\n', (20_000, 22_500)),
        ("onset;offset;low_freq;high_freq\n1,5;2,5;20000;22500\n", (20_000, 22_500)),
        ("onset;offset;low_freq;high_freq\n1,5;2,5;20000,5;22500,25\n", (20_000.5, 22_500.25)),
        ("onset;offset;low_freq;high_freq\n1,5;2,5;20000,500;22500\n", (20_000.5, 22_500)),
        ('onset,offset,low_freq,high_freq\n1.5,2.5,"20,000","22,500.5"\n', (20_000, 22_500.5)),
    ],
)
def test_commas(table: str, band: tuple[float, float]) -> None:
    grid = parse("t.txt", table)
    (call,) = calls_in(grid, ABOUT, label_of(grid)).calls
    assert (call.onset, call.offset, call.low_freq, call.high_freq) == (1.5, 2.5, *band)


def test_a_row_whose_comma_may_be_either_is_read_as_the_rest_of_the_table_is() -> None:
    def read(first: str) -> Calls:
        grid = parse("t.txt", f"onset;offset;low_freq (Hz)\n{first}\n1;2;20,000\n")
        return calls_in(grid, ABOUT, label_of(grid)).calls

    assert [call.low_freq for call in read("0,5;0,7;20000")] == [20_000, 20]
    assert [call.low_freq for call in read("0.5;0.7;20000")] == [20_000, 20_000]
    with pytest.raises(RecordingError, match=r"row 2: low_freq \(Hz\) is '20,000', whose comma may part thousands or"):
        read("1;2;20,000")


@pytest.mark.parametrize(
    ("begin", "within", "onset"),
    [
        ("9.753681034", "9.754", 9.753681034), ("9.753681034", "9.753", 9.753681034), ("9.7", "9", 9.7),
        ("39.753681034", "9.754", 9.754), ("9.753681034", "9.752", 9.752), ("31", "30", 30), ("9.5", "", 9.5),
    ],
)  # fmt: skip
def test_file_offset_counts_where_it_is_more_than_the_onset_rounded(begin: str, within: str, onset: float) -> None:
    grid = parse("t.csv", f"start,end,File Offset (s)\n{begin},40,{within}\n")
    (call,) = calls_in(grid, About(), label_of(grid), file_offset=grid.first(("fileoffset",))).calls
    assert call.onset == onset and call.duration == pytest.approx(40 - float(begin))


def test_an_onset_and_a_duration_are_added_as_a_hand_would() -> None:
    grid = parse("t.csv", "start,duration\n0.1,0.2\n1.1,0.2\n")
    assert calls_in(grid, ABOUT, label_of(grid)).calls == Calls([Call(0.1, 0.3), Call(1.1, 1.3)])


def test_the_unit_of_frequencies_is_that_of_the_whole_column() -> None:
    whole = parse("t.csv", "start,end,fmin,fmax\n1,2,10,20\n3,4,2000,9000\n")
    own = parse("t.csv", "start,end,fmin,fmax\n1,2,10,20\n")
    assert calls_in(own, ABOUT, label_of(own), whole=whole).calls == Calls([Call(1, 2, "", 10, 20)])
    assert "may be Hz or kHz" in calls_in(own, ABOUT, label_of(own)).notice
