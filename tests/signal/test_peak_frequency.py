"""Peak frequency of synthetic calls with a known answer: tones, sweeps, in noise, below a louder call, at an edge."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from battycoda_nb.errors import ClusterError, RecordingError, RequestError
from battycoda_nb.signal.peak_frequency import (
    MAX_FRAMES,
    PeakFrequency,
    PeakRequest,
    encode_peaks,
    measure,
    peak_frequency,
    read_peaks,
)

RATE = 250_000
HASH = "0123456789abcdef" * 2
CLOSE = 100.0  # Hz

# A call: samples, sample rate, and the frequency of its maximum.
Made = tuple[np.ndarray, int, float]


def sweep(rate: int, seconds: float, frequency: Callable[[np.ndarray], np.ndarray], level: np.ndarray) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    return level * np.sin(2 * np.pi * np.cumsum(frequency(t)) / rate)


def constant(hertz: float, seconds: float = 0.005, rate: int = RATE) -> Made:
    """A tone that swells and fades, as the CF part of a horseshoe bat."""
    t = np.arange(round(seconds * rate)) / rate
    return sweep(rate, seconds, lambda t: np.full_like(t, hertz), np.sin(np.pi * t / seconds) ** 0.5), rate, hertz


def falling(high: float, low: float, loudest: float, seconds: float, width: float) -> Made:
    """A linear sweep whose amplitude has its maximum where it passes `loudest`."""
    t = np.arange(round(seconds * RATE)) / RATE
    at = (high - loudest) / (high - low) * seconds
    level = np.exp(-0.5 * ((t - at) / width) ** 2)
    return sweep(RATE, seconds, lambda t: high + (low - high) * t / seconds, level), RATE, loudest


def hockey_stick(end: float, high: float = 90_000) -> Made:
    """A pipistrelle's: a steep sweep that runs out into a nearly constant frequency, where it is loudest."""
    t = np.arange(round(0.006 * RATE)) / RATE
    level = np.sin(np.pi * np.minimum(t / 0.009, 1)) ** 2
    return sweep(RATE, 0.006, lambda t: end + (high - end) * np.exp(-t / 0.0006), level), RATE, end


CALLS = {
    **{f"CF {hertz} Hz": constant(hertz) for hertz in (20_000, 45_130, 83_777, 110_250)},
    "CF of 50 ms": constant(82_345, 0.05),
    "as long as a window": constant(51_234, 0.002),
    "shorter than a window": constant(61_234, 0.001),
    "192 kHz": constant(38_111, rate=192_000),
    "500 kHz": constant(151_111, rate=500_000),
    "a bird at 44.1 kHz": constant(4_321, 0.08, rate=44_100),
    "FM of 1.7 kHz/ms": falling(50_000, 40_000, 44_444, 0.006, 0.0005),
    "FM of 1 kHz/ms": falling(32_000, 22_000, 25_678, 0.010, 0.001),
    "FM and QCF": hockey_stick(45_600),
}


def found_in(samples: np.ndarray, rate: int = RATE, **band: float) -> PeakFrequency | None:
    samples = samples.astype(np.float32)
    return peak_frequency(lambda a, b: samples[a:b], 0, len(samples), sample_rate=rate, **band)


def in_noise(samples: np.ndarray, seed: int, ratio: float = 20.0) -> np.ndarray:
    """With white noise, `ratio` dB below the call's mean power."""
    level = np.sqrt(np.mean(samples**2) / 10 ** (ratio / 10))
    return samples + np.random.default_rng(seed).normal(0, level, len(samples))


@pytest.mark.parametrize("name", CALLS)
def test_it_is_found_within_a_tenth_of_a_kilohertz_at_20_db(name: str) -> None:
    samples, rate, hertz = CALLS[name]
    for seed in range(20):
        found = found_in(0.1 * in_noise(samples, seed), rate)
        assert found is not None and abs(found.hertz - hertz) < CLOSE, seed
        assert not found.at_edge


@pytest.mark.parametrize("name", [name for name in CALLS if "FM" in name or "CF" in name])
def test_a_call_20_db_louder_5_khz_above_its_band_changes_nothing(name: str) -> None:
    samples, rate, hertz = CALLS[name]
    low, high = hertz - 6_000, hertz + 6_000
    t = np.arange(len(samples)) / rate
    for above in (high + 5_000, np.linspace(high + 15_000, high + 5_000, len(samples))):
        other = 10 * np.std(samples) / np.std(np.sin(t)) * np.sin(np.pi * np.arange(len(t)) / len(t))
        other = other * np.sin(2 * np.pi * np.cumsum(np.broadcast_to(above, t.shape)) / rate)
        other *= 10 * np.std(samples) / np.std(other)
        noisy = in_noise(samples, 1) + other
        both, whole = found_in(0.05 * noisy, rate, low=low, high=high), found_in(0.05 * noisy, rate)
        assert both is not None and abs(both.hertz - hertz) < CLOSE and not both.at_edge
        assert whole is not None and whole.hertz > high, "without a band it is the other's"


