"""From what a user chooses to what is asked of a worker."""

from __future__ import annotations

import librosa
import pytest

from battycoda_nb.errors import RequestError
from battycoda_nb.signal.requests import SpectrogramRequest, hop_for
from battycoda_nb.signal.transform import PRESETS, Transform, plan

HASH = "0123456789abcdef" * 2


def planned(transform: Transform, length: int, rate: int = 250_000, *, close: bool = False) -> SpectrogramRequest:
    return plan(transform, recording=HASH, channel=0, start=7, stop=7 + length, sample_rate=rate, close=close)


@pytest.mark.parametrize("length", [256, 300, 5000, 27_500, 55_000, 200_000, 255_900])
@pytest.mark.parametrize("rate", [44_100, 250_000, 500_000])
def test_battycodas_preset_asks_for_what_it_always_asked(length: int, rate: int) -> None:
    request = planned(PRESETS["battycoda"], length, rate)
    assert request == SpectrogramRequest(HASH, 0, 7, 7 + length, hop_length=hop_for(length, 256))
    assert (request.window, request.win_length, request.n_fft, request.pool) == ("tukey", 256, 256, 1)


@pytest.mark.parametrize(
    ("name", "rate", "win_length", "n_fft", "hop_length"),
    [
        ("bat 2 ms", 256_000, 512, 512, 128), ("bat 2 ms", 250_000, 500, 512, 125),
        ("bat 2 ms", 500_000, 1000, 1024, 250),
        ("fine time", 250_000, 250, 256, 25), ("fine frequency", 250_000, 2000, 2048, 200),
    ],
)  # fmt: skip
def test_presets_are_as_long_in_ms_at_any_rate(
    name: str, rate: int, win_length: int, n_fft: int, hop_length: int
) -> None:
    request = planned(PRESETS[name], 6000, rate)
    assert (request.window, request.win_length, request.n_fft) == ("hann", win_length, n_fft)
    assert (request.hop_length, request.pool) == (hop_length, 1)


@pytest.mark.parametrize("transform", PRESETS.values(), ids=PRESETS)
@pytest.mark.parametrize("scale", ["linear", "mel", "pcen"])
@pytest.mark.parametrize("close", [False, True])
def test_there_are_never_more_columns_than_a_screen_shows(transform: Transform, scale: str, close: bool) -> None:
    transform = Transform(transform.window, transform.window_length, transform.overlap, scale)
    for length in (4000, 25_000, 250_000, 260_000, 3_000_001, 900_000_000):
        request = planned(transform, length, close=close)
        assert 1 <= request.columns <= (1600 if close else 1000)
        assert request.hop_length == request.win_length or request.pool == 1
        assert request.pool == 1 or request.columns > 500


def test_a_close_look_is_finer_in_time_and_frequency() -> None:
    request = planned(PRESETS["bat 2 ms"], 2500, close=True)
    assert (request.win_length, request.n_fft, request.hop_length) == (500, 2048, 7)
    assert planned(PRESETS["fine frequency"], 4000, close=True).n_fft == 4096
    assert planned(Transform("hann", 30.0), 40_000, close=True).n_fft == 8192  # never less than without


@pytest.mark.parametrize("rate", [22_050, 44_100, 192_000, 250_000, 384_000, 500_000])
def test_mel_has_as_many_frequencies_as_its_lowest_band_needs(rate: int) -> None:
    request = planned(Transform(scale="mel"), 6000, rate)
    filters = librosa.filters.mel(sr=rate, n_fft=request.n_fft, n_mels=128, htk=True, norm=1)
    assert filters.any(axis=1).all()
    assert request.n_fft <= 8192


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"window": "boxcar"}, "window='boxcar' must be one of tukey, hann"),
        ({"scale": "bark"}, "scale='bark' must be one of linear, mel, pcen"),
        ({"window_length": -1.0}, "window_length=-1.0 must be"),
        ({"window_length": float("nan")}, "window_length=nan must be"),
        ({"window_length": "2"}, "window_length='2' must be"),
        ({"overlap": 1.0}, "overlap=1.0 must lie between"),
        ({"overlap": True}, "overlap=True must lie between"),
    ],
)
def test_what_is_no_transform_is_refused_with_its_value(values: dict[str, object], reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        Transform(**values)


def test_windows_that_fit_neither_rate_nor_view_are_refused() -> None:
    with pytest.raises(RequestError, match=r"window_length=0\.01 ms is 2 samples at 250 kHz, and must be 16 to 65536"):
        planned(Transform(window_length=0.01), 5000)
    with pytest.raises(RequestError, match=r"view of 8 ms is shorter than the window of 10 ms: show more"):
        planned(Transform(window_length=10.0), 2000)
