"""A label finds its call again where a segment file was saved with fewer digits, and no other one."""

from __future__ import annotations

import pytest

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.matching import find_call

CALLS = Calls([Call(0.1, 0.105), Call(0.2, 0.204)])


@pytest.mark.parametrize(("moved", "found"), [(0.0, 1), (0.0005, 1), (-0.0005, 1), (0.00051, None), (-0.00051, None)])
def test_half_a_millisecond_is_the_same_call_and_more_is_none(moved: float, found: int | None) -> None:
    assert find_call(CALLS, Call(0.2 + moved, 0.204), 0) == found
    assert find_call(CALLS, Call(0.2, 0.204 + moved), 0) == found
