"""Columns of frequencies, by the names that programs give them, and their unit."""

from __future__ import annotations

import pytest

from battycoda_nb.annotations.formats.bands import band_of
from battycoda_nb.annotations.formats.grid import parse


def _hertz(table: str, sample_rate: int | None = 48_000) -> tuple[list[float], str]:
    grid = parse("t.csv", table)
    band = band_of(grid, sample_rate)
    (_, row), *_ = grid.rows
    columns = zip((band.low, band.high), band.per_hertz, strict=True)
    return [float(column.text(row)) / per_hertz for column, per_hertz in columns if column], band.notice


@pytest.mark.parametrize(
    "header",
    [
        "low_freq,high_freq", "Low Freq (Hz),High Freq (Hz)", "Low.Freq..Hz.,High.Freq..Hz.", "low_f,high_f",
        "f_low,f_high", "fmin,fmax", "Fmin,Fmax", "low_frequency_hertz,high_frequency_hertz",
        "LowFrequencyHertz,HighFrequencyHertz", "start_frequency,end_frequency", "min.frq,max.frq", "freq_min,freq_max",
        "Min Freq (Hz),Max Freq (Hz)", "low (Hz),high (Hz)", "min_frequency,max_frequency",
    ],
)  # fmt: skip
def test_names_of_frequencies(header: str) -> None:
    assert _hertz(f"{header}\n2000,9000\n") == ([2000, 9000], "")


@pytest.mark.parametrize("header", ["bottom.freq,top.freq", "low_freq_khz,high_freq_khz", "Low (kHz),High (kHz)"])
def test_kilohertz_by_name(header: str) -> None:
    assert _hertz(f"{header}\n2,9\n") == ([2000, 9000], "")
    assert _hertz(f"{header}\n2,9\n", None) == ([2000, 9000], "")


def test_a_whole_column_decides_by_its_size() -> None:
    assert _hertz("fmin,fmax\n20,45\n20000,45000\n", 250_000) == ([20, 45], "")
    assert _hertz("fmin,fmax\n20,24.1\n") == ([20, 24.1], ""), "24.1 kHz lies above Nyquist"


def test_one_unit_counts_for_both_where_it_can() -> None:
    assert _hertz("low_freq (kHz),high_freq\n2,9\n") == ([2000, 9000], "")
    assert _hertz("low_freq (kHz),high_freq\n2,9000\n") == ([2000, 9000], "")
    assert _hertz("low_freq (kHz),high_freq\n2,9\n", None) == ([2000, 9000], "")


def test_where_both_readings_lie_below_nyquist_they_are_left_out_and_that_is_told() -> None:
    found, notice = _hertz("low_f,high_f\n20,45\n", 250_000)
    assert found == []
    assert notice.startswith("low_f and high_f in t.csv may be Hz or kHz, so they are left out: write the unit")
    assert _hertz("low_freq,high_freq,det_prob\n20,45,0.5\n", 250_000) == ([20, 45], ""), "BatDetect2 counts Hz"
    assert _hertz("low_freq,high_freq\n20,45\n", None) == ([20, 45], "")


def test_measures_of_a_call_are_no_bounds() -> None:
    assert _hertz("start_freq,end_freq\n9000,2000\n") == ([], "")
    assert _hertz("start_frequency,end_frequency\n9000,2000\n") == ([], "")
    assert _hertz("maxfreq,maxamp,meanfreq\n9000,1,2\n") == ([], "")
    assert _hertz("peak_freq,bandwidth\n9000,1\n") == ([], "")
