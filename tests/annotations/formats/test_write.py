"""What is written is read again, and follows the rules of the programs that it is for."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import battycoda_nb as bc
from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats import audacity
from battycoda_nb.annotations.formats.entry import one_line
from battycoda_nb.annotations.formats.read import read_calls
from battycoda_nb.annotations.formats.write import write_calls
from battycoda_nb.annotations.labels import Labels
from battycoda_nb.client.client import Client
from battycoda_nb.errors import RecordingError, RequestError

RATE = 250_000
CALLS = Calls(
    [
        Call(0.346348, 0.348148, "Große Hufeisennase 🦇", 20_000, 45_000.5, 0),
        Call(1, 2, "", 30_000, 200_000, 1),
        Call(1 / 3, 2 / 3, 'odd "one", with, commas; and=1', 1_234.5678, None),
        Call(0, 0.00125, "FM"),
    ]
)
RAVEN_HEADER = [
    "Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)", "High Freq (Hz)", "Annotation",
]  # fmt: skip
ENDINGS = [".Table.1.selections.txt", ".selections.txt", ".txt", ".csv", ".json"]


def _rows(path: Path) -> list[list[str]]:
    data = path.read_bytes()
    assert data.endswith(b"\n") and b"\r" not in data
    return [line.split("\t") for line in data.decode("utf-8").splitlines()]


def _read(path: Path) -> Calls:
    return read_calls(path.name, path.read_bytes(), "bat.wav")


# Raven


def test_raven(tmp_path: Path) -> None:
    path = write_calls(CALLS, tmp_path / "bat.Table.1.selections.txt", sample_rate=RATE)
    header, *rows = _rows(path)
    assert header == RAVEN_HEADER
    assert rows == [
        ["1", "Spectrogram 1", "1", "0.000000000", "0.001250000", "0.000", "125000.000", "FM"],
        ["2", "Spectrogram 1", "1", "0.333333333", "0.666666667", "1234.568", "125000.000", CALLS[1].label],
        ["3", "Spectrogram 1", "1", "0.346348000", "0.348148000", "20000.000", "45000.500", "Große Hufeisennase 🦇"],
        ["4", "Spectrogram 1", "2", "1.000000000", "2.000000000", "30000.000", "125000.000", ""],
    ]
    again = _read(path)
    assert again.labels == CALLS.labels and again[3].channel == 1
    assert again.onsets == pytest.approx(CALLS.onsets, abs=1e-9)


@pytest.mark.parametrize("rate", [44_101, 192_000, 384_000])
def test_nothing_lies_above_nyquist(tmp_path: Path, rate: int) -> None:
    calls = Calls([Call(0, 1, "", 100, rate), Call(2, 3, "", 100, rate / 2 - 1e-9), Call(4, 5)])
    path = write_calls(calls, tmp_path / "a.selections.txt", sample_rate=rate)
    assert [float(row[6]) for row in _rows(path)[1:]] == [rate / 2] * 3
    with pytest.raises(RequestError, match=f"call 1: low_freq={rate / 2:g} Hz lies above"):
        write_calls(Calls([Call(0, 1, "", rate / 2)]), tmp_path / "b.selections.txt", sample_rate=rate)
    assert not (tmp_path / "b.selections.txt").exists()


def test_a_table_for_raven_needs_the_rate(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="say sample_rate="):
        write_calls(CALLS, tmp_path / "a.selections.txt")


def test_raven_names_the_file_where_it_is_known(tmp_path: Path) -> None:
    path = write_calls(CALLS, tmp_path / "a.selections.txt", sample_rate=RATE, name="2024/Nacht 1.wav")
    assert [row[8] for row in _rows(path)] == ["Begin File"] + ["Nacht 1.wav"] * 4
    assert _read(path).labels == CALLS.labels


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_label_is_one_cell(tmp_path: Path, ending: str) -> None:
    calls = Calls([Call(0.1, 0.2, "a\tb\nc\r\nd\x0be\0f"), Call(0.3, 0.4, "=1+1"), Call(0.5, 0.6, "\ud800")])
    path = write_calls(calls, tmp_path / f"a{ending}", sample_rate=RATE)
    assert [one_line(label) for label in _read(path).labels] == ["a b c d ef", "=1+1", "?"]


# Audacity


def test_audacity(tmp_path: Path) -> None:
    path = write_calls(CALLS, tmp_path / "bat.txt")
    assert _rows(path) == [
        ["0.000000", "0.001250", "FM"],
        ["0.333333", "0.666667", 'odd "one", with, commas; and=1'],
        ["\\", "1234.567800", "-1.0"],
        ["0.346348", "0.348148", "Große Hufeisennase 🦇"],
        ["\\", "20000.000000", "45000.500000"],
        ["1.000000", "2.000000", ""],
        ["\\", "30000.000000", "200000.000000"],
    ]
    again = _read(path)
    assert [(call.label, call.low_freq, call.high_freq) for call in again] == [
        (call.label, call.low_freq, call.high_freq) for call in CALLS
    ]
    assert again.onsets == pytest.approx(CALLS.onsets, abs=5e-7)


@pytest.mark.parametrize(
    "data",
    [
        b"0.100000\t0.200000\tFM\n\\\t20000.000000\t-1.000000\n0.150000\t0.150000\ta remark\n",
        b"\xef\xbb\xbf0.100000\t0.200000\tFM\r\n\\\t20000.000000\t-1.0\r\n",
        b"0,100000\t0,200000\tFM\n\\\t20000,000000\t-1,000000\n",
    ],
)
def test_labels_as_audacity_writes_them(data: bytes) -> None:
    assert read_calls("a.txt", data) == read_calls("labels", data) == Calls([Call(0.1, 0.2, "FM", 20_000)])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"0.1\t0.2\tFM\nsomething else\n", "a.txt, row 2: 'something else' is not a label of Audacity"),
        (b"0.1\t0.2\tFM\n0.3\t\n", "row 2: '0.3' is not a label"),
        (b"0.2\t0.1\tFM\n", "row 1: offset=0.1 s must lie after onset=0.2 s"),
        (b"-0.2\t0.1\tFM\n", "row 1: onset=-0.2"),
        (b"0.1\t0.2\tFM\n\\\t9.0\t2.0\n", "row 1: high_freq=2 Hz must not lie below"),
        (b"0.1\t0.1\tremark\n", "has only labels at points in time"),
        (b"0.1\t0.2\t" + b"x" * 2000, "row 1: its label has 2000 characters"),
    ],
)
def test_labels_that_cannot_be_read(data: bytes, said: str) -> None:
    with pytest.raises(RecordingError, match=re.escape(said)):
        read_calls("a.txt", data)


def test_more_labels_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audacity, "MAX_CALLS", 8)
    monkeypatch.setattr("battycoda_nb.annotations.calls.MAX_CALLS", 8)
    with pytest.raises(RecordingError, match="9 calls are more than the 8"):
        read_calls("a.txt", b"0.1\t0.2\tFM\n" * 20)


# CSV and BatDetect2


def test_csv(tmp_path: Path) -> None:
    path = write_calls(CALLS, tmp_path / "bat.csv")
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert list(rows[0]) == ["onset", "offset", "label", "low_freq", "high_freq"]
    assert rows[0] == {"onset": "0.0", "offset": "0.00125", "label": "FM", "low_freq": "", "high_freq": ""}
    assert _read(path) == Calls(replace(call, channel=None) for call in CALLS), "exactly, but for the channels"
    plain = write_calls(Calls([Call(0.1, 0.2, "FM")]), tmp_path / "plain.csv")
    assert plain.read_bytes() == b"onset,offset,label\n0.1,0.2,FM\n"


def test_batdetect(tmp_path: Path) -> None:
    path = write_calls(CALLS, tmp_path / "bat.wav.json", name="bat.wav", duration=2.5)
    content = json.loads(path.read_bytes())
    assert (content["id"], content["duration"], content["time_exp"]) == ("bat.wav", 2.5, 1)
    assert content["annotation"][2] == {
        "start_time": 0.346348, "end_time": 0.348148, "low_freq": 20_000, "high_freq": 45_000.5,
        "class": "Große Hufeisennase 🦇", "class_prob": 1.0, "det_prob": 1.0, "event": "",
    }  # fmt: skip
    assert _read(path) == Calls(replace(call, channel=None) for call in CALLS)
    filled = json.loads(write_calls(CALLS, tmp_path / "b.json", sample_rate=RATE).read_bytes())["annotation"]
    assert [(item["low_freq"], item["high_freq"]) for item in filled][:2] == [(0, 125_000), (1_234.5678, 125_000)]


# Files


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("calls", [Calls([Call(0.1, 0.2)]), CALLS])
def test_what_is_written_is_read(tmp_path: Path, ending: str, calls: Calls) -> None:
    path = write_calls(calls, tmp_path / f"Nacht 1{ending}", sample_rate=RATE, name="bat.wav")
    again = _read(path)
    assert again.labels == calls.labels
    assert again.onsets == pytest.approx(calls.onsets, abs=5e-7)
    assert again.offsets == pytest.approx(calls.offsets, abs=5e-7)


def test_no_calls(tmp_path: Path) -> None:
    for ending in set(ENDINGS) - {".txt"}:
        assert _read(write_calls(Calls(), tmp_path / f"a{ending}", sample_rate=RATE)) == Calls()
    assert write_calls(Calls(), tmp_path / "a.txt").read_bytes() == b"", "Audacity has no header"


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_file_is_written_over_another(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_text("somebody's work")
    with pytest.raises(RequestError, match="is there already; name another file, or say overwrite=True"):
        write_calls(CALLS, path, sample_rate=RATE)
    assert path.read_text() == "somebody's work"
    write_calls(CALLS, str(path), sample_rate=RATE, overwrite=True)
    assert len(_read(path)) == 4
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["a.wav", "a", "selections", "a.pickle", "a.csv.bak"])
def test_an_ending_that_says_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(RequestError, match="must end in"):
        write_calls(CALLS, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="cannot be written"):
        write_calls(CALLS, tmp_path / "no" / "a.csv")


def test_a_writer_that_is_killed_leaves_a_whole_file(tmp_path: Path, until: Callable[..., object]) -> None:
    path = tmp_path / "a.csv"
    code = (
        "import sys; from battycoda_nb.annotations.calls import Call, Calls\n"
        "from battycoda_nb.annotations.formats.write import write_calls\n"
        "calls = Calls(Call(n, n + 0.5) for n in range(5000))\n"
        "while True: write_calls(calls, sys.argv[1], overwrite=True)"
    )
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", code, str(path)])
        until(path.exists, "it writes")
        first = path.stat().st_ino
        until(lambda first=first: path.stat().st_ino != first, "it goes on writing")
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(_read(path)) == 5000
        path.unlink()


@pytest.mark.parametrize("ending", ENDINGS[1:])
def test_a_recording_opens_with_what_was_written(client: Client, tmp_path: Path, tones: Path, ending: str) -> None:
    """From the labels of a real recording to a file, and from there through a worker back to a recording."""
    recording = client.open(tones)
    labels = Labels(recording.info.hash, recording.calls, folder=tmp_path)
    labels.remove(0)
    labels.label(1, "Myotis")
    path = tmp_path / f"judged{ending}"
    write_calls(labels.calls(), path, sample_rate=recording.info.sample_rate, name=recording.info.name)
    again = client.open(tones, calls=path)
    assert again.calls.labels == ("Myotis", *["tone"] * 598)
    assert isinstance(again, bc.Recording)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.shared_data("*.wav")
def test_real_recordings(client: Client, tmp_path: Path, path: Path, ending: str) -> None:
    recording = client.open(shutil.copy(path, tmp_path), calls=next(path.parent.glob(f"{path.name}.*")))
    info = recording.info
    written = write_calls(
        recording.calls,
        tmp_path / f"a{ending}",
        sample_rate=info.sample_rate,
        name=info.name,
        duration=info.duration,
    )
    again = client.open(tmp_path / path.name, calls=written).calls
    assert again.labels == recording.calls.labels and len(again) > 0
    assert again.onsets == pytest.approx(recording.calls.onsets, abs=1e-6)
    assert again.offsets == pytest.approx(recording.calls.offsets, abs=1e-6)
