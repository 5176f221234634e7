"""Calls found again: within half a millisecond, in their own channel, and of several the nearest."""

from __future__ import annotations

import pytest

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.matching import find_call

CALLS = Calls([Call(0.1, 0.105), Call(0.2, 0.204), Call(0.2004, 0.2044), Call(0.3, 0.303)])


@pytest.mark.parametrize(
    ("onset", "offset", "index"),
    [
        (0.1, 0.105, 0), (0.1005, 0.1045, 0), (0.1006, 0.105, None), (0.1, 0.1056, None), (0.2, 0.204, 1),
        (0.2003, 0.2043, 2), (0.1999, 0.2039, 1), (0.29999, 0.30301, 3), (0.4, 0.41, None),
    ],
)  # fmt: skip
def test_the_nearest_within_the_tolerance_is_meant(onset: float, offset: float, index: int | None) -> None:
    assert find_call(CALLS, Call(onset, offset), hint=0) == index


def test_a_call_of_another_channel_is_not_meant() -> None:
    calls = Calls([Call(0.1, 0.2, channel=1)])
    assert find_call(calls, Call(0.1, 0.2, channel=0), hint=0) is None
    assert find_call(calls, Call(0.1, 0.2, channel=1), hint=0) == 0
    assert find_call(calls, Call(0.1, 0.2), hint=0) == 0, "a file without channels may be any"


def test_of_calls_at_one_time_the_one_with_the_same_band_is_meant_and_else_the_one_that_stood_there() -> None:
    calls = Calls([Call(0.1, 0.2), Call(0.1, 0.2, low_freq=1000, high_freq=2000), Call(0.1, 0.2), Call(0.1, 0.2)])
    assert find_call(calls, Call(0.1, 0.2, low_freq=1000, high_freq=2000), hint=3) == 1
    assert [find_call(calls, Call(0.1, 0.2), hint=hint) for hint in (0, 2, 3)] == [0, 2, 3]


@pytest.mark.parametrize(("moved", "found"), [(0.0, 1), (0.0005, 1), (-0.0005, 1), (0.00051, None), (-0.00051, None)])
def test_half_a_millisecond_is_the_same_call_and_more_is_none(moved: float, found: int | None) -> None:
    calls = Calls([Call(0.1, 0.105), Call(0.2, 0.204)])
    assert find_call(calls, Call(0.2 + moved, 0.204), 0) == found
    assert find_call(calls, Call(0.2, 0.204 + moved), 0) == found
