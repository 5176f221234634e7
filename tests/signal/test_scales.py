"""Mel and PCEN against librosa's own, from samples to levels."""

from __future__ import annotations

from dataclasses import replace

import librosa
import numpy as np
import pytest
import scipy.signal

from battycoda_nb.errors import RequestError
from battycoda_nb.signal.requests import SpectrogramRequest
from battycoda_nb.signal.scales import frequency_axis, mel, mel_n_fft, mel_to_hz, quantise
from battycoda_nb.signal.stft import compute_levels

HASH = "0" * 32
RATE = 250_000


def chirp(length: int = 6250, level: float = 0.3) -> np.ndarray:
    """25 ms of noise with a call of 5 ms from 80 to 30 kHz [shape=(length,), dtype=float32]."""
    samples = np.random.default_rng(6).normal(0, 1e-3, length)
    t = np.arange(1250) / RATE
    samples[2500:3750] += level * scipy.signal.chirp(t, 80_000, t[-1], 30_000) * np.hanning(1250)
    return samples.astype(np.float32)


def magnitude(samples: np.ndarray, request: SpectrogramRequest) -> np.ndarray:
    """One-sided amplitude, root mean square [shape=(n_fft // 2 + 1, frames)], by scipy."""
    _, _, power = scipy.signal.spectrogram(
        samples.astype(np.float64), RATE, request.window, request.win_length,
        request.win_length - request.hop_length, request.n_fft, scaling="spectrum",
    )  # fmt: skip
    return np.sqrt(power)


def values(samples: np.ndarray, request: SpectrogramRequest, rate: int = RATE) -> np.ndarray:
    picture = compute_levels(lambda start, stop: samples[start:stop], request, sample_rate=rate)
    return picture.levels * picture.step + picture.low


def test_levels_cover_127_db_in_halves_and_follow_what_is_louder_than_full_scale() -> None:
    levels, low, step = quantise(np.array([[-200, -127.5, -60.2, -3.0, 0.0, -np.inf]], np.float32))
    assert (low, step) == (-127.5, 0.5)
    assert levels.tolist() == [[0, 0, 135, 249, 255, 0]]
    levels, low, _ = quantise(np.array([[60.2, 0.0]], np.float32))  # a float file that counts in integers
    assert low + levels[0, 0] / 2 == pytest.approx(60.2, abs=0.25)
    assert quantise(np.full((2, 2), -np.inf, np.float32))[0].max() == 0


def test_mel_is_librosas() -> None:
    samples = chirp()[:6200]  # whole hops
    request = SpectrogramRequest(HASH, 0, 0, len(samples), "hann", 500, 8192, 100, 1, "mel")
    filters = librosa.filters.mel(sr=RATE, n_fft=8192, n_mels=128, htk=True, norm=1)
    expected = 10 * np.log10(filters @ magnitude(samples, request) ** 2)
    assert np.abs(values(samples, request) - expected).max() < 0.3  # half a level, and float32


def test_rows_of_mel_are_where_librosa_has_them() -> None:
    request = SpectrogramRequest(HASH, 0, 0, 5000, n_fft=8192, scale="mel")
    first, step = frequency_axis(request, RATE)
    expected = librosa.mel_frequencies(130, fmin=0, fmax=RATE / 2, htk=True)[1:-1]
    np.testing.assert_allclose(mel_to_hz(first + step * np.arange(128)), expected)
    assert mel(1000.0) == pytest.approx(librosa.hz_to_mel(1000, htk=True))


@pytest.mark.parametrize("n_fft", [8192, 16384])
def test_noise_has_the_level_of_the_linear_picture(n_fft: int) -> None:
    samples = np.random.default_rng(7).normal(0, 0.01, 60_000).astype(np.float32)
    linear = SpectrogramRequest(HASH, 0, 0, len(samples), "hann", 512, 512, 512)
    expected = 10 * np.log10(np.mean(10 ** (values(samples, linear)[5:-5] / 10)))
    found = values(samples, replace(linear, n_fft=n_fft, scale="mel"))
    assert 10 * np.log10(np.mean(10 ** (found[60:-2] / 10))) == pytest.approx(expected, abs=0.5)


def test_too_few_frequencies_for_mel_are_refused() -> None:
    with pytest.raises(RequestError, match=r"n_fft=4096 leaves mel bands empty at 250 kHz: make it 8192 or more"):
        values(chirp(), SpectrogramRequest(HASH, 0, 0, 6250, n_fft=4096, scale="mel"))
    assert [mel_n_fft(rate) for rate in (44_100, 250_000, 500_000)] == [2048, 8192, 8192]


def test_pcen_is_librosas_and_begins_at_the_background() -> None:
    samples = chirp()[:6200]  # whole hops
    request = SpectrogramRequest(HASH, 0, 0, len(samples), "hann", 500, 512, 100, 1, "pcen")
    scaled = magnitude(samples, request) * 2**31
    # the background for a second beforehand is what a filter has seen that begins there
    past = np.repeat(np.median(scaled, axis=1, keepdims=True), 2500, axis=1)
    settings = {"gain": 0.8, "bias": 10, "power": 0.25, "time_constant": 0.06, "eps": 1e-6}
    expected = librosa.pcen(np.concatenate([past, scaled], axis=1), sr=RATE, hop_length=100, **settings)[:, 2500:]
    found = values(samples, request)
    assert np.abs(found[1:] - expected[1:]).max() < 0.02
    # noise, also in the first column, lies low, and the call stands out of it
    assert np.median(found) < 1 and np.median(found[:, 0]) < 1
    assert found.max() > 4


def test_pcen_beyond_its_usual_range_is_not_clipped() -> None:
    samples = chirp(level=3e4)  # a float file that counts in integers
    samples[:2500] = samples[3750:] = 0
    request = SpectrogramRequest(HASH, 0, 0, len(samples), "hann", 500, 512, 100, 1, "pcen")
    picture = compute_levels(lambda start, stop: samples[start:stop], request, sample_rate=RATE)
    assert picture.step > 0.025 and (picture.levels.max(), picture.low) == (255, 0)


@pytest.mark.parametrize("scale", ["linear", "mel", "pcen"])
def test_pooling_is_the_maximum_of_what_is_not_pooled(scale: str) -> None:
    """For PCEN too: its state goes on from block to block, and these samples begin it alike."""
    samples = np.tile(np.random.default_rng(8).normal(0, 0.01, 512).astype(np.float32), 4000)
    samples *= np.repeat(np.random.default_rng(9).uniform(0.5, 2, 400).astype(np.float32), 5120)
    samples = samples[: 1000 * 256] if scale != "linear" else samples
    plain = SpectrogramRequest(HASH, 0, 0, len(samples), "hann", 256, 8192 if scale == "mel" else 256, 256, 1, scale)
    whole = compute_levels(lambda start, stop: samples[start:stop], plain, sample_rate=RATE)
    for pool in (2, 7, 1000, 5000):
        pooled = compute_levels(
            lambda start, stop: samples[start:stop], replace(plain, pool=pool), sample_rate=RATE
        )  # fmt: skip
        starts = range(0, plain.columns, pool)
        expected = np.maximum.reduceat(whole.levels, starts, axis=1)
        assert pooled.step == whole.step
        np.testing.assert_array_equal(pooled.levels, expected)
        np.testing.assert_array_equal(pooled.wave[:, 1], np.maximum.reduceat(whole.wave[:, 1], starts))
