"""Tables of times: what the usual columns are read as, and what is written is read again."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats import grid, table
from battycoda_nb.annotations.formats.entry import About
from battycoda_nb.annotations.formats.read import read_calls
from battycoda_nb.annotations.formats.write import write_calls

CODA_HEADER = (
    "Task ID,Onset (s),Offset (s),Duration (s),Status,Label,Classification Result,Confidence,Notes,WAV File,"
    "Species,Project,Created By,Annotated By,Created At,Updated At,Annotated At"
)


@pytest.mark.parametrize("header", ["label", "Label", "class", "call_type", "Call Type", "Species", "Annotation"])
def test_label_columns(header: str) -> None:
    assert read_calls("a.csv", f"onset,offset,{header}\n0.1,0.2,FM\n0.3,0.4\n".encode()).labels == ("FM", "")


def test_battycodas_export() -> None:
    data = (
        f"{CODA_HEADER}\r\n"
        '7,0.346348,0.348148,0.0018,Done,"FM, short",Echo,0.9,"a\r\nnote",bat.wav,Carollia,P,me,me,2025,2025,2025\r\n'
        "8,0.5,0.502,0.002,Pending,,Echo,0.4,,bat.wav,Carollia,P,me,,2025,2025,\r\n"
    ).encode()
    assert read_calls("bat.csv", data) == Calls([Call(0.346348, 0.348148, "FM, short"), Call(0.5, 0.502)])


def test_batdetects_csv() -> None:
    data = (
        b"id,det_prob,start_time,end_time,high_freq,low_freq,class,class_prob\n"
        b"0,0.658,0.0225,0.028,107492,33203,Myotis mystacinus,0.55\n"
    )
    assert read_calls("a.wav.csv", data) == Calls([Call(0.0225, 0.028, "Myotis mystacinus", 33203, 107492)])


def test_frequencies_in_khz() -> None:
    (call,) = read_calls("a.csv", b"onset,offset,low_freq (kHz),high_freq (kHz)\n0.1,0.2,20.5,45.5\n")
    assert (call.low_freq, call.high_freq) == (pytest.approx(20_500), pytest.approx(45_500))


def test_csv(tmp_path: Path, four_calls: Calls) -> None:
    path = write_calls(four_calls, tmp_path / "bat.csv")
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert list(rows[0]) == ["onset", "offset", "label", "low_freq", "high_freq"]
    assert rows[0] == {"onset": "0.0", "offset": "0.00125", "label": "FM", "low_freq": "", "high_freq": ""}
    assert read_calls(path.name, path.read_bytes(), "bat.wav") == Calls(
        replace(call, channel=None) for call in four_calls
    ), "exactly, but for the channels"
    plain = write_calls(Calls([Call(0.1, 0.2, "FM")]), tmp_path / "plain.csv")
    assert plain.read_bytes() == b"onset,offset,label\n0.1,0.2,FM\n"


@settings(deadline=None)
@given(data=st.data())
def test_what_it_writes_it_reads(data: st.DataObject, some_calls: Callable[..., st.SearchStrategy[Calls]]) -> None:
    edge = st.none() | st.integers(0, 10**11)
    bands = st.tuples(edge, edge).filter(lambda band: None in band or band[0] <= band[1])
    calls = data.draw(some_calls(second=7, hertz=7, bands=bands, channels=st.none()))  # any float is held exactly
    assert table.read(grid.parse("a.csv", table.write(calls, About())), About()).calls == calls
