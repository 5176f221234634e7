"""Cells of tables: missing values, and numbers with points, with commas, and with commas between thousands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Context, Decimal

# As R, pandas and spreadsheets write a cell without a value (pandas.read_csv's list, and Excel's errors).
MISSING = frozenset(
    (
        "", "NA", "N/A", "n/a", "<NA>", "NaN", "nan", "-NaN", "-nan", "NaT", "None", "NULL", "null", "#NA", "#N/A",
        "#N/A N/A", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?",
        "#NUM!", "#NV", "NA_character_", "NA_real_", "NA_integer_",
    )
)  # fmt: skip

# Endings of sound files, and of what programs put beside them.
AUDIO = frozenset(
    [
        "wav",
        "wave",
        "flac",
        "mp3",
        "ogg",
        "oga",
        "opus",
        "aif",
        "aiff",
        "aifc",
        "au",
        "snd",
        "caf",
        "w64",
        "rf64",
        "wv",
        "m4a",
        "aac",
        "wma",
        "wac",
        "w4v",
        "ac",
        "zc",
        "cbin",
        "sph",
    ]
)
BESIDE = frozenset(
    [
        "csv",
        "tsv",
        "txt",
        "json",
        "xml",
        "mat",
        "npy",
        "npz",
        "annot",
        "lab",
        "labels",
        "textgrid",
        "pickle",
        "pkl",
        "png",
        "jpg",
        "xls",
        "xlsx",
    ]
)

# Possessive: a cell of ten thousand digits and a letter would take seconds else.
NUMBER = re.compile(r"[+-]?([0-9]++(\.[0-9]*+)?|\.[0-9]++)(e[+-]?[0-9]{1,3})?", re.ASCII | re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?([0-9]+,[0-9]*|,[0-9]+)(e[+-]?[0-9]{1,3})?", re.ASCII | re.IGNORECASE)

EXACT = Context(prec=400)  # digits: any two floats are added without rounding
DECIMAL, THOUSANDS = "decimal", "thousands"


def present(text: str) -> str:
    """Return the text of a cell, or "" where it stands for a missing value."""
    text = text.strip()
    return "" if text in MISSING else text


def unquoted(text: str) -> str:
    """Return the text of a cell without the quotation marks around it."""
    return text[1:-1].replace('\\"', '"').replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else text


def ending(text: str) -> str:
    """Return the ending of a file's name in lower case, without its point; "" where there is none."""
    stem, _, last = text.rpartition(".")
    return last.casefold() if stem else ""


def comma_in(texts: Iterable[str]) -> str | None:
    """Return what commas part in numbers that were written together: `DECIMAL`, `THOUSANDS`, or None: cannot be told.

    A comma that cannot part thousands (0,5 or 20,00) is a decimal one; where points are decimal, a comma parts
    thousands; 1,500 alone may be either.
    """
    points = False
    for text in texts:
        if "," in text and not _THOUSANDS.fullmatch(text) and _DECIMAL.fullmatch(text):
            return DECIMAL
        points = points or ("." in text and (NUMBER.fullmatch(text) or _THOUSANDS.fullmatch(text)) is not None)
    return THOUSANDS if points else None


def number_in(text: str, comma: str | None) -> float | None:
    """Return the number in a cell; None where it is none, or where nobody can tell what its comma parts.

    Parameters
    ----------
    text : str
    comma : str or None
        What a comma parts where the cell itself leaves both open, as `comma_in` has it.
    """
    if "," not in text:
        return float(text) if NUMBER.fullmatch(text) else None
    if _THOUSANDS.fullmatch(text) and comma != DECIMAL:
        return None if comma is None and "." not in text and text.count(",") == 1 else float(text.replace(",", ""))
    return float(text.replace(",", ".")) if _DECIMAL.fullmatch(text) else None


def added(onset: str, duration: str) -> float | None:
    """Return the sum of two numbers as if they had been added by hand (0.1 and 0.2 are 0.3); None if one is none."""
    if not (NUMBER.fullmatch(onset) and NUMBER.fullmatch(duration)):
        return None
    return float(EXACT.add(Decimal(onset), Decimal(duration)))
