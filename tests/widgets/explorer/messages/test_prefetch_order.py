"""The order in which a user's next pictures are asked for."""

from __future__ import annotations

from typing import Any

import pytest

from battycoda_nb.signal.transform import Transform
from battycoda_nb.widgets.explorer.messages.describe import Key
from battycoda_nb.widgets.explorer.messages.prefetch_order import neighbours

HERE = Key(call=50, channel=0, overview=False, transform=Transform())


def order(here: Key = HERE, **options: Any) -> list[Key]:
    given: dict[str, Any] = {"count": 600, "channels": 1, "forward": True, "ahead": 4, "behind": 2, **options}
    return neighbours(here, **given)


def calls(keys: list[Key]) -> list[int]:
    """The calls of the view on the screen."""
    return [key.call for key in keys if key.overview == HERE.overview and key.channel == HERE.channel]


@pytest.mark.parametrize(
    ("here", "options", "expected"),
    [
        (50, {}, [51, 52, 49, 53, 54, 48]),
        (50, {"forward": False}, [49, 48, 51, 47, 46, 52]),
        (50, {"ahead": 0, "behind": 0}, []),
        (50, {"ahead": 1, "behind": 3}, [51, 49, 48, 47]),
        (0, {}, [1, 2, 3, 4]),
        (0, {"forward": False}, [1, 2]),
        (599, {}, [598, 597]),
        (0, {"count": 1}, []),
    ],
    ids=str,
)
def test_the_calls_ahead_come_first_in_the_direction_of_travel(
    here: int, options: dict[str, Any], expected: list[int]
) -> None:
    assert calls(order(HERE._replace(call=here), **options)) == expected


def test_the_other_views_of_the_call_come_after_three_calls() -> None:
    here = HERE._replace(channel=1)
    assert order(here, channels=3)[3:6] == [
        here._replace(overview=True), here._replace(channel=0), here._replace(channel=2),
    ]  # fmt: skip
    assert order(HERE._replace(overview=True))[3] == HERE  # from the overview the detail view


def test_what_the_filmstrip_shows_is_of_detail_views_and_comes_before_the_other_views() -> None:
    here = HERE._replace(overview=True)
    found = order(here, film=[80, 81])
    assert found[3:6] == [HERE._replace(call=80), HERE._replace(call=81), HERE]


@pytest.mark.parametrize("forward", [True, False])
def test_nothing_is_asked_for_twice(forward: bool) -> None:
    found = order(film=[49, 51, 51, 90], forward=forward, channels=8)
    assert len(found) == len(set(found)) == 6 + 1 + 1 + 7
    assert {key.transform for key in found} == {HERE.transform}
