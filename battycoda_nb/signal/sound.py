"""A call made audible: samples in, 48 kHz out. Pure functions, no input or output.

Time expansion plays the samples at a fraction of their rate, so a call of 5 ms and 45 kHz becomes one of 50 ms and
4.5 kHz; a heterodyne detector shifts a band down in real time. Both are resampled with a low-pass whose stop band lies
below -100 dB (soxr's "HQ"), since a browser plays 48 kHz and would else fold or mirror what lies beside it.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np

from battycoda_nb.errors import RecordingError, RequestError

from .requests import is_digest

SOUND_VERSION = 1  # part of every digest, as TRANSFORM_VERSION is of a spectrogram's
SAMPLE_RATE = 48_000  # Hz: what browsers play without resampling
EXPANSIONS = (1, 5, 8, 10, 16, 20)
MAX_SECONDS = 60  # of sound, at 48 kHz: 5.8 MB
HETERODYNE_BAND = 5_000  # Hz on either side of the tuned frequency, as in a hand-held detector
PEAK = 0.9  # of full scale
FADE = 0.002  # s at both ends, so that nothing clicks


@dataclass(frozen=True)
class SoundRequest:
    """Which samples of which recording to play, and how.

    Parameters
    ----------
    recording : str
        Content hash, 32 hex digits.
    channel : int
        From 0.
    start, stop : int
        First frame, and one past the last.
    expansion : int
        How many times slower: 1, 5, 8, 10, 16 or 20.
    heterodyne : int
        Hz to which a heterodyne detector is tuned; 0 for none. Only in real time (``expansion=1``).

    Raises
    ------
    RequestError
        If a value is of the wrong type or out of range.
    """

    recording: str
    channel: int
    start: int
    stop: int
    expansion: int = 10
    heterodyne: int = 0

    def __post_init__(self) -> None:
        for name in ("channel", "start", "stop", "expansion", "heterodyne"):
            value = getattr(self, name)
            if type(value) is not int:
                raise RequestError(f"{name}={str(value)[:40]!r} must be a whole number")
        if not is_digest(self.recording):
            raise RequestError(f"recording={str(self.recording)[:40]!r} must be a content hash of 32 hex digits")
        if not 0 <= self.channel < 1024:
            raise RequestError(f"channel={self.channel} must be between 0 and 1023")
        if not 0 <= self.start < self.stop < 2**53:
            raise RequestError(f"start={self.start} must not be negative, and stop={self.stop} must lie after it")
        if self.stop - self.start > MAX_SECONDS * 500_000:
            raise RequestError(f"A window of {self.stop - self.start} samples is too long to play: ask for less")
        if self.expansion not in EXPANSIONS:
            raise RequestError(f"expansion={self.expansion} must be one of {', '.join(map(str, EXPANSIONS))}")
        if not 0 <= self.heterodyne <= 500_000:
            raise RequestError(f"heterodyne={self.heterodyne} must lie between 0 and 500000 Hz")
        if self.heterodyne and self.expansion != 1:
            raise RequestError("A heterodyne detector plays in real time: set expansion=1")

    @cached_property
    def digest(self) -> str:
        """Name of the result: 32 hex digits of blake2b over the version and every field."""
        content = json.dumps(["sound", SOUND_VERSION, self.to_json()], sort_keys=True, separators=(",", ":"))
        return blake2b(content.encode(), digest_size=16).hexdigest()

    def length(self, sample_rate: int) -> int:
        """Number of samples of the sound at 48 kHz."""
        return math.ceil((self.stop - self.start) * self.expansion * SAMPLE_RATE / sample_rate)

    def to_json(self) -> dict[str, str | int]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: object) -> SoundRequest:
        """The request in a JSON object; anything else than the exact fields is a `RequestError`."""
        names = {field.name for field in fields(cls)}
        if not isinstance(value, dict) or set(value) != names:
            raise RequestError(f"A request for sound has exactly the fields {', '.join(sorted(names))}")
        return cls(**value)


def render(samples: np.ndarray, request: SoundRequest, *, sample_rate: int) -> tuple[np.ndarray, float]:
    """The sound of some samples, as loud as goes without clipping.

    Parameters
    ----------
    samples : np.ndarray [shape=(request.stop - request.start,), dtype=float32]
    sample_rate : int
        Hz, of the recording.

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
    if length > MAX_SECONDS * SAMPLE_RATE:
        raise RequestError(
            f"This would play for {length / SAMPLE_RATE:.0f} s, and the limit is {MAX_SECONDS} s: ask for less"
        )
    if request.heterodyne > sample_rate / 2:
        raise RequestError(
            f"heterodyne={request.heterodyne} Hz lies above the recording's highest frequency, {sample_rate / 2:.0f} Hz"
        )
    if not np.isfinite(samples).all():
        raise RecordingError("This cannot be played: it holds samples that are not a number (NaN or infinity)")
    samples = samples - samples.mean(dtype=np.float64).astype(np.float32)  # a recorder's constant offset is a click
    if request.heterodyne:
        sound = _heterodyne(samples, request.heterodyne, sample_rate)
    else:
        sound = _resample(samples, sample_rate / request.expansion, SAMPLE_RATE)
    sound = _fit(sound, length) * _fades(length)
    peak = float(np.abs(sound).max())
    if peak < 1e-7:
        raise RecordingError("There is nothing to hear here: every sample is the same, or all lies above 24 kHz")
    return np.rint(sound * (32767 * PEAK / peak)).astype(np.int16), 20 * math.log10(PEAK / peak)


def _heterodyne(samples: np.ndarray, tuned: int, sample_rate: int) -> np.ndarray:
    """The band around a frequency, shifted down to where people hear: both side bands fold onto one another."""
    phase = 2 * np.pi * ((tuned / sample_rate) * np.arange(len(samples)) % 1.0)
    mixed = 2 * samples * np.cos(phase).astype(np.float32)
    return _resample(_resample(mixed, sample_rate, 2 * HETERODYNE_BAND), 2 * HETERODYNE_BAND, SAMPLE_RATE)


def _resample(samples: np.ndarray, rate: float, wanted: float) -> np.ndarray:
    import soxr

    return soxr.resample(np.ascontiguousarray(samples, np.float32), rate, wanted, quality="HQ")


def _fit(sound: np.ndarray, length: int) -> np.ndarray:
    """Exactly `length` samples: the resampler may give one more or less."""
    return np.pad(sound[:length], (0, max(length - len(sound), 0)))


def _fades(length: int) -> np.ndarray:
    edge = min(round(FADE * SAMPLE_RATE), length // 2)
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
    """

    samples: np.ndarray
    request: SoundRequest
    gain: float
    wav: bytes
    title: str = ""
    sample_rate: int = SAMPLE_RATE

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


def meta_of(request: SoundRequest, *, sample_rate: int, gain: float) -> dict[str, Any]:
    """What a sound says of itself; `sample_rate` (Hz) is the recording's."""
    from battycoda_nb._version import __version__

    return {
        "software": f"battycoda_nb {__version__}",
        "request": request.to_json(),
        "sample_rate": sample_rate,
        "gain": round(gain, 2),
    }
