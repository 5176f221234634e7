"""Columns of frequencies: which of them bound a call, and whether they count hertz or kilohertz."""

from __future__ import annotations

from typing import NamedTuple

from .cells import comma_in, number_in, unquoted
from .grid import Column, Grid

# Pairs of names as `Column.name` has them, the preferred pair first, with the unit that the program behind them writes.
_PAIRS = (
    ("lowfreq", "highfreq", ""),  # Raven says its unit, BatDetect2 and spreadsheets do not
    ("lowfrequency", "highfrequency", ""),  # QUT's end in _hertz
    ("lowf", "highf", ""),  # opensoundscape
    ("bottomfreq", "topfreq", "khz"),  # warbleR, ohun
    ("minfreq", "maxfreq", ""),
    ("minfrequency", "maxfrequency", ""),  # OSmOSE
    ("minimumfrequency", "maximumfrequency", ""),
    ("freqmin", "freqmax", ""),
    ("frequencymin", "frequencymax", ""),
    ("freqlow", "freqhigh", ""),
    ("frequencylow", "frequencyhigh", ""),
    ("fmin", "fmax", ""),  # Kaleidoscope
    ("flow", "fhigh", ""),
    ("minf", "maxf", ""),
    ("minfrq", "maxfrq", ""),  # monitoR
    ("lowerfreq", "upperfreq", ""),
    ("lowerfrequency", "upperfrequency", ""),
    ("lofreq", "hifreq", ""),
    ("bottomfrequency", "topfrequency", ""),
    ("frequencylowerbound", "frequencyupperbound", ""),
)
_WITH_UNIT = (("low", "high"), ("min", "max"), ("lower", "upper"), ("bottom", "top"), ("f1", "f2"))
# APLOSE's box; elsewhere a call that falls begins above where it ends, and the two are measures and no bounds.
_BOX = ("startfrequency", "endfrequency")
_PER_HERTZ = {"hz": 1.0, "khz": 1e-3}


class Band(NamedTuple):
    """Columns of frequencies.

    Attributes
    ----------
    low, high : Column or None
    per_hertz : tuple of float
        How many of their units make a hertz.
    notice : str
        Why the frequencies are left out, if they are.
    """

    low: Column | None = None
    high: Column | None = None
    per_hertz: tuple[float, float] = (1.0, 1.0)
    notice: str = ""


def band_of(grid: Grid, sample_rate: int | None) -> Band:
    """Return the columns of the frequencies between which calls lie.

    Their unit is that of the header, or that of the program whose names they are. Else the whole column decides: hertz
    where kilohertz would lie above the Nyquist frequency, and where both may be, the frequencies are left out.

    Parameters
    ----------
    grid : Grid
    sample_rate : int or None
        Hz; without it a column without unit is in hertz.
    """
    low, high, usual = _columns(grid)
    columns = [column for column in (low, high) if column is not None]
    if not columns:
        return Band()
    units = {column.unit or usual for column in columns} - {""}
    if not units and any(column.name == "detprob" for column in grid.columns):
        units = {"hz"}  # BatDetect2
    bare = [column for column in columns if not (column.unit or usual)]
    highest = max((_largest(grid, column) for column in bare), default=0.0)
    may_be_khz = sample_rate is not None and 0 < highest * 1000 <= sample_rate / 2
    if may_be_khz and not units:
        headers = " and ".join(column.header for column in columns)
        return Band(
            notice=f"{headers} in {grid.name} may be Hz or kHz, so they are left out: write the unit behind the names, "
            "such as low_freq (Hz)."
        )
    default = min(units) if units and (may_be_khz or sample_rate is None) else "hz"  # as the other column says
    per_hertz = [_PER_HERTZ[column.unit or usual or default] if column else 1.0 for column in (low, high)]
    return Band(low, high, (per_hertz[0], per_hertz[1]))


def _columns(grid: Grid) -> tuple[Column | None, Column | None, str]:
    """Return the columns of low and high frequencies, both where there is a pair, and the unit of their program."""
    known, any_unit = ("hz", "khz"), ("", "hz", "khz")
    pairs = [(_named(grid, low, any_unit), _named(grid, high, any_unit), unit) for low, high, unit in _PAIRS]
    pairs += [(_named(grid, low, known), _named(grid, high, known), "") for low, high in _WITH_UNIT]
    whole = [pair for pair in pairs if pair[0] and pair[1]]
    start, end = (_named(grid, name, any_unit) for name in _BOX)
    if start and end and _never_falls(grid, start, end):
        whole.append((start, end, ""))
    # A max freq alone may be that of the greatest amplitude (USVSEG).
    single = [pair for pair in pairs if pair[0] or (pair[1] and not pair[1].name.startswith("max"))]
    return next(iter(whole + single), (None, None, ""))


def _named(grid: Grid, name: str, units: tuple[str, ...]) -> Column | None:
    return next((column for column in grid.named((name,)) if column.unit in units), None)


def _numbers(grid: Grid, column: Column) -> list[float | None]:
    texts = [unquoted(text) for text in grid.texts(column)]
    comma = comma_in(texts)
    return [number_in(text, comma or "thousands") for text in texts]


def _largest(grid: Grid, column: Column) -> float:
    return max((number for number in _numbers(grid, column) if number is not None), default=0.0)


def _never_falls(grid: Grid, low: Column, high: Column) -> bool:
    pairs = zip(_numbers(grid, low), _numbers(grid, high), strict=True)
    return all(bottom is None or top is None or bottom <= top for bottom, top in pairs)
