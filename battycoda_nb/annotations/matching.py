"""Calls found again by times that were written down once: segment files are saved again, sorted, and corrected."""

from __future__ import annotations

import numpy as np

from .calls import Call, Calls

# Segment files are saved again with fewer digits, Raven's with three: half a millisecond is no other call.
TOLERANCE = 0.5e-3  # s


def find_call(calls: Calls, wanted: Call, hint: int) -> int | None:
    """Return the index of the call with these times, or None.

    Parameters
    ----------
    calls : Calls
        Where to look.
    wanted : Call
        Onset and offset as they were, each within `TOLERANCE`. A call of another channel is not meant. Of several the
        nearest is, of those at one time the one with the same channel and frequencies.
    hint : int
        Where it stood then: decides between calls that are the same in all this.
    """
    reach = TOLERANCE + 1e-9
    first, last = np.searchsorted(calls.onsets, [wanted.onset - reach, wanted.onset + reach])

    def distance(index: int) -> tuple[float, bool, bool, int]:
        call = calls[index]
        apart = abs(call.onset - wanted.onset) + abs(call.offset - wanted.offset)
        frequencies = _band(call) != _band(wanted)
        return round(apart, 6), call.channel != wanted.channel, frequencies, abs(index - hint)

    def fits(call: Call) -> bool:
        channels = {call.channel, wanted.channel} - {None}
        return abs(call.offset - wanted.offset) <= reach and len(channels) < 2

    return min((index for index in range(int(first), int(last)) if fits(calls[index])), key=distance, default=None)


def _band(call: Call) -> tuple[float, ...]:
    """Return a call's frequencies to 1 mHz, which a journal keeps in other units; -1 where there is none."""
    return tuple(-1.0 if hertz is None else round(hertz, 3) for hertz in (call.low_freq, call.high_freq))
