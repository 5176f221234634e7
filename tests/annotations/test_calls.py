"""Call and Calls: what they accept, how they are ordered, and what survives the broker."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from battycoda_nb.annotations import calls
from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.errors import RecordingError


def test_a_call_has_a_duration_and_defaults() -> None:
    call = Call(0.25, 0.5)
    assert call.duration == 0.25
    assert (call.label, call.low_freq, call.high_freq, call.channel) == ("", None, None, None)


def test_a_call_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Call(0.1, 0.2).onset = 0.0  # type: ignore[misc]


def test_numbers_of_numpy_become_plain() -> None:
    call = Call(np.float32(0.5), np.int64(1), low_freq=np.int32(20_000), channel=np.int16(1))
    assert [type(value) for value in (call.onset, call.offset, call.low_freq, call.channel)] == [
        float,
        float,
        float,
        int,
    ]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"onset": -0.1}, "onset=-0.1"),
        ({"onset": float("nan")}, "onset=nan"),
        ({"onset": True}, "onset=True"),
        ({"onset": "0.1"}, "onset='0.1'"),
        ({"onset": [0.1]}, "type list"),
        ({"onset": 10**400}, "onset="),
        ({"offset": float("inf")}, "offset=inf"),
        ({"offset": None}, "offset=None"),
        ({"offset": 0.1}, "offset=0.1 s must lie after onset=0.1 s"),
        ({"offset": 0.05}, "offset=0.05 s must lie after onset=0.1 s"),
        ({"low_freq": float("nan")}, "low_freq=nan"),
        ({"high_freq": -1.0}, "high_freq=-1"),
        ({"low_freq": 9e4, "high_freq": 2e4}, "high_freq=20000 Hz must not lie below low_freq=90000 Hz"),
        ({"label": None}, "label must be text"),
        ({"label": "x" * 1001}, "1001 characters"),
        ({"channel": -1}, "channel=-1"),
        ({"channel": 0.5}, "channel=0.5"),
        ({"channel": True}, "channel=True"),
    ],
)
def test_an_impossible_call_is_refused_with_its_values(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(RecordingError) as raised:
        Call(**({"onset": 0.1, "offset": 0.2} | values))  # type: ignore[arg-type]
    assert sentence in str(raised.value)
    assert len(str(raised.value)) < 200


def test_calls_are_sorted_and_ties_keep_their_order() -> None:
    calls = Calls([Call(0.3, 0.4, "c"), Call(0.1, 0.9, "a"), Call(0.1, 0.2, "b")])
    assert calls.labels == ("a", "b", "c")
    assert calls.onsets.tolist() == [0.1, 0.1, 0.3]
    assert calls.offsets.tolist() == [0.9, 0.2, 0.4]


def test_calls_are_a_sequence() -> None:
    items = [Call(0.1 * number, 0.1 * number + 0.05) for number in range(1, 6)]
    calls = Calls(items)
    assert len(calls) == 5
    assert list(calls) == items
    assert calls[0] == items[0]
    assert calls[-1] == items[-1]
    assert calls[1:3] == Calls(items[1:3])
    assert isinstance(calls[::-1], Calls)
    assert items[2] in calls
    assert calls != items
    assert hash(calls) == hash(Calls(items))
    with pytest.raises(IndexError):
        calls[5]


def test_arrays_are_float64_and_read_only() -> None:
    calls = Calls([Call(0, 1)])
    for array in (calls.onsets, calls.offsets, Calls().onsets):
        assert array.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_repr_says_how_many_and_where() -> None:
    assert repr(Calls()) == "no calls"
    assert repr(Calls([Call(0.346, 0.348)])) == "1 call, 0.35 s to 0.35 s"
    assert repr(Calls([Call(0.346, 2.774), Call(1, 2)])) == "2 calls, 0.35 s to 2.77 s"


def test_too_many_calls_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MAX_CALLS", 2)
    with pytest.raises(RecordingError, match="3 calls are more than the 2"):
        Calls([Call(0, 1)] * 3)
    with pytest.raises(RecordingError, match="3 calls are more than the 2"):
        Calls.from_json({"onsets": [0.0] * 3, "offsets": [1.0] * 3})


@pytest.mark.parametrize(
    "calls",
    [
        Calls(),
        Calls([Call(0.1, 0.2)]),
        Calls([Call(0.1, 0.2, "FM \u2013 sweep", 2e4, 9e4, 1), Call(0.3, 0.4), Call(0.5, 0.6, low_freq=1e4)]),
    ],
)
def test_calls_survive_the_broker(calls: Calls) -> None:
    assert Calls.from_json(json.loads(json.dumps(calls.to_json()))) == calls


def test_columns_that_say_nothing_are_not_sent() -> None:
    assert Calls([Call(0.1, 0.2)]).to_json() == {"onsets": [0.1], "offsets": [0.2]}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (None, "dict of columns"),
        ([[0.1, 0.2]], "dict of columns"),
        ({}, "onsets must be a list"),
        ({"onsets": [0.1]}, "offsets must be a list"),
        ({"onsets": "abc", "offsets": [1]}, "onsets must be a list, not 'abc'"),
        ({"onsets": [0.1], "offsets": []}, "0 values of offset for 1 calls"),
        ({"onsets": [0.1], "offsets": [0.2], "labels": ["a", "b"]}, "2 values of label"),
        ({"onsets": [0.1], "offsets": [0.2], "labels": None}, "labels must be a list"),
        ({"onsets": [0.1, 0.2], "offsets": [0.2, 0.1]}, "call 2: offset=0.1 s"),
        ({"onsets": ["0.1"], "offsets": [0.2]}, "call 1: onset='0.1'"),
        ({"onsets": [0.1], "offsets": [0.2], "labels": [{"a": 1}]}, "call 1: the label must be text"),
        ({"onsets": [0.1], "offsets": [0.2], "channels": ["0"]}, "call 1: channel='0'"),
        ({"onsets": [0.1], "offsets": [0.2], "low_freqs": [[]]}, "call 1: low_freq="),
    ],
)
def test_what_arrives_is_not_trusted(data: object, sentence: str) -> None:
    with pytest.raises(RecordingError) as raised:
        Calls.from_json(data)
    assert sentence in str(raised.value)
