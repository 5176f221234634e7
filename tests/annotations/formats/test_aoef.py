"""AOEF, as soundevent and whombat write and as they read it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats import aoef
from battycoda_nb.annotations.formats.entry import About
from battycoda_nb.annotations.formats.read import read_calls
from battycoda_nb.annotations.formats.write import write_calls
from battycoda_nb.errors import RecordingError, RequestError
from battycoda_nb.signal.peak_frequency import PeakFrequency

Refusal = Callable[..., str]

A, B = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
BOX = {"type": "BoundingBox", "coordinates": [0.1, 20000, 0.2, 45000.5]}


def _event(number: int, geometry: object = BOX, recording: str = A) -> dict[str, Any]:
    return {"uuid": f"{number:032x}", "recording": recording, "geometry": geometry}


def _file(*geometries: object, **changes: Any) -> bytes:
    """One annotation for each geometry, each with the tags 0 and 1."""
    body = {
        "uuid": A,
        "collection_type": "annotation_project",
        "name": "bats",
        "tags": [{"id": 0, "key": "event", "value": "Echolocation"}, {"id": 1, "key": "species", "value": "Myotis"}],
        "recordings": [{"uuid": A, "path": "night 1/a.wav", "duration": 5, "channels": 1, "samplerate": 384000}],
        "sound_events": [_event(number, geometry) for number, geometry in enumerate(geometries)],
        "sound_event_annotations": [
            {"uuid": f"{number + 100:032x}", "sound_event": f"{number:032x}", "tags": [0, 1]}
            for number in range(len(geometries))
        ],
        **changes,
    }
    return json.dumps({"version": "1.1.0", "created_on": "2025-01-01T00:00:00", "data": body}).encode()


@pytest.mark.parametrize(
    ("geometry", "call"),
    [
        (BOX, Call(0.1, 0.2, "Myotis", 20000, 45000.5)),
        ({"type": "TimeInterval", "coordinates": [0.1, 0.2]}, Call(0.1, 0.2, "Myotis")),
        ({"type": "LineString", "coordinates": [[0.2, 9], [0.1, 7]]}, Call(0.1, 0.2, "Myotis", 7, 9)),
        ({"type": "Polygon", "coordinates": [[[0.2, 9], [0.1, 7], [0.3, 8]]]}, Call(0.1, 0.3, "Myotis", 7, 9)),
        ({"type": "MultiLineString", "coordinates": [[[0.2, 9], [0.1, 7]]]}, Call(0.1, 0.2, "Myotis", 7, 9)),
        ({"type": "MultiPolygon", "coordinates": [[[[0.2, 9], [0.1, 7], [0.3, 8]]]]}, Call(0.1, 0.3, "Myotis", 7, 9)),
    ],
)
def test_a_call_spans_its_geometry(geometry: object, call: Call) -> None:
    assert read_calls("a.json", _file(geometry), "a.wav") == Calls([call])


@pytest.mark.parametrize(
    ("geometry", "sentence"),
    [
        ({"type": "TimeStamp", "coordinates": 0.5}, "is a TimeStamp, which has no end"),
        ({"type": "Point", "coordinates": [0.5, 9]}, "is a Point, which has no end"),
        ({"type": "MultiPoint", "coordinates": [[0.5, 9]]}, "is a MultiPoint, which has no end"),
        ({"type": "BoundingBox", "coordinates": [0.1, 20000, 0.2]}, "has a geometry that is not understood"),
        ({"type": "Polygon", "coordinates": [[[[[[[0.1, 2]]]]]]]}, "has a geometry that is not understood"),
        ({"type": "TimeInterval", "coordinates": ["0.1", True]}, "has a geometry that is not understood"),
        ({"type": "BoundingBox", "coordinates": [0.2, 0, float("nan"), 9]}, "has a geometry that is not understood"),
        ({"type": "TimeInterval", "coordinates": [0.2, 10**400]}, "has a geometry that is not understood"),
        ({"type": "BoundingBox"}, "has no geometry"),
        (None, "has no geometry"),
        ([], "has no geometry"),
    ],
)
def test_one_annotation_that_cannot_be_costs_itself_alone(geometry: object, sentence: str, refused: Refusal) -> None:
    calls, notice = aoef.read("a.json", _file(BOX, geometry), "a.wav")
    assert len(calls) == 1
    assert "1 of 2 annotations in a.json passed over, the first: a.json, annotation 2" in notice
    assert sentence in notice
    assert sentence in refused("a.json", _file(geometry), "a.wav")


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        (("event", "species"), "species"),
        (("dwc:scientificName", "species"), "dwc:scientificName"),
        (("event", "class"), "class"),
        (("call_type", "event"), "call_type"),
        (("Label", "species"), "Label"),
        (("mood", "mood"), "mood"),
    ],
)
def test_which_tag_is_the_label(keys: tuple[str, str], chosen: str) -> None:
    tags = [{"id": number, "key": key, "value": f"{key} it is"} for number, key in enumerate(keys)]
    calls, notice = aoef.read("a.json", _file(BOX, tags=tags), "a.wav")
    assert calls.labels == (f"{chosen} it is",)
    assert notice.startswith(f"The labels of a.json are its tags with the key {chosen}")


def test_tags_of_which_none_is_the_label_by_itself() -> None:
    tags = [{"id": number, "key": key, "value": "x"} for number, key in enumerate(("mood", "weather"))]
    calls, notice = aoef.read("a.json", _file(BOX, tags=tags), "a.wav")
    assert calls.labels == ("",)
    assert notice == "The calls of a.json are left without labels: any of its tags mood, weather could be that."
    assert read_calls("a.json", _file(BOX, tags=tags), "a.wav", label="weather").labels == ("x",)


def test_a_user_names_the_tag() -> None:
    assert read_calls("a.json", _file(BOX), "a.wav", label="event").labels == ("Echolocation",)
    with pytest.raises(RecordingError, match="has no tags with the key 'genus'"):
        read_calls("a.json", _file(BOX), "a.wav", label="genus")


def test_predictions_have_scores() -> None:
    tags = [{"id": 0, "key": "species", "value": "A"}, {"id": 1, "key": "species", "value": "B"}]
    body = {
        "collection_type": "prediction_set",
        "tags": tags,
        "recordings": [{"uuid": A, "path": "a.wav"}],
        "sound_events": [_event(1)],
        "sound_event_predictions": [
            {"uuid": B, "sound_event": f"{1:032x}", "score": 0.9, "tags": [[0, 0.2], [1, 0.7]]}
        ],
    }
    assert read_calls("a.json", json.dumps({"data": body}).encode(), "a.wav").labels == ("B",)


def test_calls_of_other_recordings_are_not_taken(refused: Refusal) -> None:
    recordings = [{"uuid": A, "path": "s\\a.wav"}, {"uuid": B, "path": "s/b.flac"}]
    data = _file(BOX, BOX, recordings=recordings, sound_events=[_event(0), _event(1, recording=B)])
    assert len(read_calls("a.json", data, "a.wav")) == len(read_calls("a.json", data, "b.wav")) == 1
    assert "lists calls of s\\a.wav, s/b.flac (recordings), but of no c.wav" in refused("a.json", data, "c.wav")
    assert "say which one is meant" in refused("a.json", data)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b'{"data": {"collection_type": "dataset", "recordings": []}}', "holds no annotations (it has collection_type"),
        (b'["collection_type"]', "is not AOEF"),
        (b'{"data": 3, "collection_type": 1}', "is not AOEF"),
        (b'{"collection_type"', "is not JSON"),
        (b'{"data": {"collection_type": 1, "sound_event_annotations": 3}}', "that are no list of objects"),
        (b'{"data": {"collection_type": 1, "sound_event_annotations": [3]}}', "that are no list of objects"),
    ],
)
def test_what_holds_no_annotations(data: bytes, sentence: str, refused: Refusal) -> None:
    assert sentence in refused("a.json", data, "a.wav")


def test_thousands_of_calls_are_written_in_no_more_than_their_number_takes() -> None:
    """Each UUID once took the whole text of all calls: minutes for ten thousand of them."""

    def seconds(count: int) -> float:
        calls = Calls(Call(number, number + 0.5, "FM") for number in range(count))
        start = time.process_time()
        aoef.write(calls, About("a.wav", 250_000, 1e5))
        return time.process_time() - start

    assert seconds(8000) < 30 * max(seconds(800), 0.01)


def test_what_was_measured_is_a_feature_of_its_sound_event() -> None:
    peaks = [None, PeakFrequency(45_000.04, -12.0, at_edge=True)]
    written = aoef.write(Calls([Call(0, 1), Call(1, 2)]), About("a.wav", 250_000, 5.0, peaks=peaks))
    features = [event["features"] for event in json.loads(written)["data"]["sound_events"]]
    assert features == [{}, {"peak_frequency": 45_000.0, "peak_at_edge": 1.0}]


def test_nobody_annotated_anything() -> None:
    assert read_calls("a.json", _file(), "a.wav") == Calls()


def test_it_names_the_recording_and_its_length(tmp_path: Path, four_calls: Calls) -> None:
    path = write_calls(
        four_calls, tmp_path / "a.aoef.json", sample_rate=250_000, name="bat.wav", duration=2.5, channels=2
    )
    body = json.loads(path.read_bytes())["data"]
    assert {UUID(item["uuid"]) for item in body["sound_event_annotations"]} == {
        UUID(item) for item in body["clip_annotations"][0]["sound_events"]
    }
    assert (body["recordings"][0]["samplerate"], body["recordings"][0]["channels"]) == (250_000, 2)
    assert path.read_text() == aoef.write(four_calls, About("bat.wav", 250_000, 2.5, channels=2)), (
        "the same calls, the same file"
    )
    with pytest.raises(RequestError, match="say name=, sample_rate= and duration="):
        write_calls(four_calls, tmp_path / "b.aoef.json", sample_rate=250_000, name="bat.wav")


@settings(deadline=None)
@given(data=st.data())
def test_what_it_writes_it_reads(data: st.DataObject, some_calls: Callable[..., st.SearchStrategy[Calls]]) -> None:
    edge = st.integers(0, 7 * 125_000)
    bands = st.just((None, None)) | st.tuples(edge, edge).filter(lambda band: band[0] <= band[1] and band[0] < 875_000)
    calls = data.draw(some_calls(second=7, hertz=7, bands=bands, channels=st.none()))  # any float is held exactly
    written = aoef.write(calls, About("bat.wav", 250_000, 2.5)).encode()
    assert aoef.read("a.json", written, "bat.wav").calls == calls


def test_the_time_expansion_of_the_recording_that_is_meant_comes_with_its_calls() -> None:
    recordings = [
        {"uuid": A, "path": "a.wav", "samplerate": 384000, "time_expansion": 10.0},
        {"uuid": B, "path": "b.wav", "samplerate": 384000},
    ]
    data = _file(BOX, recordings=recordings)
    assert read_calls("a.json", data, "a.wav").time_expansion == 10
    assert read_calls("a.json", data, "b.wav").time_expansion is None
    with pytest.raises(RecordingError, match=r"a\.json: time_expansion=0 must be a whole number"):
        read_calls("a.json", _file(BOX, recordings=[{**recordings[0], "time_expansion": 0}]))
    twice = [recordings[0], {**recordings[0], "uuid": B, "time_expansion": 5}]
    with pytest.raises(RecordingError, match="one recording with two values of time_expansion; export them"):
        read_calls("a.json", _file(BOX, recordings=twice), "a.wav")
