"""Cells of tables: what counts as missing, and what a comma in a number parts."""

from __future__ import annotations

import pytest

from battycoda_nb.annotations.formats.cells import (
    DECIMAL,
    MISSING,
    THOUSANDS,
    added,
    comma_in,
    ending,
    number_in,
    present,
)


@pytest.mark.parametrize("text", ["NA", " NA ", "NaN", "nan", "<NA>", "None", "null", "#N/A", "#DIV/0!", "NaT", ""])
def test_missing_values_of_r_pandas_and_spreadsheets_are_empty(text: str) -> None:
    assert text.strip() in MISSING and present(text) == ""


@pytest.mark.parametrize("text", ["Na", "NA?", "none of them", "0", "n", "-"])
def test_what_only_looks_missing_is_kept(text: str) -> None:
    assert present(f" {text} ") == text


@pytest.mark.parametrize(
    ("texts", "comma"),
    [
        (["1.5", "20,000"], THOUSANDS),
        (["1.5", "2.5", "1,234,567.8"], THOUSANDS),
        (["1,5", "2,5"], DECIMAL),
        (["1,5", "20,000"], DECIMAL),
        (["0,125", "20,000"], DECIMAL),
        (["1,500", "2,500"], None),
        (["1", "2"], None),
        (["call 1.5", "1,500"], None),
    ],
)
def test_what_the_commas_of_a_row_part(texts: list[str], comma: str | None) -> None:
    assert comma_in(texts) == comma


@pytest.mark.parametrize(
    ("text", "comma", "number"),
    [
        ("20,000", THOUSANDS, 20_000), ("20,000", DECIMAL, 20), ("20,000", None, None), ("1,234,567", None, 1_234_567),
        ("1,234.5", None, 1234.5), ("0,5", THOUSANDS, 0.5), ("-1,5", None, -1.5), ("1e3", None, 1000),
        ("1.000,5", None, None), ("1,5,5", None, None), ("1_0", None, None), ("", None, None), ("1e9999", None, None),
        ("12,34.5", THOUSANDS, None), ("١٢", None, None), ("0x10", None, None), ("inf", None, None), (".5", None, 0.5),
    ],
)  # fmt: skip
def test_a_number_or_none(text: str, comma: str | None, number: float | None) -> None:
    assert number_in(text, comma) == number


def test_sums_are_those_of_the_digits() -> None:
    assert added("0.1", "0.2") == 0.3 and added("1.1", "0.2") == 1.3
    assert added("0,1", "0.2") is added("1", "x") is None


@pytest.mark.parametrize(("name", "last"), [("a.WAV", "wav"), ("a", ""), (".wav", ""), ("a.b.flac", "flac")])
def test_endings(name: str, last: str) -> None:
    assert ending(name) == last
