"""Segment files: which names they have, and which reader a file gets."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from battycoda_nb.annotations import calls as calls_module
from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats import read
from battycoda_nb.annotations.formats.read import read_calls, sidecar_names
from battycoda_nb.errors import RecordingError

Refusal = Callable[..., str]


def test_sidecars_in_order_of_preference() -> None:
    assert sidecar_names("bat.wav") == [
        "bat.wav.pickle",
        "bat.pickle",
        "bat.wav.csv",
        "bat.csv",
        "bat.Table.1.selections.txt",
        "bat.wav.Table.1.selections.txt",
        "bat.selections.txt",
        "bat.wav.json",
        "bat.json",
        "bat.aoef.json",
        "bat.TextGrid",
        "bat.BirdNET.results.csv",
        "bat.BirdNET.selection.table.txt",
        "bat.BirdNET.results.kaleidoscope.csv",
        "bat.BirdNET.results.r.csv",
        "bat.BirdNET.results.txt",
        "bat.txt",
        "bat.wav.txt",
        "cluster.csv",
    ]


def test_sidecars_keep_dots_folders_and_case() -> None:
    assert {"night/a_0_0.5.csv", "night/cluster.csv"} < set(sidecar_names("night/a_0_0.5.WAV"))
    assert sidecar_names("bat")[:2] == ["bat.pickle", "bat.csv"]


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps({"onsets": [0.1], "offsets": [0.2]}),
        b'{"annotation": [{"start_time": 0.1, "end_time": 0.2}]}',
        b'\xef\xbb\xbf\n[{"start_time": 0.1, "end_time": 0.2}]',
        b"onset,offset\n0.1,0.2\n",
    ],
)
def test_a_name_that_says_nothing_leaves_it_to_the_content(data: bytes) -> None:
    assert read_calls("segments", data) == Calls([Call(0.1, 0.2)])


@pytest.mark.parametrize("name", ["a.pickle", "a.csv", "a.json", "a"])
@pytest.mark.parametrize("data", [b"", b" \r\n"])
def test_an_empty_file_is_an_error(name: str, data: bytes, refused: Refusal) -> None:
    assert "is empty" in refused(name, data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pickle", pickle.dumps({"onsets": np.zeros(9), "offsets": np.ones(9)})),
        ("a.pickle", pickle.dumps([[0.0] * 9, [1.0] * 9])),
        ("a.csv", b"onset,offset\n" + b"0,1\n" * 9),
        ("a.json", b"[" + b",".join([b'{"start_time": 0, "end_time": 1}'] * 9) + b"]"),
    ],
)
def test_more_calls_than_the_limit(name: str, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls_module, "MAX_CALLS", 8)
    with pytest.raises(RecordingError, match=f"{name}: 9 calls are more than the 8"):
        read_calls(name, data)


def test_a_file_of_many_bytes_isrefused(monkeypatch: pytest.MonkeyPatch, refused: Refusal) -> None:
    monkeypatch.setattr(read, "MAX_BYTES", 10)
    assert "more than the 10 that are read" in refused("a.csv", b"onset,offset\n0.1,0.2\n")


@pytest.mark.shared_data
def test_battycodas_real_pickle(shared_data: Path) -> None:
    path = shared_data / "bat1_angie_19.wav.pickle"
    calls = read_calls(path.name, path.read_bytes())
    assert len(calls) == 42
    assert calls.onsets[0] == pytest.approx(0.346348)
    assert calls.offsets[0] == pytest.approx(0.348148)
    assert Calls.from_json(json.loads(json.dumps(calls.to_json()))) == calls


@pytest.mark.shared_data("*.wav.json")
def test_batdetects_real_json(path: Path) -> None:
    annotation = json.loads(path.read_bytes())["annotation"]
    calls = read_calls(path.name, path.read_bytes())
    assert len(calls) == len(annotation) > 0
    assert sorted(calls.labels) == sorted(item["class"] for item in annotation)
    assert all(call.low_freq and call.high_freq for call in calls)


@pytest.mark.shared_data("*.wav")
def test_every_real_recording_finds_its_segment_file(path: Path) -> None:
    assert any(path.with_name(name).exists() for name in sidecar_names(path.name))
