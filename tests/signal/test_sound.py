"""Calls made audible: one line where one is due, nothing beside it, and no more than was asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import battycoda_nb as bc
from battycoda_nb.client.client import Client
from battycoda_nb.errors import RecordingError, RequestError
from battycoda_nb.signal.requests import EXPANSIONS, SOUND_RATE, SoundRequest
from battycoda_nb.signal.sound import render
from battycoda_nb.signal.wav import decode_wav, encode_wav

HASH = "0123456789abcdef" * 2


def tone(frequency: float, sample_rate: int, seconds: float = 0.1) -> np.ndarray:
    return 0.1 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * sample_rate)) / sample_rate)


def spectrum(samples: np.ndarray, sample_rate: int, **how: int) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies (Hz) and levels in dB re the strongest of what is played of some samples."""
    request = SoundRequest(HASH, 0, 0, len(samples), **how)
    sound, _ = render(samples.astype(np.float32), request, sample_rate=sample_rate)
    assert len(sound) == request.length(sample_rate)
    power = np.abs(np.fft.rfft(sound * np.blackman(len(sound)))) ** 2
    return np.fft.rfftfreq(len(sound), 1 / SOUND_RATE), 10 * np.log10(power / power.max() + 1e-12)


@pytest.mark.parametrize("expansion", EXPANSIONS[1:])
@pytest.mark.parametrize("sample_rate", [192_000, 250_000, 256_000, 300_000, 384_000, 500_000])
def test_a_tone_of_40_khz_is_one_line_and_nothing_else(sample_rate: int, expansion: int) -> None:
    frequencies, levels = spectrum(tone(40_000, sample_rate), sample_rate, expansion=expansion)
    assert abs(frequencies[levels.argmax()] - 40_000 / expansion) < 3
    assert levels[abs(frequencies - 40_000 / expansion) > 60].max() < -60


@pytest.mark.parametrize("expansion", [8, 10, 20])
def test_what_lies_close_to_nyquist_has_no_image(expansion: int) -> None:
    """The worst case for a resampler: 113 of 125 kHz, whose image would lie at 137 kHz."""
    frequencies, levels = spectrum(tone(113_000, 250_000), 250_000, expansion=expansion)
    expected = 113_000 / expansion
    assert abs(frequencies[levels.argmax()] - expected) < 3
    assert levels[abs(frequencies - expected) > 60].max() < -60


def test_in_real_time_what_nobody_hears_does_not_fold_into_what_they_do() -> None:
    both = tone(5_000, 250_000) + 10 * tone(47_000, 250_000)
    frequencies, levels = spectrum(both, 250_000, expansion=1)
    assert abs(frequencies[levels.argmax()] - 5_000) < 15
    assert levels[abs(frequencies - 5_000) > 100].max() < -60


@pytest.mark.parametrize("frequency", [25_500, 30_000, 45_000])
@pytest.mark.parametrize("sample_rate", [96_000, 192_000, 240_000, 250_000, 300_000, 384_000, 500_000])
def test_in_real_time_a_call_that_nobody_hears_is_not_made_up_of_what_is_left_of_it(
    sample_rate: int, frequency: int
) -> None:
    """A tone in 16 bits has harmonics that fold: at 300 kHz the seventh of 45 kHz lies at 15 kHz, 100 dB below."""
    for level in (0.1, 0.5, 0.99):
        samples = level * 10 * tone(frequency, sample_rate)
        for kept in (samples, np.rint(samples * 32767) / 32768):
            request = SoundRequest(HASH, 0, 0, len(kept), 1)
            with pytest.raises(RecordingError, match=r"60 dB weaker lies above 24 kHz\. Play it slower") as error:
                render(kept.astype(np.float32), request, sample_rate=sample_rate)
            assert error.value.code == "unreadable"


def test_a_detector_that_is_tuned_to_nothing_says_so() -> None:
    request = SoundRequest(HASH, 0, 0, 25_000, 1, 90_000)
    with pytest.raises(RecordingError, match=r"within 5 kHz of 90 kHz all is 60 dB weaker .*Tune to another"):
        render(tone(45_000, 250_000).astype(np.float32), request, sample_rate=250_000)


