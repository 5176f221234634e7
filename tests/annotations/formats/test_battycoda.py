"""BattyCoda's pickles: all that it and its users have written, and what is no segment file."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np
import pytest

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats.read import read_calls

Refusal = Callable[..., str]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("make", [np.array, list, tuple], ids=["array", "list", "tuple"])
def test_battycodas_dict(protocol: int, make: object) -> None:
    content = {
        "threshold": 5.0,
        "onsets": make([0.3, 0.1]),  # type: ignore[operator]
        "offsets": make([0.4, 0.2]),  # type: ignore[operator]
        "labels": [],
        "startFrq": [],
    }
    calls = read_calls("bat.wav.pickle", pickle.dumps(content, protocol=protocol))
    assert calls == Calls([Call(0.1, 0.2), Call(0.3, 0.4)])


@pytest.mark.parametrize("make", [list, tuple])
def test_battycodas_older_list_of_two(make: type) -> None:
    content = make([np.array([0.1, 0.3]), np.array([0.2, 0.4])])
    assert read_calls("bat.wav.pickle", pickle.dumps(content)) == Calls([Call(0.1, 0.2), Call(0.3, 0.4)])


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (None, ("", "")),
        ([], ("", "")),
        (np.array([]), ("", "")),
        (["FM", "CF"], ("FM", "CF")),
        (("FM", None), ("FM", "")),
        (["FM"], ("FM", "")),  # the second call is not judged yet
        ([b"caf\xe9", " CF "], ("café", "CF")),
        (np.array(["FM", "CF"]), ("FM", "CF")),
        (np.array([1, 2]), ("1", "2")),
        ([np.str_("FM"), float("nan")], ("FM", "")),
        ([{"type_call": "Echo", "confidence": "90"}, {"type_call": "FM"}], ("Echo", "FM")),
        (["a\ud800", "b"], ("a?", "b")),
    ],
)
def test_battycodas_labels(labels: object, found: tuple[str, str]) -> None:
    content = {"onsets": [0.1, 0.3], "offsets": [0.2, 0.4], "labels": labels}
    assert read_calls("bat.wav.pickle", pickle.dumps(content)).labels == found


def test_labels_follow_their_calls_when_sorted() -> None:
    content = {"onsets": [0.3, 0.1], "offsets": [0.4, 0.2], "labels": ["late", "early"]}
    assert read_calls("a.pickle", pickle.dumps(content)).labels == ("early", "late")


@pytest.mark.parametrize("shape", [(-1, 1), (1, -1)])
def test_a_row_or_a_column_of_times(shape: tuple[int, int]) -> None:
    content = {"onsets": np.array([0.1, 0.3]).reshape(shape), "offsets": np.array([0.2, 0.4]).reshape(shape)}
    assert len(read_calls("a.pickle", pickle.dumps(content))) == 2


@pytest.mark.parametrize("empty", [[], np.array([]), np.zeros((0, 0)), np.array([], dtype=np.int64)])
def test_a_pickle_without_calls(empty: object) -> None:
    assert read_calls("a.pickle", pickle.dumps({"onsets": empty, "offsets": empty})) == Calls()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({}, "has no onsets and no offsets (it has nothing)"),
        ({"onsets": [0.1], "ends": [0.2]}, "has no offsets (it has onsets, ends)"),
        ([1, 2, 3], "holds a list"),
        (None, "holds nothing"),
        (3.5, "holds a number"),
        ("onsets", "holds text"),
        (np.zeros(2), "holds a value of type ndarray"),
        ({"onsets": [0.1], "offsets": [0.2, 0.3]}, "has 1 onsets and 2 offsets"),
        ({"onsets": 0.1, "offsets": 0.2}, "has a number as onsets"),
        ({"onsets": [[0.1]], "offsets": [0.2]}, "call 1: onset=a value of type list"),
        ({"onsets": ["0.1"], "offsets": [0.2]}, "call 1: onset='0.1'"),
        ({"onsets": np.array(["0.1"]), "offsets": [0.2]}, "onsets of type <U3"),
        ({"onsets": np.array([True]), "offsets": [0.2]}, "onsets of type bool"),
        ({"onsets": np.zeros((2, 2)), "offsets": np.ones((2, 2))}, "onsets of shape (2, 2)"),
        ({"onsets": np.array(0.1), "offsets": np.array(0.2)}, "onsets of shape ()"),
        ({"onsets": [0.4, 0.4], "offsets": [0.3, 0.2]}, "call 1: offset=0.3 s must lie after onset=0.4 s"),
        ({"onsets": [float("nan")], "offsets": [0.2]}, "call 1: onset=nan"),
        ({"onsets": [10**5000], "offsets": [0.3]}, "call 1: onset="),
        ({"onsets": [-0.1], "offsets": [0.3]}, "call 1: onset=-0.1"),
        ({"onsets": [0.1], "offsets": [0.2], "labels": ["a", "b"]}, "has 2 labels for 1 calls"),
        ({"onsets": [0.1], "offsets": [0.2], "labels": "FM"}, "has text as labels"),
        ({"onsets": [0.1], "offsets": [0.2], "labels": [["FM"]]}, "call 1: its label is a list"),
        ({"onsets": [0.1], "offsets": [0.2], "labels": [{"type_call": []}]}, "call 1: its label is a list"),
        ({"onsets": [0.1], "offsets": [0.2], "labels": [10**5000]}, "call 1: its label is a number"),
        ({"onsets": [0.1], "offsets": [0.2], "labels": ["x" * 2000]}, "its label has 2000 characters"),
        ({"\ud800\x1b" * 99: 1}, "(it has ????"),
    ],
)
def test_a_pickle_that_is_not_segments(content: object, sentence: str, refused: Refusal) -> None:
    assert sentence in refused("bat.wav.pickle", pickle.dumps(content))


def test_a_pickle_with_a_wish_is_refused_by_name(refused: Refusal) -> None:
    assert "asks for os.system" in refused("bat.wav.pickle", b"cos\nsystem\n(S'true'\ntR.")
