"""Segment files as they are written: whole, never over another by accident, and read again."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import battycoda_nb as bc
from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats.entry import one_line
from battycoda_nb.annotations.formats.read import read_calls
from battycoda_nb.annotations.formats.write import keeps_peaks, write_calls
from battycoda_nb.annotations.labels import Labels
from battycoda_nb.annotations.time_expansion import counted_by, rescaled
from battycoda_nb.client.client import Client
from battycoda_nb.errors import RecordingError, RequestError
from battycoda_nb.signal.peak_frequency import PeakFrequency

RATE = 250_000
ABOUT: dict[str, Any] = {"sample_rate": RATE, "name": "bat.wav", "duration": 60.0}
ENDINGS = [
    ".Table.1.selections.txt", ".selections.txt", ".txt", ".csv", ".json", ".TextGrid", ".cluster.csv", ".aoef.json",
]  # fmt: skip


def _read(path: Path) -> Calls:
    return read_calls(path.name, path.read_bytes(), "bat.wav")


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_label_is_one_cell(tmp_path: Path, ending: str) -> None:
    calls = Calls([Call(0.1, 0.2, "a\tb\nc\r\nd\x0be\0f"), Call(0.3, 0.4, "=1+1"), Call(0.5, 0.6, "\ud800")])
    path = write_calls(calls, tmp_path / f"a{ending}", **ABOUT)
    assert [one_line(label) for label in _read(path).labels] == ["a b c d ef", "=1+1", "?"]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("plain", [True, False])
def test_what_is_written_is_read(tmp_path: Path, ending: str, plain: bool, four_calls: Calls) -> None:
    calls = Calls([Call(0.1, 0.2)]) if plain else four_calls
    path = write_calls(calls, tmp_path / f"Nacht 1{ending}", **ABOUT)
    again = _read(path)
    assert again.labels == calls.labels
    assert again.onsets == pytest.approx(calls.onsets, abs=5e-7)
    assert again.offsets == pytest.approx(calls.offsets, abs=5e-7)


@pytest.mark.parametrize("ending", ENDINGS)
def test_calls_of_a_time_expanded_recording_are_read_again_as_they_were(
    tmp_path: Path, ending: str, four_calls: Calls
) -> None:
    """The file's own seconds and Hz, but where a format says the time expansion: BatDetect2 and AOEF."""
    path = write_calls(
        four_calls, tmp_path / f"a{ending}", sample_rate=10 * RATE, name="bat.wav", duration=5.0, time_expansion=10
    )
    found = _read(path)
    says = ending.endswith(".json")
    assert found.time_expansion == (10 if says else None)
    factor = 1 if says else 10
    assert found.onsets == pytest.approx(four_calls.onsets * factor, abs=5e-7)
    again = rescaled(found, counted=counted_by(found), time_expansion=10)
    assert again.onsets == pytest.approx(four_calls.onsets, abs=5e-7)
    assert again.offsets == pytest.approx(four_calls.offsets, abs=5e-7)
    for one, other in zip(again, four_calls, strict=True):
        if other.high_freq is not None and one.high_freq is not None:
            assert one.high_freq == pytest.approx(other.high_freq)
        elif one.high_freq:
            assert one.high_freq == 5 * RATE, "all that there is, to Nyquist"


def test_no_calls(tmp_path: Path) -> None:
    for ending in set(ENDINGS) - {".txt"}:
        assert _read(write_calls(Calls(), tmp_path / f"a{ending}", **ABOUT)) == Calls()
    assert write_calls(Calls(), tmp_path / "a.txt").read_bytes() == b"", "Audacity has no header"


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_file_is_written_over_another(tmp_path: Path, ending: str, four_calls: Calls) -> None:
    path = tmp_path / f"a{ending}"
    path.write_text("somebody's work")
    with pytest.raises(RequestError, match="is there already; name another file, or say overwrite=True"):
        write_calls(four_calls, path, **ABOUT)
    assert path.read_text() == "somebody's work"
    write_calls(four_calls, str(path), **ABOUT, overwrite=True)
    assert len(_read(path)) == 4
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["a.wav", "a", "selections", "a.pickle", "a.csv.bak"])
def test_an_ending_that_says_nothing(tmp_path: Path, name: str, four_calls: Calls) -> None:
    with pytest.raises(RequestError, match="must end in"):
        write_calls(four_calls, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path: Path, four_calls: Calls) -> None:
    with pytest.raises(RecordingError, match="cannot be written"):
        write_calls(four_calls, tmp_path / "no" / "a.csv")


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
    labels = Labels(recording.info.hash, recording.calls, sample_rate=250_000, folder=tmp_path)
    labels.remove(0)
    labels.label(1, "Myotis")
    path = tmp_path / f"judged{ending}"
    write_calls(labels.calls(), path, sample_rate=recording.info.sample_rate, name=recording.info.name, duration=60)
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


def test_peak_frequencies_are_in_the_hertz_of_the_rest_of_their_file(tmp_path: Path) -> None:
    """A table counts the file's own Hz, by its header; BatDetect2's JSON says the time expansion that it is corrected
    by."""
    calls = Calls([Call(0.1, 0.2, "FM", 40_000, 50_000), Call(0.3, 0.4)])
    peaks = [PeakFrequency(45_123.4, -20.0, at_edge=True), None]
    how: dict[str, Any] = {"sample_rate": 10 * RATE, "duration": 5.0, "peaks": peaks}
    table = write_calls(calls, tmp_path / "a.csv", time_expansion=10, **how).read_text().splitlines()
    assert table == [
        "onset,offset,label,low_freq,high_freq,peak_frequency,peak_at_edge",
        "1.0,2.0,FM,4000.0,5000.0,4512.3,True",
        "3.0,4.0,,,,,",
    ]
    path = write_calls(calls, tmp_path / "a.json", time_expansion=10, **how)
    first, second = json.loads(path.read_text())["annotation"]
    assert (first["peak_frequency"], first["peak_at_edge"], "peak_frequency" in second) == (45_123.4, True, False)
    assert keeps_peaks("a.csv") and keeps_peaks("a.aoef.json") and not keeps_peaks("a.selections.txt")
    with pytest.raises(RequestError, match="peaks has 2 entries for 1 calls"):
        write_calls(calls[:1], tmp_path / "b.csv", **how)
