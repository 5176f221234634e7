"""Times, positions and numbers in metadata as recorders write them: taken where they are sure, or not at all."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone

_TIME = re.compile(
    r"(\d{4})[-/.:](\d{1,2})[-/.:](\d{1,2})[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?"
    r"\s*(?:(Z|UTC|GMT)|(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d{2})?)?",
    re.IGNORECASE,
)
_NUMBER = r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?"
_DEGREES = rf"({_NUMBER})\s*°?"
_BETWEEN = r"\s*[,;\s]?\s*"
_END = r"\s*\)?\s*(?:,.*)?"  # a height may follow, also one that is none, such as "(null)"
_SIDES_LAST = re.compile(rf"\(?\s*{_DEGREES}{_BETWEEN}([NS])?{_BETWEEN}(?<=[NS,;\s]){_DEGREES}{_BETWEEN}([EW])?{_END}")
_SIDES_FIRST = re.compile(rf"([NS]){_BETWEEN}{_DEGREES}{_BETWEEN}([EW]){_BETWEEN}{_DEGREES}{_END}")
_DECIMAL_COMMAS = re.compile(r"(-?\d+),(\d+)\s*[;\s]\s*(-?\d+),(\d+)")
_DATUM = re.compile(r"^\s*WGS\s*-?\d*\s*,", re.IGNORECASE)


def time_in(text: str) -> datetime | None:
    """Return the date and time that a text is, with its offset from UTC where it has one; None if it is none."""
    match = _TIME.fullmatch(" ".join(text.split()))
    if not match:  # a date alone is no time of the night
        return None
    *parts, fraction, utc, sign, hours, minutes = match.groups()
    try:
        zone = UTC if utc else None
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
            zone = timezone(-offset if sign == "-" else offset)
        year, month, day, hour, minute, second = (int(part or 0) for part in parts)
        microsecond = int((fraction or "0")[:6].ljust(6, "0"))
        return datetime(year, month, day, hour, minute, second, microsecond, zone)
    except ValueError:  # the 31st of June, an offset of 30 hours
        return None


def position_in(text: str) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees; None if a text has none, or its numbers and sides do not agree."""
    text = _DECIMAL_COMMAS.sub(r"\1.\2 \3.\4", _DATUM.sub("", " ".join(text.split())).upper())
    if match := _SIDES_LAST.fullmatch(text):
        latitude, longitude = _signed(match[1], match[2]), _signed(match[3], match[4])
    elif match := _SIDES_FIRST.fullmatch(text):
        latitude, longitude = _signed(match[2], match[1]), _signed(match[4], match[3])
    else:  # such as minutes and seconds
        return None
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    # A recorder without a fix writes zeros, and no bat has been recorded in the Gulf of Guinea's waters yet.
    return None if latitude == longitude == 0 else (latitude, longitude)


def _signed(text: str, side: str | None) -> float | None:
    """Return degrees with the sign of their side; None if number and side contradict each other."""
    number = float(text)
    if side in ("S", "W"):
        return -abs(number)
    return None if side and number < 0 else number


def positive_in(text: str) -> float | None:
    """Return the number that a text begins with; None if it is not positive and finite."""
    match = re.match(_NUMBER, text.strip())
    number = float(match[0]) if match else math.nan
    return number if 0 < number < math.inf else None
