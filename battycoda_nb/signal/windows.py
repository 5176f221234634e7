"""The windows of a transform, periodic, as scipy.signal.get_window makes them, without its import of over a second."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from battycoda_nb.errors import RequestError

# Coefficients of cosine sums (Harris 1978): hann, hamming, and his 4-term window with side lobes below -92 dB.
_COSINES = {
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackmanharris": (0.35875, 0.48829, 0.14128, 0.01168),
}


@lru_cache(maxsize=32)
def window_samples(name: str, length: int) -> np.ndarray:
    """Return the periodic window of that name.

    Returns
    -------
    np.ndarray [shape=(length,), dtype=float32]
        Read-only.

    Raises
    ------
    RequestError
        If there is no window of that name.
    """
    n = np.arange(length)
    if name in _COSINES:
        terms = (
            (-1) ** order * factor * np.cos(2 * np.pi * order * n / length)
            for order, factor in enumerate(_COSINES[name])
        )
        window = np.sum(list(terms), axis=0)
    elif name == "tukey":
        # A tapered cosine over a quarter of the length, periodic: of length + 1, less the last.
        taper = 0.25 * length / 2
        edge = np.minimum(n, length - n)
        window = np.where(edge < taper, 0.5 - 0.5 * np.cos(np.pi * edge / taper), 1.0)
    else:
        raise RequestError(f"window={name!r} is not known")
    window = window.astype(np.float32)
    window.flags.writeable = False
    return window


@lru_cache(maxsize=32)
def noise_bandwidth(name: str, length: int, sample_rate: int) -> float:
    """Return the equivalent noise bandwidth of the window in Hz: power divided by it is power per hertz."""
    window = window_samples(name, length).astype(np.float64)
    return float(sample_rate * np.sum(window**2) / np.sum(window) ** 2)
