"""Tables of text: headers, delimiters, encodings and numbers of the real world, and tables of several recordings."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from battycoda_nb.annotations import calls as calls_module
from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats import grid
from battycoda_nb.annotations.formats.read import read_calls
from battycoda_nb.errors import RecordingError

Refusal = Callable[..., str]


@pytest.mark.parametrize(
    "header",
    [
        "onset,offset",
        "Onset,Offset",
        "onsets,offsets",
        "Onset (s),Offset (s)",
        "onset_s,offset_s",
        "ONSET [s],OFFSET [s]",
        "start,end",
        "start,stop",
        "start_time,end_time",
        "Start (s),End (s)",
        "Start Time (sec),End Time (sec)",
        "start-time,end-time",
        "Begin Time (s),End Time (s)",
        '"onset","offset"',
        " onset , offset ",
    ],
)
def test_headers_of_the_real_world(header: str) -> None:
    assert read_calls("a.csv", f"{header}\n0.1,0.2\n".encode()) == Calls([Call(0.1, 0.2)])


@pytest.mark.parametrize("header", ["onset (ms),offset (ms)", "start_ms,end_ms", "Start [ms],Stop [ms]"])
def test_milliseconds_where_the_header_says_so(header: str) -> None:
    assert read_calls("a.csv", f"{header}\n350,352.5\n".encode()) == Calls([Call(0.35, 0.3525)])


@pytest.mark.parametrize(
    "data",
    [
        b"onset,offset,label\n0.1,0.2,FM\n",
        b"onset,offset,label\r\n0.1,0.2,FM\r\n",
        b"onset,offset,label\r0.1,0.2,FM\r",
        b"\xef\xbb\xbfonset,offset,label\n0.1,0.2,FM",
        b"\n\nonset,offset,label\n\n,,\n0.1,0.2,FM\n\n",
        b"onset;offset;label\n0,1;0,2;FM\n",
        b"onset;offset;label\n0.1;0.2;FM\n",
        b"sep=;\r\nonset;offset;label\r\n0,1;0,2;FM\r\n",
        b"onset\toffset\tlabel\n0.1\t0.2\tFM\n",
        b'"onset"\t"offset"\t"label"\n0.1\t0.2\t"FM"\n',
        b'onset\toffset\t"label"\n0.1\t0.2\t"FM"\n',
        b'"onset","offset","label"\n"0.1","0.2","FM"\n',
        b"label,offset,onset,extra\nFM,2e-1,1E-1,x,y,z\n",
        "onset\toffset\tlabel\r\n0,1\t0,2\tFM\r\n".encode("utf-16"),
    ],
)
def test_delimiters_and_encodings(data: bytes) -> None:
    assert read_calls("a.csv", data) == Calls([Call(0.1, 0.2, "FM")])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin1"])
def test_labels_with_accents(encoding: str) -> None:
    assert read_calls("a.csv", "onset,offset,label\n0.1,0.2,écho\n".encode(encoding)).labels == ("écho",)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"onset,label\n0.1,FM\n", "has no column for offset (it has onset, label)"),
        (b"a,b\n1,2\n", "has no column for onset and offset (it has a, b)"),
        (b"0.1,0.2\n0.3,0.4\n", "has no header"),
        (b"onset (samples),offset (samples)\n1,2\n", "has onset (samples), in sample numbers, in place of times"),
        (b"\xef\xbb\xbf", "has no header"),
        (b"onset,offset\n\n0.4,0.3\n", "row 3: offset=0.3 s must lie after onset=0.4 s"),
        (b"onset,offset\n0.1,0.1\n", "row 2: offset=0.1 s must lie after onset=0.1 s"),
        (b"onset,offset\n0.1,nan\n", "row 2: offset is empty"),
        (b"onset,offset\n0.1,inf\n", "row 2: offset is 'inf', not a number"),
        (b"onset,offset\n0.1,1e999\n", "row 2: offset=inf"),
        (b"onset,offset\n1_0,2_0\n", "row 2: onset is '1_0', not a number"),
        (b"onset,offset\n0:01.5,0:02\n", "row 2: onset is '0:01.5', not a number"),
        (b"onset;offset\n1.000,5;1.001,5\n", "row 2: onset is '1.000,5', not a number"),
        (b"onset,offset\n0.1,soon\n", "row 2: offset is 'soon', not a number"),
        (b"onset,offset\n-0.1,0.2\n", "row 2: onset=-0.1"),
        (b"onset,offset\n0.1\n", "row 2: offset is empty"),
        (b"onset,offset,label\n,0.2,FM\n", "row 2: onset is empty"),
        (b"onset,offset,low_freq\n0.1,0.2,low\n", "row 2: low_freq is 'low', not a number"),
        (b"onset,offset,label\n0.1,0.2," + b"x" * 1001, "row 2: its label has 1001 characters"),
        (b'onset,offset,label\n0.1,0.2,"' + b"x" * 200_000, "is not a row of a table"),
    ],
)
def test_a_table_that_cannot_be_read(data: bytes, sentence: str, refused: Refusal) -> None:
    assert sentence in refused("bat.csv", data)


def test_a_table_of_several_recordings(refused: Refusal) -> None:
    data = b"filename,onset,offset\na.wav,0.1,0.2\nb.wav,0.3,0.4\nA.WAV,0.5,0.6\n"
    assert read_calls("night.csv", data, "dir/a.wav") == Calls([Call(0.1, 0.2), Call(0.5, 0.6)])
    assert "lists calls of a.wav, b.wav (filename), but of no c.wav" in refused("night.csv", data, "c.wav")
    assert "has calls of 2 recordings (a.wav, b.wav)" in refused("night.csv", data)


def test_one_name_that_differs_is_a_recording_that_was_renamed() -> None:
    assert len(read_calls("a.csv", b"filename,onset,offset\nold.wav,0.1,0.2\n", "new.wav")) == 1


def test_more_rows_than_the_limit_are_not_even_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls_module, "MAX_CALLS", 8)
    monkeypatch.setattr(grid, "MAX_CALLS", 8)
    with pytest.raises(RecordingError, match=r"a\.csv: 17 calls are more than the 8"):
        read_calls("a.csv", b"onset,offset\n" + b"0,1\n" * 1000)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "header", ["(" * 100_000, "[" * 100_000, "a" + "._- " * 25_000 + "(s", "a" + "( " * 50_000 + ")"]
)
def test_a_header_of_a_hundred_thousand_brackets_costs_no_minutes(header: str) -> None:
    assert read_calls("a.csv", f"{header},onset (ms),offset (ms)\n1,100,200\n".encode()) == Calls([Call(0.1, 0.2)])


@pytest.mark.parametrize(
    ("header", "name", "unit"),
    [
        ("Begin Time (s)", "begintime", "s"),
        ("Freq (max) [kHz]", "freqmax", "khz"),
        ("length(min)", "length", "min"),
        ("Score (percent)", "scorepercent", ""),
        ("(s)", "s", ""),
        ("onset (s", "onset", "s"),
        ("onset s)", "onset", "s"),
    ],
)
def test_units_stand_in_the_last_brackets(header: str, name: str, unit: str) -> None:
    assert grid.columns_of([header])[0][2:] == (name, unit)


def test_a_long_header_makes_no_long_sentence(refused: Refusal) -> None:
    header = "file " + "\x07a" * 500
    refused("a.csv", f"{header},start\nb.wav,1\nc.wav,2\n".encode(), "a.wav")
    refused("a.csv", f"{header},start,end\nb.wav,1,2\n,2,3\n".encode(), "a.wav")
    refused("a.csv", f"onset{header},start (ms),end\n".encode())


def test_a_small_file_cannot_cost_much(refused: Refusal) -> None:
    began = time.monotonic()
    wide = b"onset,offset" + b",x" * 100_000 + b"\n" + b"0,1\n" * 1000
    assert "has 100002 columns and 1000 rows; leave out the columns" in refused("a.csv", wide)
    items = ",".join(f'{{"k{number}": 1}}' for number in range(10_000))
    assert "has 10000 columns and 10000 rows" in refused("a.json", f"[{items}]".encode())
    for header in (b" " * 100_000, b"(" * 100_000, b"rec" * 30_000, b"a " * 50_000, "\u0308".encode() * 50_000):
        assert "has no column for" in refused("a.csv", b"x," + header + b"\n1,2\n")
    assert time.monotonic() - began < 5
