"""Whose time expansion is taken, and what the user is told where not all agree."""

from __future__ import annotations

import numpy as np
import pytest

from battycoda_nb.errors import RequestError
from battycoda_nb.recordings.metadata import Metadata
from battycoda_nb.recordings.time_expansion import Expansions, claims_of, decide

FILE_RATE = 38_400


def decided(
    guano: dict[str, str] | None = None, wamd: str = "", given: int | None = None, segments: int | None = None
) -> tuple[int, str]:
    metadata = Metadata(guano or {}, {"Time Expansion": wamd} if wamd else {})
    return decide(claims_of(FILE_RATE, metadata, given=given, segments=segments), file_rate=FILE_RATE)


@pytest.mark.parametrize(
    ("sources", "taken"),
    [
        ({}, 1),
        ({"given": 10}, 10),
        ({"guano": {"Samplerate": "384000"}}, 10),
        ({"guano": {"TE": "10"}}, 10),
        ({"guano": {"TE": "10.0", "Samplerate": "384000.0"}}, 10),
        ({"guano": {"Timestamp": "2020-01-01", "TE": "0"}}, 1),
        ({"guano": {"Samplerate": "38400"}}, 1),
        ({"wamd": "10"}, 10),
        ({"segments": 10}, 10),
        ({"given": 10, "guano": {"TE": "10"}, "wamd": "10", "segments": 10}, 10),
    ],
    ids=str,
)
def test_what_all_agree_on_is_taken_without_a_word(sources: dict[str, object], taken: int) -> None:
    assert decided(**sources) == (taken, "")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sources", "taken", "believed", "doubted"),
    [
        ({"given": 8, "guano": {"TE": "10"}}, 8, "time_expansion=8", "GUANO's TE of 10"),
        ({"guano": {"Samplerate": "384000", "TE": "1"}}, 10, "GUANO's Samplerate of 384000 Hz", "GUANO's TE of 1"),
        ({"guano": {"Samplerate": "38400", "TE": "10"}}, 1, "GUANO's Samplerate of 38400 Hz", "GUANO's TE of 10"),
        ({"guano": {"Samplerate": "400000", "TE": "10"}}, 10, "GUANO's TE of 10", "GUANO's Samplerate of 400000 Hz"),
        ({"guano": {"TE": "2.5"}, "wamd": "10"}, 10, "WAMD's time expansion of 10", "GUANO's TE of 2.5"),
        ({"guano": {"TE": "10"}, "wamd": "8"}, 10, "GUANO's TE of 10", "WAMD's time expansion of 8"),
        ({"wamd": "10", "segments": 1}, 10, "WAMD's time expansion of 10", "the segment file's time expansion of 1"),
    ],
    ids=str,
)
def test_where_sources_disagree_the_notice_says_which_was_taken(
    sources: dict[str, object], taken: int, believed: str, doubted: str
) -> None:
    value, notice = decided(**sources)  # type: ignore[arg-type]
    assert value == taken
    assert f"A time expansion of {taken} was taken, from {believed}, which does not agree with {doubted}." in notice


def test_a_samplerate_that_fits_no_whole_expansion_is_not_taken_and_said() -> None:
    for text in ("400000", "384", "384000000"):
        value, notice = decided({"Samplerate": text})
        assert value == 1 and f"GUANO's Samplerate of {text} Hz fits no whole time expansion" in notice


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("20190612_TE384.wav", 10), ("bat_TE10.wav", 10), ("bat-TE_8.wav", 8), ("TE/bat.wav", 0), ("TE10/bat.wav", 0),
        ("bat_TE1.wav", 0), ("ROUTE10.wav", 0), ("bat_TE500.wav", 0), ("bat.wav", 0),
    ],
)  # fmt: skip
def test_a_name_gives_a_sentence_and_no_expansion(name: str, hint: int) -> None:
    value, notice = decide([], file_rate=FILE_RATE, name=name)
    assert value == 1
    assert f"time_expansion={hint})" in notice if hint else notice == ""


@pytest.mark.parametrize("value", [0, -10, 2.5, 1001, True, "10", float("nan"), float("inf"), None])
def test_what_is_no_expansion_is_refused_by_its_name(value: object) -> None:
    if value is None:
        assert Expansions(None, None).to_json() == {}
        return
    with pytest.raises(RequestError, match=r"^time_expansion="):
        Expansions(value)  # type: ignore[arg-type]
    with pytest.raises(RequestError, match=r"^calls_time_expansion="):
        Expansions(None, value)  # type: ignore[arg-type]


def test_a_whole_number_of_any_type_is_one() -> None:
    assert Expansions(10.0, 5).to_json() == {"time_expansion": 10, "calls_time_expansion": 5}  # type: ignore[arg-type]
    assert Expansions(np.int16(10)) == Expansions(10)  # type: ignore[arg-type]
    assert type(Expansions(10.0).recording) is int  # type: ignore[arg-type]
