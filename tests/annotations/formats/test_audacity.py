"""Audacity's labels, as it writes and as it reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats import audacity
from battycoda_nb.annotations.formats.entry import About
from battycoda_nb.annotations.formats.read import read_calls
from battycoda_nb.annotations.formats.write import write_calls
from battycoda_nb.errors import RecordingError


def _rows(path: Path) -> list[list[str]]:
    data = path.read_bytes()
    assert data.endswith(b"\n") and b"\r" not in data
    return [line.split("\t") for line in data.decode("utf-8").splitlines()]


def test_audacity(tmp_path: Path, four_calls: Calls) -> None:
    path = write_calls(four_calls, tmp_path / "bat.txt")
    assert _rows(path) == [
        ["0.000000", "0.001250", "FM"],
        ["0.333333", "0.666667", 'odd "one", with, commas; and=1'],
        ["\\", "1234.567800", "-1.0"],
        ["0.346348", "0.348148", "Große Hufeisennase 🦇"],
        ["\\", "20000.000000", "45000.500000"],
        ["1.000000", "2.000000", ""],
        ["\\", "30000.000000", "200000.000000"],
    ]
    again = read_calls(path.name, path.read_bytes(), "bat.wav")
    assert [(call.label, call.low_freq, call.high_freq) for call in again] == [
        (call.label, call.low_freq, call.high_freq) for call in four_calls
    ]
    assert again.onsets == pytest.approx(four_calls.onsets, abs=5e-7)


@pytest.mark.parametrize(
    "data",
    [
        b"0.100000\t0.200000\tFM\n\\\t20000.000000\t-1.000000\n",
        b"\xef\xbb\xbf0.100000\t0.200000\tFM\r\n\\\t20000.000000\t-1.0\r\n",
        b"0,100000\t0,200000\tFM\n\\\t20000,000000\t-1,000000\n",
        b"0.1\t0.2\tFM\n\\\t20000\t-1\n",
    ],
)
def test_labels_as_audacity_writes_them(data: bytes) -> None:
    assert read_calls("a.txt", data) == read_calls("labels", data) == Calls([Call(0.1, 0.2, "FM", 20_000)])


def test_whole_numbers_and_labels_that_are_empty() -> None:
    assert read_calls("a.txt", b"1\t4\tmusic\n4\t7\t\n7\t8\n") == Calls([Call(1, 4, "music"), Call(4, 7), Call(7, 8)])


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"0.2\t0.1\tFM\nsomething else\n", "a.txt, row 1: offset=0.1 s"),
        (b"0.2\t0.1\tFM\n", "row 1: offset=0.1 s must lie after onset=0.2 s"),
        (b"-0.2\t0.1\tFM\n", "row 1: onset=-0.2"),
        (b"0.1\t0.2\tFM\n\\\t9.0\t2.0\n", "row 1: high_freq=2 Hz must not lie below"),
        (b"0.1\t0.2\t" + b"x" * 2000, "row 1: its label has 2000 characters"),
    ],
)
def test_labels_that_cannot_be_read(data: bytes, sentence: str) -> None:
    with pytest.raises(RecordingError, match=re.escape(sentence)):
        read_calls("a.txt", data)


def test_more_labels_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audacity, "MAX_CALLS", 8)
    monkeypatch.setattr("battycoda_nb.annotations.calls.MAX_CALLS", 8)
    with pytest.raises(RecordingError, match="9 calls are more than the 8"):
        read_calls("a.txt", b"0.1\t0.2\tFM\n" * 20)


@settings(deadline=None)
@given(data=st.data())
def test_what_it_writes_it_reads(data: st.DataObject, some_calls: Callable[..., st.SearchStrategy[Calls]]) -> None:
    edge = st.none() | st.integers(0, 10**11)
    bands = st.tuples(edge, edge).filter(lambda band: None in band or band[0] <= band[1])
    calls = data.draw(some_calls(second=10**6, hertz=10**6, bands=bands, channels=st.none()))
    assert audacity.read("a.txt", audacity.write(calls, About())).calls == calls
