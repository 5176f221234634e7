"""A query is read by its rules, and each refusal has its status."""

from __future__ import annotations

import pytest

from battycoda_nb.errors import ClusterError, RecordingError, RequestError
from battycoda_nb.server.query import Query, Refusal, refused_with

NEEDED = {"wav_path": [b"night/bat.wav"], "call": [b"3"]}


def test_a_query_has_battycodas_defaults() -> None:
    assert Query.read(NEEDED) == Query("night/bat.wav", 3)
    more = {"hash": [b"AB" * 16], "async": [b"true"], "overview": [b"1"], "contrast": [b"2.5"], "token": [b"x"]}
    query = Query.read({**NEEDED, **more, "1764000000000": [b""]})
    assert (query.hash, query.is_async, query.overview, query.contrast) == ("ab" * 16, True, True, 2.5)
    assert query.look(0.1).contrast == 2.5


@pytest.mark.parametrize("text", ["True", "False", "TRUE", "fAlse", "true", "false", "Yes", "no", "1", "0"])
@pytest.mark.parametrize("name", ["overview", "async", "prefetch"])
def test_a_switch_may_be_written_as_python_writes_it(name: str, text: str) -> None:
    query = Query.read({**NEEDED, name: [text.encode()]})
    field = "is_async" if name == "async" else name
    assert getattr(query, field) is (text.lower() in ("true", "yes", "1"))


def test_a_size_is_in_pixels() -> None:
    assert Query.read({**NEEDED, "size": [b"900x500"]}).size == (900, 500)
    assert Query.read(NEEDED).size is None


def test_a_time_expansion_is_part_of_which_recording_is_meant() -> None:
    query = Query.read({**NEEDED, "time_expansion": [b"10"], "calls_time_expansion": [b"5"]})
    assert (query.time_expansion, query.calls_time_expansion) == (10, 5)
    assert len({query.recording, Query.read(NEEDED).recording}) == 2


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        *(
            ({name: [text]}, f"^{name}={text.decode()} must be a whole number from 1 to 1000")
            for name in ("time_expansion", "calls_time_expansion")
            for text in (b"0", b"1001", b"-10", b"ten", b"2.5")
        ),
        ({"overview": [b"2"]}, "overview='2' must be true or false, yes or no, 1 or 0"),
        *(
            ({"size": [size]}, "must be width and height in pixels, 300 to 4000 each, such as 900x500")
            for size in (b"900", b"900x", b"100x500", b"900x5000", b"0900x500x1", b"-900x500", b"large")
        ),
        ({"call": [b"1", b"2"]}, "call is given 2 times"),
        ({"call": [b"\xff"]}, "must be UTF-8"),
        ({"wav_path": [b"../bat.wav"]}, "without '..'"),
        ({"wav_path": [b"attic:/etc/passwd"]}, "must be relative"),
        ({"numcalls": [b"3"]}, "call=3 must be below numcalls=3"),
        ({"contrats": [b"4"]}, "'contrats' is no parameter here"),
    ],
    ids=str,
)
def test_a_value_that_breaks_its_rule_is_named(arguments: dict[str, list[bytes]], rule: str) -> None:
    with pytest.raises(RequestError, match=rule):
        Query.read({**NEEDED, **arguments})


def test_what_is_wrong_with_the_recording_is_refused_with_its_sentence_and_code() -> None:
    with pytest.raises(Refusal) as refusal, refused_with(422):
        raise RecordingError("There is no file", code="missing")
    assert (refusal.value.status, refusal.value.message, refusal.value.code) == (404, "There is no file", "missing")
    with pytest.raises(Refusal) as refusal, refused_with(422):
        raise RequestError("It is digital silence")
    assert refusal.value.status == 422


def test_what_is_wrong_with_the_cluster_is_not_the_questions_fault() -> None:
    with pytest.raises(ClusterError), refused_with(422):
        raise ClusterError("No worker has been heard of lately", code="no-worker")
