"""A spectrogram as a user holds it: its numbers have their units, and its axes are where the sound is."""

from __future__ import annotations

import numpy as np
import pytest

from battycoda_nb.display.viewport import extent
from battycoda_nb.signal.requests import SpectrogramRequest
from battycoda_nb.signal.spectrogram import Spectrogram
from battycoda_nb.signal.stft import compute_levels

HASH = "0" * 32


def spectrogram_of(samples: np.ndarray, request: SpectrogramRequest, rate: int = 250_000) -> Spectrogram:
    levels, low, step, _, _ = compute_levels(lambda start, stop: samples[start:stop], request, sample_rate=rate)
    return Spectrogram(levels, request, rate, low, step)


@pytest.mark.parametrize("rate", [44_100, 250_000, 500_000])
def test_a_full_scale_sine_reads_minus_3_db_where_it_should(rate: int) -> None:
    n_fft, bin = 256, 40
    onset, stop = 2000, 4000
    samples = np.zeros(6000, np.float32)
    samples[onset:stop] = np.sin(2 * np.pi * bin / n_fft * np.arange(stop - onset))
    request = SpectrogramRequest(HASH, 0, 0, len(samples))
    spec = spectrogram_of(samples, request, rate)
    row, column = np.unravel_index(spec.db.argmax(), spec.db.shape)
    assert spec.db.max() == pytest.approx(-3.01, abs=0.3)
    assert spec.frequencies[row] == pytest.approx(bin * rate / n_fft)
    assert onset / rate <= spec.times[column] <= stop / rate
    # half of its power is reached when half of a frame lies within the tone: right to half a column
    edge = spec.times[np.flatnonzero(spec.db[bin] > -3.01 - 6.02)[0]]
    assert edge == pytest.approx(onset / rate, abs=(request.hop_length / 2 + 2) / rate)


@pytest.mark.parametrize(
    ("n_fft", "hop", "pool", "scale"),
    [(1024, 16, 1, "linear"), (256, 64, 4, "linear"), (8192, 32, 1, "mel"), (8192, 64, 5, "mel"), (512, 16, 3, "pcen")],
)
def test_a_tone_is_found_at_its_time_and_frequency(n_fft: int, hop: int, pool: int, scale: str) -> None:
    samples = np.random.default_rng(1).normal(0, 1e-4, 40_000).astype(np.float32)
    onset, offset, frequency = 21_000, 22_000, 40_000
    samples[onset:offset] += 0.5 * np.sin(2 * np.pi * frequency / 250_000 * np.arange(offset - onset))
    spec = spectrogram_of(samples, SpectrogramRequest(HASH, 0, 0, 40_000, "hann", 256, n_fft, hop, pool, scale))
    row = spec.db.max(axis=1).argmax()
    assert spec.frequencies[row] == pytest.approx(frequency, rel=0.03)
    loud = spec.times[spec.db[row] > (spec.db.max() - 10 if spec.unit == "dB" else spec.db.max() / 2)]
    reach = (128 + pool * hop) / 250_000
    assert onset / 250_000 - reach < loud[0] and loud[-1] < offset / 250_000 + reach
    assert loud[0] < onset / 250_000 + reach
    assert spec.unit == ("PCEN" if scale == "pcen" else "dB")
    assert (len(spec.frequencies), len(spec.times)) == spec.db.shape
    assert spec.enbw == pytest.approx(1.5 * 250_000 / 256)


@pytest.mark.parametrize("pool", [1, 2, 5, 300])
@pytest.mark.parametrize("stop", [30_000, 30_001, 30_099, 30_255, 34_321])
def test_every_column_lies_inside_the_samples(stop: int, pool: int) -> None:
    """Of a pooled one too, whose last column may stand for less than the others."""
    request = SpectrogramRequest(HASH, 0, 25_000, stop, hop_length=200, pool=pool)
    spec = spectrogram_of(np.random.default_rng(0).normal(0, 0.1, stop).astype(np.float32), request)
    half = min(pool * 200, 256) / 2 / 250_000
    assert len(spec.times) == request.columns
    assert (np.diff(spec.times) > 0).all()
    assert spec.times[0] >= 25_000 / 250_000 and spec.times[-1] <= stop / 250_000 - half + 1e-9
    click = np.zeros(stop, np.float32)
    click[stop - 100 :] = 0.5 * (-1.0) ** np.arange(100)
    assert spectrogram_of(click, request).db.max(axis=0).argmax() == request.columns - 1
    assert spec.plot().get_xlim()[1] <= stop / 250 + 1e-9
    assert extent(request, 250_000).right <= stop / 250_000


def test_a_spectrogram_shows_itself_with_its_axes() -> None:
    request = SpectrogramRequest(HASH, 0, 25_000, 30_000)
    spec = Spectrogram(np.full((129, 298), 100, np.uint8), request, 250_000, -127.5, 0.5, onset=0.11, title="call 1")
    axes = spec.plot()
    left, right, bottom, top = axes.images[0].get_extent()
    step = 16 / 250_000
    assert left == pytest.approx((spec.times[0] - step / 2 - 0.11) * 1e3)
    assert right == pytest.approx((spec.times[0] + 297.5 * step - 0.11) * 1e3)
    assert spec.times[-1] == pytest.approx((30_000 - 128) / 250_000), "the frame that ends with the samples"
    assert (bottom, top) == pytest.approx((-0.48828125, 125.48828125))
    assert spec._repr_png_().startswith(b"\x89PNG")
    assert spec.db[0, 0] == -77.5


def test_mel_and_pcen_are_drawn_with_their_own_axes() -> None:
    request = SpectrogramRequest(HASH, 0, 25_000, 30_000, n_fft=8192, scale="mel")
    spec = Spectrogram(np.full((128, 298), 100, np.uint8), request, 250_000, -127.5, 0.5)
    axes = spec.plot()
    ticks = dict(zip([text.get_text() for text in axes.get_yticklabels()], axes.get_yticks(), strict=True))
    assert list(ticks) == ["0", "1", "2", "5", "10", "20", "50", "100"]
    rows = np.interp([5000, 50_000], spec.frequencies, 45.34687 * np.arange(1, 129))
    assert [ticks["5"], ticks["50"]] == pytest.approx(rows, rel=1e-3)
    assert axes.get_ylabel() == "Frequency (kHz, mel scale)"

    request = SpectrogramRequest(HASH, 0, 25_000, 30_000, scale="pcen")
    spec = Spectrogram(np.full((129, 298), 100, np.uint8), request, 250_000, 0.0, 0.025)
    axes = spec.plot()
    assert axes.images[0].get_clim() == (0.0, pytest.approx(2.5))
    assert axes.figure.axes[1].get_ylabel() == "PCEN"
