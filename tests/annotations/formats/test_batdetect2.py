"""BatDetect2's JSON, as it writes and as it reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats import batdetect2
from battycoda_nb.annotations.formats.entry import About
from battycoda_nb.annotations.formats.read import read_calls
from battycoda_nb.annotations.formats.write import write_calls
from battycoda_nb.errors import RecordingError

Refusal = Callable[..., str]


RATE = 250_000


def test_batdetects_annotation() -> None:
    first = {"start_time": 0.0225, "end_time": 0.028, "low_freq": 33203, "high_freq": 107492, "class": "Myotis"}
    second = {"start_time": 0.0525, "end_time": 0.0583, "class": "", "event": "Echolocation", "class_prob": 0.5}
    found = Calls([Call(0.0225, 0.028, "Myotis", 33203, 107492), Call(0.0525, 0.0583, "Echolocation")])
    for content in ({"id": "a.wav", "annotation": [second, first]}, [first, second]):
        assert read_calls("a.wav.json", json.dumps(content).encode()) == found


def test_values_of_labels_in_json() -> None:
    labels = [3.0, 4, "Pip", {"name": "Nyc"}, ["a", "b"], None]
    for label, text in zip(labels, ["3", "4", "Pip", "Nyc", "a, b", ""], strict=True):
        items = [{"start": 1, "end": 2, "label": label}]
        assert read_calls("a.json", json.dumps(items).encode()).labels == (text,)


def test_a_list_of_files_has_a_time_expansion_for_each(refused: Refusal) -> None:
    def part(name: str, factor: object) -> dict[str, object]:
        return {"id": name, "time_exp": factor, "annotation": [{"start_time": 1, "end_time": 2}]}

    data = json.dumps([part("a.wav", 10), part("b.wav", 1)]).encode()
    assert [read_calls("n.json", data, name).time_expansion for name in ("a.wav", "b.wav")] == [10, 1]
    twice = json.dumps([part("a.wav", 10), part("a.wav", 1)]).encode()
    assert "two parts of one recording with different time_exp" in refused("n.json", twice, "a.wav")


@pytest.mark.parametrize("data", [b"[]", b'{"annotation": []}'])
def test_batdetect_found_nothing(data: bytes) -> None:
    assert read_calls("a.wav.json", data) == Calls()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"{", "is not JSON"),
        (b"\xff\xfe\xfd", "is not JSON"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"3", "holds a number"),
        (b'{"pred": []}', "has no annotation (it has pred)"),
        (b'{"annotation": {}}', "holds a dict in place of a list of calls"),
        (b"[3]", "has no column for onset and offset (it has nothing)"),
        (b'[{"start_time": 0.1}]', "has no column for offset (it has start_time)"),
        (b'[{"start_time": "soon", "end_time": 0.2}]', "call 1: start_time is 'soon', not a number"),
        (b'[{"start_time": NaN, "end_time": 0.2}]', "call 1: start_time is empty"),
        (b'[{"start_time": 0.1, "end_time": 1e999}]', "call 1: end_time is 'inf', not a number"),
        (b'[{"start_time": 1' + b"0" * 400 + b', "end_time": 0.2}]', "call 1: onset="),
        (b'[{"start_time": 0, "end_time": 1' + b"0" * 5000 + b"}]", "is not JSON"),
        (b'[{"start_time": 2, "end_time": 1}, {"start_time": 3, "end_time": 1}]', "call 1: offset=1 s"),
    ],
)
def test_json_that_is_not_calls(data: bytes, sentence: str, refused: Refusal) -> None:
    assert sentence in refused("a.wav.json", data)


def test_batdetect(tmp_path: Path, four_calls: Calls) -> None:
    path = write_calls(four_calls, tmp_path / "bat.wav.json", name="bat.wav", duration=2.5)
    content = json.loads(path.read_bytes())
    assert (content["id"], content["duration"], content["time_exp"]) == ("bat.wav", 2.5, 1)
    assert content["annotation"][2] == {
        "start_time": 0.346348, "end_time": 0.348148, "low_freq": 20_000, "high_freq": 45_000.5,
        "class": "Große Hufeisennase 🦇", "class_prob": 1.0, "det_prob": 1.0, "event": "",
    }  # fmt: skip
    again = read_calls(path.name, path.read_bytes(), "bat.wav")
    assert again == Calls(replace(call, channel=None) for call in four_calls)
    filled = json.loads(write_calls(four_calls, tmp_path / "b.json", sample_rate=RATE).read_bytes())["annotation"]
    assert [(item["low_freq"], item["high_freq"]) for item in filled][:2] == [(0, 125_000), (1_234.5678, 125_000)]


@settings(deadline=None)
@given(data=st.data())
def test_what_it_writes_it_reads(data: st.DataObject, some_calls: Callable[..., st.SearchStrategy[Calls]]) -> None:
    edge = st.none() | st.integers(0, 10**11)
    bands = st.tuples(edge, edge).filter(lambda band: None in band or band[0] <= band[1])
    calls = data.draw(some_calls(second=7, hertz=7, bands=bands, channels=st.none()))  # any float is held exactly
    about = About("bat.wav", None, 2.5)
    assert batdetect2.read("a.json", batdetect2.write(calls, about).encode(), About("bat.wav")).calls == calls


@pytest.mark.parametrize(("text", "expansion"), [("10", 10), ("10.0", 10), ("1", 1), ("null", None)])
def test_the_time_expansion_comes_with_the_calls(text: str, expansion: int | None) -> None:
    data = b'{"time_exp": %s, "annotation": [{"start_time": 0.5, "end_time": 0.51}]}' % text.encode()
    calls = read_calls("a.json", data)
    assert (calls.time_expansion, calls[0].onset) == (expansion, 0.5), "times stay as they stand there"


@pytest.mark.parametrize("text", ["0", "2.5", '"ten"', "[]", "-1", "1e9", "true"])
def test_a_time_expansion_that_is_none_is_refused(text: str) -> None:
    data = b'{"time_exp": %s, "annotation": []}' % text.encode()
    with pytest.raises(RecordingError, match=r"^a\.json: time_exp=.* must be a whole number .*; correct it$"):
        read_calls("a.json", data)
