"""Sound of a call: samples in, 48 kHz out. Pure functions, no input or output.

Time expansion plays the samples at a fraction of their rate, so a call of 5 ms and 45 kHz becomes one of 50 ms and
4.5 kHz; a heterodyne detector shifts a band down in real time. Both are resampled with a low-pass whose stop band lies
below -100 dB (soxr's "HQ"), since a browser plays 48 kHz and would else fold or mirror what lies beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from battycoda_nb.errors import RecordingError, RequestError

from .requests import SOUND_RATE, SOUND_SECONDS, SoundRequest

HETERODYNE_BAND = 5_000  # Hz on either side of the tuned frequency, as in a hand-held detector
PEAK = 0.9  # of full scale
FADE = 0.002  # s of the sound at both ends, so that nothing clicks
# What is weaker than this, re the loudest sample, is not made louder: of a call above what people hear there would be
# nothing but what 16 bits and a resampler leave of it, at frequencies that it has not.
LEAST = 10 ** (-60 / 20)


def render(samples: np.ndarray, request: SoundRequest, *, sample_rate: int) -> tuple[np.ndarray, float]:
    """Return the sound of some samples, as loud as goes without clipping.

    Parameters
    ----------
    samples : np.ndarray [shape=(request.stop - request.start,), dtype=float32]
    sample_rate : int
        Hz, of the animal's sound: the header's rate times the file's own time expansion.

    Returns
    -------
    sound : np.ndarray [shape=(request.length(sample_rate),), dtype=int16]
        At 48 kHz.
    gain : float
        dB by which it is louder than the recording.

    Raises
    ------
    RequestError
        If the sound would be longer than a minute, or the detector is tuned above Nyquist.
    RecordingError
        If the samples hold NaN or infinity, or there is nothing to hear.
    """
    length = request.length(sample_rate)
    if length > SOUND_SECONDS * SOUND_RATE:
        raise RequestError(
            f"This would play for {length / SOUND_RATE:.0f} s, and the limit is {SOUND_SECONDS} s: ask for less"
        )
    if request.heterodyne > sample_rate / 2:
        raise RequestError(
            f"heterodyne={request.heterodyne} Hz lies above the recording's highest frequency, {sample_rate / 2:.0f} Hz"
        )
    if not np.isfinite(samples).all():
        raise RecordingError("This cannot be played: it holds samples that are not a number (NaN or infinity)")
    # Before they are resampled: a call that begins at once is a click of all frequencies.
    fades = _fades(len(samples), round(FADE * sample_rate / request.expansion))
    # A recorder's constant offset is a click too. Weighted, or a tone's last part of a period would count as one.
    samples = samples - np.float32(np.average(samples, weights=fades.astype(np.float64)))
    loudest = float(np.abs(samples).max())
    samples *= fades
    if request.heterodyne:
        sound = _heterodyne(samples, request.heterodyne, sample_rate)
    else:
        sound = _resample(samples, sample_rate / request.expansion, SOUND_RATE)
    sound = _fit(sound, length)
    peak = float(np.abs(sound).max())
    if peak < max(LEAST * loudest, 1e-7):
        raise RecordingError(_nothing_to_hear(request, loudest))
    return np.rint(sound * (32767 * PEAK / peak)).astype(np.int16), 20 * math.log10(PEAK / peak)


def _heterodyne(samples: np.ndarray, tuned: int, sample_rate: int) -> np.ndarray:
    """Return the band around a frequency, shifted down to where people hear: both side bands fold onto one another."""
    phase = 2 * np.pi * ((tuned / sample_rate) * np.arange(len(samples)) % 1.0)
    mixed = 2 * samples * np.cos(phase).astype(np.float32)
    return _resample(_resample(mixed, sample_rate, 2 * HETERODYNE_BAND), 2 * HETERODYNE_BAND, SOUND_RATE)


def _resample(samples: np.ndarray, rate: float, wanted: float) -> np.ndarray:
    import soxr

    return soxr.resample(np.ascontiguousarray(samples, np.float32), rate, wanted, quality="HQ")


def _fit(sound: np.ndarray, length: int) -> np.ndarray:
    """Return exactly `length` samples: the resampler may give one more or less."""
    return np.pad(sound[:length], (0, max(length - len(sound), 0)))


def _nothing_to_hear(request: SoundRequest, loudest: float) -> str:
    if loudest < 1e-7:
        return "There is nothing to hear here: every sample is the same"
    if request.heterodyne:
        return (
            f"There is nothing to hear here: within {HETERODYNE_BAND / 1e3:g} kHz of {request.heterodyne / 1e3:g} kHz "
            "all is 60 dB weaker than the rest. Tune to another frequency"
        )
    limit = request.expansion * SOUND_RATE / 2e3
    return (
        f"There is nothing to hear here: all but what is 60 dB weaker lies above {limit:g} kHz. Play it slower, or "
        "through the heterodyne detector"
    )


def _fades(length: int, edge: int) -> np.ndarray:
    edge = min(edge, length // 2)
    envelope = np.ones(length, np.float32)
    if edge:
        slope = (0.5 - 0.5 * np.cos(np.pi * np.arange(edge) / edge)).astype(np.float32)
        envelope[:edge], envelope[-edge:] = slope, slope[::-1]
    return envelope


@dataclass(frozen=True, eq=False)
class Sound:
    """A call made audible. Shows itself in a notebook as a player.

    Attributes
    ----------
    samples : np.ndarray [shape=(n,), dtype=int16]
        At `sample_rate`, 48 kHz.
    request : SoundRequest
    gain : float
        dB by which it is louder than the recording.
    wav : bytes
        The same as a WAV file, to be saved or sent.

    Examples
    --------
    >>> request = SoundRequest("0123456789abcdef" * 2, channel=0, start=0, stop=6250, expansion=10)
    >>> tone = 0.1 * np.sin(2 * np.pi * 0.16 * np.arange(6250, dtype=np.float32))  # 40 kHz at 250
    >>> samples, gain = render(tone, request, sample_rate=250_000)
    >>> Sound(samples, request, gain, wav=b"", title="a.wav, call 1")
    <Sound 'a.wav, call 1': 0.25 s, 10 times slower>
    """

    samples: np.ndarray
    request: SoundRequest
    gain: float
    wav: bytes
    title: str = ""
    sample_rate: int = SOUND_RATE

    @property
    def duration(self) -> float:
        """s, as it is heard."""
        return len(self.samples) / self.sample_rate

    def _repr_html_(self) -> str:
        from base64 import b64encode
        from html import escape

        data = b64encode(self.wav).decode()
        return f'<audio controls title="{escape(self.title)}" src="data:audio/wav;base64,{data}"></audio>'

    def __repr__(self) -> str:
        how = f"heterodyne {self.request.heterodyne / 1e3:g} kHz" if self.request.heterodyne else "real time"
        if self.request.expansion > 1:
            how = f"{self.request.expansion} times slower"
        return f"<Sound {self.title!r}: {self.duration:.2f} s, {how}>"


def metadata(request: SoundRequest, *, sample_rate: int, gain: float) -> dict[str, Any]:
    """Return the metadata of a sound; `sample_rate` (Hz) is the recording's."""
    from battycoda_nb._version import __version__

    return {
        "software": f"battycoda_nb {__version__}",
        "request": request.to_json(),
        "sample_rate": sample_rate,
        "gain": round(gain, 2),
    }
