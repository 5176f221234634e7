"""The order in which pictures are asked for before the user gets to them."""

from __future__ import annotations

from collections.abc import Iterable

from .describe import Key

FIRST = 3  # calls before all else: the next two, and the one that the user came from


def neighbours(
    here: Key, *, count: int, channels: int, forward: bool, ahead: int, behind: int, film: Iterable[int] = ()
) -> list[Key]:
    """Return the pictures that the user may look at next, the likeliest first; none of them twice.

    First three calls, of which one is behind where there is one; then what the filmstrip shows, the other view and the
    other channels of the call on the screen; then the other calls, those ahead before those behind.

    Parameters
    ----------
    here : Key
        The picture on the screen.
    count, channels : int
        How many calls there are, and how many channels are worth a look.
    forward : bool
        Whether the user goes to later calls: "ahead" is that way.
    ahead, behind : int
        How many calls to ask for on either side.
    film : iterable of int
        The calls that the filmstrip shows, which is of detail views, and has no picture of.

    Examples
    --------
    >>> from battycoda_nb.signal.transform import Transform
    >>> here = Key(call=5, channel=0, overview=False, transform=Transform())
    >>> order = neighbours(here, count=600, channels=1, forward=True, ahead=4, behind=2)
    >>> [(key.call, key.overview) for key in order]
    [(6, False), (7, False), (4, False), (5, True), (8, False), (9, False), (3, False)]
    """
    on = 1 if forward else -1
    later = [here.call + on * n for n in range(1, ahead + 1)]
    earlier = [here.call - on * n for n in range(1, behind + 1)]
    calls = (*later[:2], *earlier[:1], *later[2:], *earlier[1:])
    steps = [here._replace(call=call) for call in calls if 0 <= call < count]
    others = [here._replace(overview=not here.overview)]
    others += [here._replace(channel=channel) for channel in range(channels) if channel != here.channel]
    shown = [here._replace(call=call, overview=False) for call in film]
    return list(dict.fromkeys([*steps[:FIRST], *shown, *others, *steps[FIRST:]]))
