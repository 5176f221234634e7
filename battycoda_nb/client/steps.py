"""The steps of a recording: its calls, or windows of one length where it has none."""

from __future__ import annotations

import math
import warnings
from itertools import pairwise
from typing import TYPE_CHECKING

from battycoda_nb.annotations.calls import MAX_CALLS, Call, Calls
from battycoda_nb.errors import RequestError
from battycoda_nb.recordings.listing import Listed

STEP = 1.0  # s: how much a step shows of a recording without calls
SHORTEST = 0.020  # s: a last piece below this, or below one transform, is joined to the window before
LONGEST = 3600.0  # s
_TRANSFORM = 256  # samples


class Stepped:
    """A recording or a sequence of them, whose `step_length` can be had by its old name too."""

    step_length: float

    if not TYPE_CHECKING:  # to mypy each name would be there

        def __getattr__(self, name: str) -> float:  # and no property, which <TAB> would offer
            if name != "window":
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            warnings.warn(".window is now .step_length", DeprecationWarning, stacklevel=2)
            return self.step_length


def check_step(step: object) -> float:
    """Return the length of a step in s; raise a `RequestError` that says which lengths there are for any other."""
    if isinstance(step, bool) or not isinstance(step, int | float) or not SHORTEST <= step <= LONGEST:
        raise RequestError(
            f"step={str(step)[:40]} must be a number of seconds from {SHORTEST:g} to {LONGEST:g}: how much one "
            "step shows of a recording without calls"
        )
    return float(step)


def count_windows(frames: int, sample_rate: int, step: float) -> int:
    """Return how many consecutive windows of `step` s cover `frames` samples; at least one."""
    span = step * sample_rate
    count = max(math.ceil(frames / span - 1e-9), 1)
    last = frames - round((count - 1) * span)
    return count - 1 if count > 1 and last < max(SHORTEST * sample_rate, _TRANSFORM) else count


def windows(frames: int, sample_rate: int, step: float) -> Calls:
    """Return consecutive windows of `step` s that cover a recording; the last one ends with it.

    Raises
    ------
    RequestError
        If there are more than a recording may have calls.
    """
    count = count_windows(frames, sample_rate, step)
    if count > MAX_CALLS:
        raise RequestError(f"step={step:g} s makes {count} windows, more than {MAX_CALLS}: use a longer one")
    edges = [index * step for index in range(count)] + [frames / sample_rate]
    return Calls(Call(onset, offset) for onset, offset in pairwise(edges))


def steps_listed(entry: Listed, step: float, *, with_calls: bool = True) -> int:
    """Return how many steps a recording of a list has; one where it could not be read: there its problem is said."""
    if entry.problem and (with_calls or not entry.frames):  # else it is the segment file that could not be read
        return 1
    if with_calls and entry.calls:
        return entry.calls
    return count_windows(entry.frames, entry.sample_rate, step) if entry.sample_rate > 0 else 1
