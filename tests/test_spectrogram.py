"""The transform against scipy's own, on noise, tones and every real call at hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import soundfile

from battycoda_nb.errors import RecordingError, RequestError
from battycoda_nb.formats import read_calls
from battycoda_nb.requests import PADDING, SpectrogramRequest, hop_for, window_around
from battycoda_nb.spectrogram import (
    Spectrogram,
    compute_levels,
    noise_bandwidth,
    power_db,
    quantise,
    window_samples,
)

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
HASH = "0" * 32


def reference(samples: np.ndarray, rate: int, request: SpectrogramRequest) -> np.ndarray:
    window = ("tukey", 0.25) if request.window == "tukey" else request.window
    _, _, power = scipy.signal.spectrogram(
        samples.astype(np.float64), rate, window, request.n_fft, request.n_fft - request.hop_length, scaling="spectrum"
    )  # fmt: skip
    with np.errstate(divide="ignore"):
        return 10 * np.log10(power)


@pytest.mark.parametrize("name", ["tukey", "hann"])
@pytest.mark.parametrize("n_fft", [16, 256, 300, 1024])
def test_windows_are_scipys(name: str, n_fft: int) -> None:
    expected = scipy.signal.get_window(("tukey", 0.25) if name == "tukey" else name, n_fft)
    assert np.abs(window_samples(name, n_fft) - expected).max() < 1e-7


@pytest.mark.parametrize(("n_fft", "hop", "window"), [(256, 16, "tukey"), (512, 128, "hann"), (300, 300, "hann")])
def test_power_is_scipys(n_fft: int, hop: int, window: str) -> None:
    samples = np.random.default_rng(1).normal(0.2, 0.1, 40_000).astype(np.float32)
    request = SpectrogramRequest(HASH, 0, 0, len(samples), window, n_fft, hop)
    ours = power_db(samples, n_fft=n_fft, hop_length=hop, window=window)
    assert ours.shape == (request.bins, request.columns)
    assert ours.dtype == np.float32
    assert np.abs(ours[1:] - reference(samples, 250_000, request)[1:]).max() < 0.02


@pytest.mark.parametrize("rate", [44_100, 250_000, 500_000])
def test_a_full_scale_sine_reads_minus_3_db_where_it_should(rate: int) -> None:
    n_fft, bin = 256, 40
    onset, stop = 2000, 4000
    samples = np.zeros(6000, np.float32)
    samples[onset:stop] = np.sin(2 * np.pi * bin / n_fft * np.arange(stop - onset))
    request = SpectrogramRequest(HASH, 0, 0, len(samples))
    levels, low = compute_levels(samples, request)
    spec = Spectrogram(levels, request, rate, low, 0.5)
    row, column = np.unravel_index(spec.db.argmax(), spec.db.shape)
    assert spec.db.max() == pytest.approx(-3.01, abs=0.3)
    assert spec.frequencies[row] == pytest.approx(bin * rate / n_fft)
    assert onset / rate <= spec.times[column] <= stop / rate
    # half of its power is reached when half of a frame lies within the tone: right to half a column
    edge = spec.times[np.flatnonzero(spec.db[bin] > -3.01 - 6.02)[0]]
    assert edge == pytest.approx(onset / rate, abs=(request.hop_length / 2 + 2) / rate)


def test_levels_cover_127_db_in_halves_and_follow_what_is_louder_than_full_scale() -> None:
    levels, low = quantise(np.array([[-200, -127.5, -60.2, -3.0, 0.0, -np.inf]], np.float32))
    assert low == -127.5
    assert levels.tolist() == [[0, 0, 135, 249, 255, 0]]
    levels, low = quantise(np.array([[60.2, 0.0]], np.float32))  # a float file that counts in integers
    assert low + levels[0, 0] / 2 == pytest.approx(60.2, abs=0.25)


def test_what_is_no_sound_is_not_drawn() -> None:
    request = SpectrogramRequest(HASH, 1, 100, 5100)
    with pytest.raises(RecordingError, match="digital silence"):
        compute_levels(np.zeros(5000, np.float32), request)
    with pytest.raises(RecordingError, match=r"every sample is 0\.25"):
        compute_levels(np.full(5000, 0.25, np.float32), request)
    for bad in (np.nan, np.inf):
        samples = np.ones(5000, np.float32)
        samples[42] = bad
        with pytest.raises(RecordingError, match="Sample 142 of channel 2 is not a number"):
            compute_levels(samples, request)
    with pytest.raises(RequestError, match="10 samples are fewer"):
        power_db(np.ones(10, np.float32), n_fft=256, hop_length=16)


def test_noise_bandwidth_is_scipys_density() -> None:
    samples = np.random.default_rng(2).normal(0, 0.1, 5000)
    _, _, spectrum = scipy.signal.spectrogram(samples, 250_000, nperseg=256, scaling="spectrum")
    _, _, density = scipy.signal.spectrogram(samples, 250_000, nperseg=256, scaling="density")
    assert np.allclose(spectrum / noise_bandwidth("tukey", 256, 250_000), density)


def test_a_spectrogram_shows_itself_with_its_axes() -> None:
    request = SpectrogramRequest(HASH, 0, 25_000, 30_000)
    spec = Spectrogram(np.full((129, 297), 100, np.uint8), request, 250_000, -127.5, 0.5, onset=0.11, title="call 1")
    axes = spec.plot()
    left, right, bottom, top = axes.images[0].get_extent()
    step = 16 / 250_000
    assert left == pytest.approx((spec.times[0] - step / 2 - 0.11) * 1e3)
    assert right == pytest.approx((spec.times[-1] + step / 2 - 0.11) * 1e3)
    assert (bottom, top) == pytest.approx((-0.48828125, 125.48828125))
    assert spec._repr_png_().startswith(b"\x89PNG")
    assert spec.db[0, 0] == -77.5


if SHARED.exists():
    REAL = [path for path in sorted(SHARED.glob("*.wav*")) if path.suffix in (".pickle", ".json")]

    @pytest.mark.parametrize("overview", [False, True], ids=["detail", "overview"])
    @pytest.mark.parametrize("segments", REAL, ids=lambda path: path.stem[:16])
    def test_every_real_call_is_within_one_level_of_scipy(segments: Path, overview: bool) -> None:
        samples, rate = soundfile.read(segments.with_suffix(""), dtype="float32", always_2d=True)
        calls = read_calls(segments.name, segments.read_bytes(), segments.stem)
        assert len(calls) > 5
        for call in calls:
            for channel in range(samples.shape[1]):
                start, stop = window_around(
                    call.onset, call.offset, sample_rate=rate, frames=len(samples), padding=PADDING[overview], n_fft=256
                )
                request = SpectrogramRequest(HASH, channel, start, stop, hop_length=hop_for(stop - start, 256))
                window = np.ascontiguousarray(samples[start:stop, channel])
                levels, low = compute_levels(window, request)
                exact = np.clip((reference(window, rate, request) - low) / 0.5, 0, 255)
                assert np.abs(levels - exact).max() < 1
