"""Time expansion of a recording: whom one believes where its user, its metadata and its segment file speak of it.

A file that plays ten times slower than the animal called has a tenth of the true rate in its header. A user's word
comes first, then GUANO's, WAMD's and that of a segment file; where none says anything the file is taken to be as fast
as the animal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import NamedTuple

from battycoda_nb.signal.requests import MAX_TIME_EXPANSION, check_time_expansion

from .metadata import Metadata

_USUAL = (5, 8, 10, 16, 20)  # another number behind "TE" may be that of a site
_IN_NAME = re.compile(r"(?<![A-Za-z0-9])TE[ _-]?([0-9]{1,3})(?![0-9])")


@dataclass(frozen=True)
class Expansions:
    """What a user says of time expansions.

    Attributes
    ----------
    recording : int or None
        Of the sound; None: as the files say.
    calls : int or None
        The one that the segment file's seconds and Hz have been corrected by; None: as that file says, or else 1.

    Raises
    ------
    RequestError
        If one is no whole number from 1 to 1000.
    """

    recording: int | None = None
    calls: int | None = None

    def __post_init__(self) -> None:
        for field, name in (("recording", "time_expansion"), ("calls", "calls_time_expansion")):
            if getattr(self, field) is not None:
                object.__setattr__(self, field, check_time_expansion(getattr(self, field), name))

    def to_json(self) -> dict[str, int]:
        """Return them as the arguments of `Client.open`, without those that say nothing."""
        values = {"time_expansion": self.recording, "calls_time_expansion": self.calls}
        return {name: value for name, value in values.items() if value is not None}


AS_THE_FILES_SAY = Expansions()


class Claim(NamedTuple):
    """Something that says a time expansion: its words for people, and the value."""

    words: str
    value: float

    @property
    def is_possible(self) -> bool:
        """Whether that is a whole number, but for the last digits of a quotient, and not too large a one."""
        return 1 <= round(self.value) <= MAX_TIME_EXPANSION and abs(self.value / round(self.value) - 1) < 1e-6


def claims_of(
    file_rate: int,
    metadata: Metadata,
    *,
    given: int | None = None,
    segments: int | None = None,
) -> list[Claim]:
    """Return what is said of a recording's time expansion, in the order in which it is believed.

    Parameters
    ----------
    file_rate : int
        Hz, of the file's header. GUANO's Samplerate is a multiple of it; its TE is often left out or wrong, so it comes
        after that.
    metadata : Metadata
    given : int, optional
        By the user.
    segments : int, optional
        By the segment file.
    """
    claims = []
    if given is not None:
        claims.append(Claim(f"time_expansion={given}", given))
    if metadata.guano_samplerate is not None:
        claims.append(
            Claim(f"GUANO's Samplerate of {metadata.guano_samplerate:.10g} Hz", metadata.guano_samplerate / file_rate)
        )
    if metadata.guano_te is not None:
        claims.append(Claim(f"GUANO's TE of {metadata.guano_te:g}", metadata.guano_te))
    if metadata.wamd_te is not None:
        claims.append(Claim(f"WAMD's time expansion of {metadata.wamd_te:g}", metadata.wamd_te))
    if segments is not None:
        claims.append(Claim(f"the segment file's time expansion of {segments}", segments))
    return claims


def decide(claims: list[Claim], *, file_rate: int, name: str = "") -> tuple[int, str]:
    """Return the time expansion to take, and a sentence for the user where not all agree; else the sentence is empty.

    Parameters
    ----------
    claims : list of Claim
        The one that is believed most first.
    file_rate : int
        Hz, of the file's header.
    name : str
        The recording's. Where nothing else is said, what it seems to say is told, and not taken.
    """
    if not claims:
        return 1, _hint(name, file_rate)
    taken = next((claim for claim in claims if claim.is_possible), None)
    value = round(taken.value) if taken else 1
    others = " and ".join(claim.words for claim in claims if not claim.is_possible or round(claim.value) != value)
    if not others:
        return value, ""
    if taken is None:
        return 1, (
            f"This is shown at its header's {file_rate} Hz: {others} fits no whole time expansion. If its "
            "sound is slower than the animal's, say client.open(..., time_expansion=10), or as it is."
        )
    return value, (
        f"A time expansion of {value} was taken, from {taken.words}, which does not agree with {others}. If that is "
        f"wrong, say client.open(..., time_expansion=...)."
    )


def _hint(name: str, file_rate: int) -> str:
    """Return what a name such as ``bat_TE384.wav`` (kHz) or ``bat_TE10.wav`` seems to say."""
    found = _IN_NAME.search(PurePath(name).name)
    if not found:
        return ""
    number = int(found[1])
    factor, rest = divmod(number * 1000, file_rate)
    if rest or factor > 100:
        factor = number if number in _USUAL else 1
    if factor <= 1:
        return ""
    return (
        f"Its name has {found[0]}, and nothing else says a time expansion, so 1 was taken. If its sound is slower than "
        f"the animal's, say client.open(..., time_expansion={factor})."
    )
