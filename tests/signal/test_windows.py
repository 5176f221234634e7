"""The windows against scipy's."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

from battycoda_nb.errors import RequestError
from battycoda_nb.signal.requests import WINDOWS
from battycoda_nb.signal.windows import noise_bandwidth, window_samples


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("length", [16, 255, 256, 300, 1024])
def test_windows_are_scipys(name: str, length: int) -> None:
    expected = scipy.signal.get_window(("tukey", 0.25) if name == "tukey" else name, length)
    assert np.abs(window_samples(name, length) - expected).max() < 1e-7


def test_another_window_is_refused() -> None:
    with pytest.raises(RequestError, match="window='boxcar' is not known"):
        window_samples("boxcar", 256)


def test_noise_bandwidth_is_scipys_density() -> None:
    samples = np.random.default_rng(2).normal(0, 0.1, 5000)
    _, _, spectrum = scipy.signal.spectrogram(samples, 250_000, nperseg=256, scaling="spectrum")
    _, _, density = scipy.signal.spectrogram(samples, 250_000, nperseg=256, scaling="density")
    assert np.allclose(spectrum / noise_bandwidth("tukey", 256, 250_000), density)