def test_at_the_edge_of_its_band_it_is_flagged() -> None:
    samples, _, _ = constant(45_000)
    wide = (20e3, 44.5e3, 44.5e3), (45.5e3, 90e3, 45.5e3)
    narrow = (44_900, 44_950, 44_950), (45_010, 45_020, 45_010)
    for low, high, at in (*wide, *narrow):
        found = found_in(samples, low=low, high=high)
        assert found is not None and found.at_edge and found.hertz == pytest.approx(at, abs=130), (low, high)
        assert low <= found.hertz <= high
    inside = found_in(samples, low=44e3, high=46e3)
    assert inside is not None and not inside.at_edge and inside.hertz == pytest.approx(45_000, abs=2)
    over = found_in(samples, low=30e3, high=400e3)  # beyond Nyquist there is nothing
    assert over is not None and over.hertz == pytest.approx(45_000, abs=2)


def test_its_level_is_that_of_the_picture() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 40_000 * np.arange(5000) / RATE)
    found = found_in(tone)
    assert found is not None and found.db == pytest.approx(20 * np.log10(0.5) - 3.01, abs=0.05)


@pytest.mark.parametrize("samples", [np.zeros(1000), np.full(1000, 0.1), np.full(1000, np.nan), np.ones(15)])
def test_where_there_is_nothing_nothing_is_measured(samples: np.ndarray) -> None:
    assert found_in(samples) is None
    assert found_in(np.sin(np.arange(1000)), low=130_000, high=140_000) is None, "a band above Nyquist"


def test_only_what_lies_within_onset_and_offset_counts() -> None:
    samples = np.random.default_rng(0).normal(0, 1e-4, 20_000).astype(np.float32)
    t = np.arange(20_000) / RATE
    inside, outside = 0.1 * np.sin(2 * np.pi * 30e3 * t), 0.9 * np.sin(2 * np.pi * 70e3 * t)
    samples += np.where((t >= 0.02) & (t < 0.03), inside, outside)
    read: list[tuple[int, int]] = []

    def reader(start: int, stop: int) -> np.ndarray:
        read.append((start, stop))
        return samples[start:stop]

    found = peak_frequency(reader, 5000, 7500, sample_rate=RATE)
    assert found is not None and found.hertz == pytest.approx(30_000, abs=2)
    assert min(start for start, _ in read) >= 5000 and max(stop for _, stop in read) <= 7500


def test_a_long_call_costs_no_more_than_a_second_of_it() -> None:
    asked: list[int] = []

    def read(start: int, stop: int) -> np.ndarray:
        asked.append(stop - start)
        return np.sin(2 * np.pi * 33_333 * np.arange(start, stop) / RATE).astype(np.float32)

    found = peak_frequency(read, 0, 3600 * RATE, sample_rate=RATE)
    assert found is not None and found.hertz == pytest.approx(33_333, abs=5)
    assert sum(asked) <= MAX_FRAMES * 500


def request_of(*calls: tuple[int, int, int, int]) -> PeakRequest:
    return PeakRequest(HASH, 0, calls[0][0], calls[-1][1], calls)


def test_one_call_that_cannot_be_read_costs_itself_alone() -> None:
    samples, _, hertz = constant(45_000)

    def read(start: int, stop: int) -> np.ndarray:
        if start >= 5000:
            raise RecordingError("damaged")
        return samples[start:stop].astype(np.float32)

    request = request_of((0, 1250, 0, 0), (0, 1250, 45_500, 50_000), (5000, 6000, 0, 0))
    first, second, third = measure(read, request, sample_rate=RATE)
    assert first is not None and abs(first.hertz - hertz) < 2
    assert second is not None and second.at_edge
    assert third is None
    assert read_peaks(encode_peaks([first, second, third], request), request) == [first, second, third]


def test_a_request_crosses_the_broker_and_names_its_result() -> None:
    request = request_of((10, 500, 20_000, 60_000), (700, 900, 0, 0))
    again = PeakRequest.from_json(json.loads(json.dumps(request.to_json())))
    assert again == request and again.digest == request.digest
    assert request_of((10, 500, 20_000, 60_001), (700, 900, 0, 0)).digest != request.digest


@pytest.mark.parametrize(
    "calls",
    [(), "ab", [[0, 10, 0]], [[0, 10, 0, 0.5]], [[10, 10, 0, 0]], [[0, 200, 0, 0]], [[0, 10, -1, 0]], [None],
     [[0, 10, 0, 2**60]], [[0, True, 0, 0]], [[0, 10, 0, 0]] * 65],
    ids=lambda calls: repr(calls)[:20],
)  # fmt: skip
def test_a_request_that_cannot_be_is_refused(calls: object) -> None:
    with pytest.raises(RequestError):
        PeakRequest(HASH, 0, 0, 100, calls)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "peaks",
    [None, [], [None, None], [[1, 2]], [[1, 2, 3]], [["a", 1, True]], [[float("nan"), 1, True]], [[1e12, 1, True]],
     [{"hertz": 1}], [[True, 1, False]]],
    ids=repr,
)  # fmt: skip
def test_an_answer_that_does_not_fit_is_refused(peaks: object) -> None:
    request = request_of((0, 100, 0, 0))
    good = json.loads(encode_peaks([PeakFrequency(1.0, 2.0)], request))
    assert read_peaks(json.dumps(good).encode(), request) == [PeakFrequency(1.0, 2.0)]
    others = [json.dumps({**good, **change}).encode() for change in ({"peaks": peaks}, {"digest": "x"})]
    for blob in (*others, b"{", b""):
        with pytest.raises(ClusterError, match="was refused"):
            read_peaks(blob, request)
