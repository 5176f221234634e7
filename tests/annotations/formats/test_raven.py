"""Raven's selection tables, as Raven writes and as it reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats import grid, raven
from battycoda_nb.annotations.formats.entry import About
from battycoda_nb.annotations.formats.read import read_calls
from battycoda_nb.annotations.formats.write import write_calls
from battycoda_nb.errors import RequestError

Refusal = Callable[..., str]


RATE = 250_000
RAVEN_HEADER = (
    "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tAnnotation"
)  # fmt: skip


def _rows(path: Path) -> list[list[str]]:
    data = path.read_bytes()
    assert data.endswith(b"\n") and b"\r" not in data
    return [line.split("\t") for line in data.decode("utf-8").splitlines()]


def _raven(*rows: str, header: str = RAVEN_HEADER, end: str = "\n") -> bytes:
    return (end.join([header, *rows]) + end).encode()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_selection_table(end: str) -> None:
    data = _raven(
        "1\tSpectrogram 1\t1\t0.346\t0.348\t20000.0\t45000.5\tFM",
        "2\tSpectrogram 1\t2\t1\t2\t20000\t45000\t",
        end=end,
    )
    assert read_calls("bat.Table.1.selections.txt", data) == Calls(
        [Call(0.346, 0.348, "FM", 20_000, 45_000.5, 0), Call(1, 2, "", 20_000, 45_000, 1)]
    )


def test_a_table_with_a_header_only() -> None:
    assert read_calls("bat.Table.1.selections.txt", _raven()) == Calls()
    assert read_calls("bat.csv", b"onset,offset") == Calls()


def test_twin_rows_are_one_call() -> None:
    data = _raven(
        "1\tWaveform 1\t1\t0.1\t0.2\t\t\tFM",
        "1\tSpectrogram 1\t1\t0.1\t0.2\t20000\t45000\t",
        "2\tSpectrogram 1\t1\t0.3\t0.4\t20000\t45000\tCF",
        "2\tWaveform 1\t1\t0.3\t0.4\t0\t0\t",
        "3\tWaveform 1\t1\t0.5\t0.6\t\t\talone",
        "3\tSpectrogram 1\t1\t0.7\t0.8\t1\t2\tjoined table",
    )
    calls = read_calls("a.txt", data)
    assert calls.labels == ("FM", "CF", "alone", "joined table")
    assert calls[0] == Call(0.1, 0.2, "FM", 20_000, 45_000, 0)


def test_a_twin_with_a_label_beyond_a_short_row() -> None:
    data = _raven("1\tWaveform 1\t1\t0.1\t0.2\t\t\tFM", "1\tSpectrogram 1\t1\t0.1\t0.2\t20000\t45000")
    assert read_calls("a.txt", data).labels == ("FM",)


@pytest.mark.parametrize("column", ["Annotation", "Species", "Call Type", "My own remarks", "Typ", "ID"])
def test_any_column_may_hold_the_label(column: str) -> None:
    header = f"{RAVEN_HEADER.removesuffix('Annotation')}Delta Time (s)\tScore\t{column}"
    data = _raven("1\tSpectrogram 1\t1\t0.1\t0.2\t1\t2\t0.1\t0.9\tFM\u2013CF", header=header)
    assert read_calls("a.txt", data).labels == ("FM\u2013CF",)


def test_a_blank_annotation_leaves_it_to_another_column() -> None:
    data = _raven("1\tSpectrogram 1\t1\t0.1\t0.2\t1\t2\t\tFM", header=f"{RAVEN_HEADER}\tWhat")
    assert read_calls("a.txt", data).labels == ("FM",)


def test_no_column_need_hold_a_label() -> None:
    header = f"{RAVEN_HEADER.removesuffix('Annotation')}Begin File\tScore"
    data = _raven("1\tSpectrogram 1\t1\t0.1\t0.2\t1\t2\ta.wav\t0.5", header=header)
    assert read_calls("a.txt", data).labels == ("",)


def test_a_quotation_mark_does_not_swallow_rows() -> None:
    data = _raven('1\tSpectrogram 1\t1\t0.1\t0.2\t1\t2\t"odd', "2\tSpectrogram 1\t1\t0.3\t0.4\t1\t2\tFM")
    assert read_calls("a.txt", data).labels == ('"odd', "FM")


SEVERAL = f"{RAVEN_HEADER}\tBegin File\tFile Offset (s)"


def test_several_files_count_within_the_file(refused: Refusal) -> None:
    data = _raven(
        "1\tSpectrogram 1\t1\t0.5\t0.75\t1\t2\tA\ta.wav\t0.5",
        "2\tSpectrogram 1\t1\t10.5\t10.75\t1\t2\tB\tb.wav\t0.25",
        header=SEVERAL,
    )
    assert read_calls("n.txt", data, "b.wav") == Calls([Call(0.25, 0.5, "B", 1, 2, 0)])
    assert read_calls("n.txt", data, "a.wav") == Calls([Call(0.5, 0.75, "A", 1, 2, 0)])
    assert "say which one is meant" in refused("n.txt", data)


def _of_two(*begins: tuple[str, float]) -> bytes:
    rows = (f"{n}\tSpectrogram 1\t1\t{t}\t{t + 1}\t1\t2\tx\t{name}" for n, (name, t) in enumerate(begins, start=1))
    return _raven(*rows, header=f"{RAVEN_HEADER}\tBegin File")


def test_times_that_may_run_on_from_file_to_file_are_those_of_the_first_alone(refused: Refusal) -> None:
    data = _of_two(("a.wav", 1), ("a.wav", 20), ("b.wav", 31), ("b.wav", 40))
    assert list(read_calls("n.txt", data, "a.wav").onsets) == [1, 20]
    assert "n.txt names 2 recordings and has no File Offset" in refused("n.txt", data, "b.wav")
    later = _of_two(("b.wav", 31), ("a.wav", 1))
    assert list(read_calls("n.txt", later, "a.wav").onsets) == [1], "the first in time, whatever the order of the rows"
    assert "no File Offset" in refused("n.txt", later, "b.wav")


def test_times_that_start_anew_with_each_file_are_its_own(refused: Refusal) -> None:
    data = _of_two(("a.wav", 1), ("a.wav", 20), ("b.wav", 2), ("b.wav", 40))
    assert list(read_calls("n.txt", data, "b.wav").onsets) == [2, 40]
    one_runs_on = _of_two(("a.wav", 1), ("a.wav", 20), ("b.wav", 2), ("c.wav", 40))
    assert "no File Offset" in refused("n.txt", one_runs_on, "c.wav")


def test_a_blank_file_offset_in_a_table_of_several_is_none(refused: Refusal) -> None:
    data = _raven(
        "1\tSpectrogram 1\t1\t0.5\t0.75\t1\t2\tA\ta.wav\t0.5",
        "2\tSpectrogram 1\t1\t10.5\t10.75\t1\t2\tB\tb.wav\t",
        header=SEVERAL,
    )
    assert "no File Offset" in refused("n.txt", data, "b.wav")


@pytest.mark.parametrize("path", ["C:\\bats\\b.wav", "/data/bats/b.wav"])
def test_begin_path_names_a_file_too(path: str) -> None:
    data = _raven(
        "1\tSpectrogram 1\t1\t0.5\t0.75\t1\t2\tA\t/data/bats/a.wav\t0.5",
        f"2\tSpectrogram 1\t1\t10.5\t10.75\t1\t2\tB\t{path}\t0.25",
        header=f"{RAVEN_HEADER}\tBegin Path\tFile Offset (s)",
    )
    assert read_calls("n.txt", data, "b.wav").labels == ("B",)


def test_a_blank_file_offset_leaves_begin_time() -> None:
    data = _raven("1\tSpectrogram 1\t1\t0.5\t0.75\t1\t2\tA\ta.wav\t", header=SEVERAL)
    assert read_calls("n.txt", data) == Calls([Call(0.5, 0.75, "A", 1, 2, 0)])


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("1\tSpectrogram 1\t0\t0.1\t0.2\t1\t2\t", "row 2: Channel is 0, but Raven counts channels from 1"),
        ("1\tSpectrogram 1\t1.5\t0.1\t0.2\t1\t2\t", "row 2: Channel is 1.5"),
        ("1\tSpectrogram 1\tleft\t0.1\t0.2\t1\t2\t", "row 2: Channel is 'left', not a number"),
        ("1\tSpectrogram 1\t1\t0.3\t0.2\t1\t2\t", "row 2: offset=0.2 s must lie after onset=0.3 s"),
        ("1\tSpectrogram 1\t1\t0.1\tNaN\t1\t2\t", "row 2: End Time (s) is empty"),
        ("1\tSpectrogram 1\t1\t0.1\t0.2\t9\t2\t", "row 2: high_freq=2 Hz must not lie below low_freq=9 Hz"),
    ],
)
def test_a_selection_that_cannot_be(row: str, sentence: str, refused: Refusal) -> None:
    assert sentence in refused("bat.Table.1.selections.txt", _raven(row))


def test_raven(tmp_path: Path, four_calls: Calls) -> None:
    path = write_calls(four_calls, tmp_path / "bat.Table.1.selections.txt", sample_rate=RATE)
    header, *rows = _rows(path)
    assert header == RAVEN_HEADER.split("\t")
    assert rows == [
        ["1", "Spectrogram 1", "1", "0.000000000", "0.001250000", "0.000", "125000.000", "FM"],
        ["2", "Spectrogram 1", "1", "0.333333333", "0.666666667", "1234.568", "125000.000", four_calls[1].label],
        ["3", "Spectrogram 1", "1", "0.346348000", "0.348148000", "20000.000", "45000.500", "Große Hufeisennase 🦇"],
        ["4", "Spectrogram 1", "2", "1.000000000", "2.000000000", "30000.000", "125000.000", ""],
    ]
    again = read_calls(path.name, path.read_bytes(), "bat.wav")
    assert again.labels == four_calls.labels and again[3].channel == 1
    assert again.onsets == pytest.approx(four_calls.onsets, abs=1e-9)


@pytest.mark.parametrize("rate", [44_101, 192_000, 384_000])
def test_nothing_lies_above_nyquist(tmp_path: Path, rate: int) -> None:
    calls = Calls([Call(0, 1, "", 100, rate), Call(2, 3, "", 100, rate / 2 - 1e-9), Call(4, 5)])
    path = write_calls(calls, tmp_path / "a.selections.txt", sample_rate=rate)
    assert [float(row[6]) for row in _rows(path)[1:]] == [rate / 2] * 3
    with pytest.raises(RequestError, match=f"call 1: low_freq={rate / 2:g} Hz lies above"):
        write_calls(Calls([Call(0, 1, "", rate / 2)]), tmp_path / "b.selections.txt", sample_rate=rate)
    assert not (tmp_path / "b.selections.txt").exists()


def test_a_table_for_raven_needs_the_rate(tmp_path: Path, four_calls: Calls) -> None:
    with pytest.raises(RequestError, match="say sample_rate="):
        write_calls(four_calls, tmp_path / "a.selections.txt")


def test_raven_names_the_file_where_it_is_known(tmp_path: Path, four_calls: Calls) -> None:
    path = write_calls(four_calls, tmp_path / "a.selections.txt", sample_rate=RATE, name="2024/Nacht 1.wav")
    assert [row[8] for row in _rows(path)] == ["Begin File"] + ["Nacht 1.wav"] * 4
    assert read_calls(path.name, path.read_bytes(), "bat.wav").labels == four_calls.labels


@settings(deadline=None)
@given(data=st.data())
def test_what_it_writes_it_reads(data: st.DataObject, some_calls: Callable[..., st.SearchStrategy[Calls]]) -> None:
    edge = st.integers(0, RATE // 2 * 1000)
    bands = st.tuples(edge, edge).filter(lambda band: band[0] <= band[1] and band[0] < RATE // 2 * 1000)
    # A label in quotation marks would come back without them: other programs quote cells, Raven does not.
    calls = data.draw(some_calls(second=10**9, hertz=1000, bands=bands, channels=st.integers(0, 99)))
    assume(not any(call.label[:1] == '"' == call.label[-1:] for call in calls))
    about = About("bat.wav", RATE, None)
    assert raven.read(grid.parse("a.txt", raven.write(calls, about)), about).calls == calls
