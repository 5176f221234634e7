"""Times and frequencies of segment files to the animal's, and back.

Raven, Audacity and what else does not know of time expansion counts the seconds and Hz that a file has by its header.
BatDetect2 corrects them by the time expansion that its user gave, and writes that down. Within BattyCoda NB a second is
always the animal's.
"""

from __future__ import annotations

from dataclasses import replace

from battycoda_nb.errors import RecordingError

from .calls import Calls

_ROUNDED = 1.0  # Hz by which a table's frequencies may lie above Nyquist


def check_frequencies(calls: Calls, name: str, *, file_rate: int, given: int | None = None) -> None:
    """Refuse the calls of a segment file that counts by another time expansion than it is taken to.

    Parameters
    ----------
    calls : Calls
        As they stand in the file.
    name : str
        The file's, for the message.
    file_rate : int
        Hz, of the recording's header.
    given : int, optional
        The time expansion that the user says the file counts by.

    Raises
    ------
    RecordingError
        If a frequency lies above Nyquist; of a file that says itself what it counts by only where the whole call does,
        since BatDetect2 estimates the upper edge.
    """
    counted = counted_by(calls, given)
    nyquist = file_rate * counted / 2
    says = given is None and calls.time_expansion is not None
    for number, call in enumerate(calls, start=1):
        hertz = max(call.low_freq or 0.0, 0.0 if says else call.high_freq or 0.0)
        if hertz > nyquist + _ROUNDED:
            as_what = "the file's own seconds and hertz" if counted == 1 else f"a time expansion of {counted}"
            raise RecordingError(
                f"{name}: call {number} has {hertz:g} Hz, above the {nyquist:g} Hz that the recording can hold by "
                f"{as_what}; correct it, or where the file counts the animal's, say by which time expansion: "
                "client.open(..., calls_time_expansion=10)"
            )


def counted_by(calls: Calls, given: int | None = None) -> int:
    """Return the time expansion that the numbers of a segment file were corrected by: as given, as it says, else 1."""
    return given or calls.time_expansion or 1


def rescaled(calls: Calls, *, counted: int, time_expansion: int) -> Calls:
    """Return calls that were corrected by one time expansion as they are by another.

    To the animal's seconds and Hz: ``counted=counted_by(calls)``, and the recording's `time_expansion`. To the file's
    own: the recording's as `counted`, and ``time_expansion=1``.
    """
    if counted == time_expansion:
        return calls

    def hertz(value: float | None) -> float | None:
        return None if value is None else round(value * time_expansion / counted, 6)

    def seconds(value: float) -> float:
        return round(value * counted / time_expansion, 12)

    return Calls(
        replace(
            call,
            onset=seconds(call.onset),
            offset=seconds(call.offset),
            low_freq=hertz(call.low_freq),
            high_freq=hertz(call.high_freq),
        )
        for call in calls
    )
