"""Colours of levels: the contrast by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from battycoda_nb.display.colours import Look, brightness


@pytest.mark.parametrize("contrast", [0.0, 2.5, 4.0, 8.0])
def test_the_contrast_is_half_as_bright_as_can_be_where_its_product_is_one(contrast: float) -> None:
    look, enbw = Look(mapping="contrast", contrast=contrast, rms=0.05), 1500.0
    middle = 10 * math.log10(10**-contrast * enbw * 0.05**2)
    values = np.array([-math.inf, middle - 10, middle, middle + 10, math.inf])
    expected = [0, math.atan(0.1) / (math.pi / 2), 0.5, math.atan(10) / (math.pi / 2), 1]
    assert brightness(values, look, low=-127.5, step=0.5, enbw=enbw) == pytest.approx(expected)


def test_the_range_is_linear_in_db_from_its_lowest_to_its_highest_level() -> None:
    look = Look(mapping="range", low=-80.0, high=0.0, reference=-10.0)
    values = np.array([-120.0, -90.0, -50.0, -10.0, 0.0])
    assert brightness(values, look, low=-127.5, step=0.5, enbw=1500.0) == pytest.approx([0, 0, 0.5, 1, 1])