def test_a_call_that_is_cut_at_its_loudest_does_not_click() -> None:
    frequencies, levels = spectrum(tone(40_123, 250_000, 0.05) + 0.02, 250_000, expansion=10)
    assert levels[abs(frequencies - 4_012) > 60].max() < -60


def test_a_heterodyne_detector_shifts_its_band_and_leaves_the_rest() -> None:
    both = tone(42_000, 250_000) + tone(80_000, 250_000)
    frequencies, levels = spectrum(both, 250_000, expansion=1, heterodyne=40_000)
    assert abs(frequencies[levels.argmax()] - 2_000) < 15
    assert levels[abs(frequencies - 2_000) > 100].max() < -60


def test_it_lasts_as_long_as_it_should_and_is_as_loud_as_goes() -> None:
    request = SoundRequest(HASH, 0, 0, 6250)
    sound, gain = render(1e-3 * tone(40_000, 250_000, 0.025).astype(np.float32), request, sample_rate=250_000)
    assert len(sound) == 0.25 * SOUND_RATE
    assert np.abs(sound).max() == pytest.approx(0.9 * 32767, abs=2)
    assert gain == pytest.approx(20 * np.log10(0.9 / 1e-4), abs=0.1)
    assert max(abs(int(sound[0])), abs(int(sound[-1]))) < 50


def test_silence_and_damage_are_said() -> None:
    request = SoundRequest(HASH, 0, 0, 1000)
    with pytest.raises(RecordingError, match="nothing to hear"):
        render(np.full(1000, 0.3, np.float32), request, sample_rate=250_000)
    with pytest.raises(RecordingError, match="not a number"):
        render(np.full(1000, np.nan, np.float32), request, sample_rate=250_000)
    with pytest.raises(RequestError, match="highest frequency"):
        render(np.ones(1000, np.float32), SoundRequest(HASH, 0, 0, 1000, 1, 200_000), sample_rate=250_000)
    with pytest.raises(RequestError, match="limit is 60 s"):
        render(np.ones(9, np.float32), SoundRequest(HASH, 0, 0, 10_000_000, 20), sample_rate=250_000)


def test_a_worker_plays_a_call_of_a_recording(client: Client, tones: Path) -> None:
    recording = client.open(tones)
    sound = recording.sound(100)
    power = np.abs(np.fft.rfft(sound.samples * np.hanning(len(sound.samples))))
    assert np.fft.rfftfreq(len(sound.samples), 1 / SOUND_RATE)[power.argmax()] == pytest.approx(3_500, abs=30)
    assert sound.duration == pytest.approx(0.25, abs=1e-3)
    assert recording.sound(100, overview=True, expansion=20).duration == pytest.approx(2.1, abs=1e-3)
    with pytest.raises(bc.RequestError, match="expansion=7 must be one of 1, 5, 8, 10, 16, 20"):
        recording.sound(100, expansion=7)


def test_what_lies_5_khz_beside_a_heterodyne_detectors_band_is_not_heard() -> None:
    both = tone(42_000, 250_000) + tone(48_000, 250_000) + tone(33_000, 250_000)
    frequencies, levels = spectrum(both, 250_000, expansion=1, heterodyne=40_000)
    assert levels[abs(frequencies - 2_000) > 100].max() < -60


def test_the_digest_names_the_sound_and_is_the_same_on_every_machine_and_tomorrow() -> None:
    """Raise SOUND_VERSION where the same request gives another sound than before, and write down the new digest."""
    request = SoundRequest(HASH, 0, 0, 6250)
    assert request.digest == "cc8c06a75f059c7536525b0d9c202b24"
    others = {"recording": "f" * 32, "channel": 1, "start": 1, "stop": 6251, "expansion": 5, "time_expansion": 10}
    digests = {SoundRequest.from_json({**request.to_json(), name: value}).digest for name, value in others.items()}
    digests.add(SoundRequest(HASH, 0, 0, 6250, 1, 40_000).digest)
    assert len(digests | {request.digest}) == len(others) + 2


def test_a_player_shows_the_title_as_text() -> None:
    request = SoundRequest(HASH, 0, 0, 6250)
    blob = encode_wav(np.ones(request.length(250_000), np.int16), request, sample_rate=250_000, gain=0.0)
    shown = decode_wav(blob, request, '"><script>alert(1)</script>')._repr_html_()
    assert "<script>" not in shown and shown.count('"') == 4
