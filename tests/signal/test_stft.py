"""The transform against scipy's own, on noise, tones and every real call at hand."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import soundfile

from battycoda_nb.annotations.formats.read import read_calls
from battycoda_nb.errors import RecordingError, RequestError
from battycoda_nb.signal.requests import PADDING, SpectrogramRequest, window_around
from battycoda_nb.signal.stft import Picture, compute_levels, power_db
from battycoda_nb.signal.transform import PRESETS, plan

HASH = "0" * 32


def levels_of(samples: np.ndarray, request: SpectrogramRequest, rate: int = 250_000) -> Picture:
    """What a worker computes; the samples begin where the request does."""
    return compute_levels(
        lambda start, stop: samples[start - request.start : stop - request.start], request, sample_rate=rate
    )


def reference(samples: np.ndarray, rate: int, request: SpectrogramRequest) -> np.ndarray:
    """What scipy makes of the frames at whole hops, and of the one that ends with the samples."""
    whole = scipys(samples, rate, request)
    if whole.shape[1] == request.columns:
        return whole
    return np.append(whole, scipys(samples[-request.win_length :], rate, request), axis=1)


def scipys(samples: np.ndarray, rate: int, request: SpectrogramRequest) -> np.ndarray:
    window = ("tukey", 0.25) if request.window == "tukey" else request.window
    _, _, power = scipy.signal.spectrogram(
        samples.astype(np.float64), rate, window, request.win_length, request.win_length - request.hop_length,
        request.n_fft, scaling="spectrum",
    )  # fmt: skip
    with np.errstate(divide="ignore"):
        return 10 * np.log10(power)


@pytest.mark.parametrize(
    ("win_length", "n_fft", "hop", "window"),
    [
        (256, 256, 16, "tukey"), (512, 512, 128, "hann"), (300, 300, 300, "hamming"), (250, 256, 25, "hann"),
        (256, 1024, 4, "tukey"), (255, 256, 255, "blackmanharris"),
    ],
)  # fmt: skip
def test_power_is_scipys(win_length: int, n_fft: int, hop: int, window: str) -> None:
    samples = np.random.default_rng(1).normal(0.2, 0.1, 40_000).astype(np.float32)
    request = SpectrogramRequest(HASH, 0, 0, len(samples), window, win_length, n_fft, hop)
    ours = power_db(samples, n_fft=n_fft, hop_length=hop, window=window, win_length=win_length)
    theirs = scipys(samples, 250_000, request)
    assert ours.shape == theirs.shape
    assert ours.dtype == np.float32
    first = 1 + 6 * n_fft // win_length  # next to 0 Hz is what is left of the mean, in noise of its own
    assert np.abs(ours[first:] - theirs[first:]).max() < 0.05


def test_what_lies_next_to_0_hz_is_scipys_too() -> None:
    """One-sided power counts every frequency twice but 0 Hz and Nyquist: a tone too low to be told from either side."""
    n = np.arange(20_000)
    samples = (0.5 * np.sin(2 * np.pi * 0.7 / 256 * n) + 0.25 * (-1.0) ** n).astype(np.float32)
    request = SpectrogramRequest(HASH, 0, 0, len(samples), hop_length=64)
    expected = scipys(samples, 250_000, request)[[0, 1, -1]]
    assert expected.min() > -60
    assert np.abs(power_db(samples, n_fft=256, hop_length=64)[[0, 1, -1]] - expected).max() < 0.05


def test_zeros_behind_a_frame_change_no_level() -> None:
    samples = np.sin(2 * np.pi * 40 / 256 * np.arange(5000)).astype(np.float32)
    for n_fft in (256, 512, 1024):
        db = power_db(samples, n_fft=n_fft, hop_length=64, win_length=256)
        assert db.max() == pytest.approx(-3.01, abs=0.01)
        assert (db.argmax(axis=0) == 40 * n_fft // 256).all()


@pytest.mark.parametrize(("hop", "pool"), [(256, 1), (16, 1), (100, 3), (256, 5)])
def test_the_wave_is_the_extremes_under_each_column(hop: int, pool: int) -> None:
    samples = np.random.default_rng(2).normal(0, 0.1, 5120).astype(np.float32)
    request = SpectrogramRequest(HASH, 0, 0, len(samples), hop_length=hop, pool=pool)
    picture = levels_of(samples, request)
    wave = picture.wave * (picture.peak / 127)
    assert wave.shape == (request.columns, 2)
    for column in range(1, request.columns - 1):
        start = (256 - hop) // 2 + column * hop * pool
        under = samples[start : start + hop * pool]
        np.testing.assert_allclose(wave[column], [under.min(), under.max()], atol=picture.peak / 250)
    assert np.abs(picture.wave).max() == 127


def test_what_is_no_sound_is_not_drawn() -> None:
    request = SpectrogramRequest(HASH, 1, 100, 5100)
    pooled = SpectrogramRequest(HASH, 1, 100, 5100, hop_length=200, pool=4)
    for bad in (np.nan, np.inf):
        for asked in (request, pooled):
            for scale in ("linear", "pcen"):
                samples = np.random.default_rng(1).normal(0, 0.1, 5000).astype(np.float32)
                samples[4999 if asked is pooled else 42] = bad
                with pytest.raises(RecordingError, match=r"Sample (142|5099) of channel 2 is not a number"):
                    levels_of(samples, SpectrogramRequest(**{**asked.to_json(), "scale": scale}))
    with pytest.raises(RequestError, match="10 samples are fewer"):
        power_db(np.ones(10, np.float32), n_fft=256, hop_length=16)


@pytest.mark.parametrize("pool", [1, 4])
@pytest.mark.parametrize("level", [0.0, 0.25])
def test_a_stretch_of_one_value_is_a_picture_at_the_floor(level: float, pool: int) -> None:
    """Recorders that wait for a trigger fill with zeros: nothing is wrong with such a recording."""
    for scale, n_fft in (("linear", 256), ("mel", 8192), ("pcen", 256)):
        request = SpectrogramRequest(HASH, 1, 100, 5123, "tukey", 256, n_fft, 16, pool, scale)
        picture = levels_of(np.full(5023, level, np.float32), request)
        assert picture.levels.shape == (request.bins, request.columns) and not picture.levels.any()
        assert picture.peak == level


@pytest.mark.parametrize("win_length", [256, 300])
@pytest.mark.parametrize("hop", [1, 16, 100, 256])
@pytest.mark.parametrize("more", [0, 1, 7, 99, 255])
@pytest.mark.parametrize("pool", [1, 3])
def test_the_last_frame_ends_with_the_last_sample(win_length: int, hop: int, more: int, pool: int) -> None:
    samples = np.random.default_rng(more).normal(0, 1e-3, win_length + 2 * hop + more).astype(np.float32)
    samples[-win_length // 4 :] += 0.5 * (-1.0) ** np.arange(-win_length // 4, 0)
    request = SpectrogramRequest(HASH, 0, 0, len(samples), "hann", win_length, 512, hop, pool)
    picture = levels_of(samples, request)
    alone = power_db(samples[-win_length:], n_fft=512, hop_length=hop, window="hann", win_length=win_length)
    assert (picture.levels[:, -1] * 0.5 - 127.5 >= alone[:, 0].clip(-127.5) - 0.3).all()
    if pool == 1:
        assert np.abs(picture.levels[:, -1] * 0.5 - 127.5 - alone[:, 0].clip(-127.5)).max() < 0.3
    assert picture.peak == pytest.approx(np.abs(samples).max()) and np.abs(picture.wave[-1]).max() == 127


@pytest.mark.parametrize("rate", [44_100, 250_000, 500_000])
@pytest.mark.parametrize("preset", ["battycoda", "bat 2 ms", "fine time"])
def test_a_call_at_the_border_of_two_windows_is_seen_in_one_of_them(preset: str, rate: int) -> None:
    """Windows of a second, as an explorer steps through a recording without calls."""
    samples = np.random.default_rng(1).normal(0, 1e-4, 2 * rate).astype(np.float32)
    tops = {}
    for name, middle in (("inside", 0.5), ("before the border", 0.9995), ("after it", 1.0005), ("the end", 1.9995)):
        tone = round((middle - 5e-4) * rate) + np.arange(round(1e-3 * rate))
        with_call = samples.copy()
        with_call[tone] += 0.5 * np.sin(2 * np.pi * 0.2 * tone).astype(np.float32)
        pictures = [
            levels_of(
                with_call[start : start + rate],
                plan(PRESETS[preset], recording=HASH, channel=0, start=start, stop=start + rate, sample_rate=rate),
                rate,
            )
            for start in (0, rate)
        ]
        tops[name] = max(picture.levels.max() * picture.step + picture.low for picture in pictures)
    # A window's taper is what is left: within 9 dB of what the call has where frames overlap over it.
    assert max(tops.values()) - min(tops.values()) < 9


def test_memory_does_not_grow_with_the_length_of_what_is_pooled() -> None:
    block = np.random.default_rng(3).normal(0, 0.1, 2**18).astype(np.float32)
    peaks = []
    for length in (2**21, 2**24):
        request = SpectrogramRequest(HASH, 0, 0, length, hop_length=256, pool=length // 2**13)
        compute_levels(lambda start, stop: block[: stop - start].copy(), request, sample_rate=250_000)
        tracemalloc.start()
        compute_levels(lambda start, stop: block[: stop - start].copy(), request, sample_rate=250_000)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] < 10e6


@pytest.mark.parametrize("overview", [False, True], ids=["detail", "overview"])
@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.shared_data("*.wav.pickle", "*.wav.json")
def test_every_real_call_is_within_one_level_of_scipy(path: Path, preset: str, overview: bool) -> None:
    samples, rate = soundfile.read(path.with_suffix(""), dtype="float32", always_2d=True)
    calls = read_calls(path.name, path.read_bytes(), path.stem)
    assert len(calls) > 5
    transform = PRESETS[preset]
    for call in list(calls)[:: 1 if preset == "battycoda" else 5]:
        for channel in range(samples.shape[1]):
            start, stop = window_around(
                call.onset, call.offset, sample_rate=rate, frames=len(samples), padding=PADDING[overview],
                win_length=transform.win_length(rate),
            )  # fmt: skip
            request = plan(transform, recording=HASH, channel=channel, start=start, stop=stop, sample_rate=rate)
            window = np.ascontiguousarray(samples[start:stop, channel])
            picture = levels_of(window, request, rate)
            exact = np.clip((reference(window, rate, request) - picture.low) / 0.5, 0, 255)
            assert np.abs(picture.levels - exact).max() < 1
