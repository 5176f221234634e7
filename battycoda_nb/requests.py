"""What can be asked of a worker: which samples, which transform. Imports nothing of ours but the errors.

A request holds all that its result depends on and nothing else, so its digest names the result: two people who
ask for the same thing share it, and a result can never be stale. How a picture is looked at (contrast, colours)
is not part of a request.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from hashlib import blake2b
from typing import Protocol

from .errors import RequestError

# Part of every digest: raise it when the same request would give other levels than before.
TRANSFORM_VERSION = 1

WINDOWS = ("tukey", "hann")  # "tukey" is Tukey(0.25), the default of scipy.signal.spectrogram
COLUMN_BUDGET = 1000  # enough for any screen's plot; a fixed number, so that everybody asks for the same thing
FINEST_HOP = 16  # never finer than n_fft / 16: the picture is the same (under 0.1 dB on average)
MAX_N_FFT = 65536
MAX_BYTES = 256 * 2**20  # what one request may need in a worker's memory

PADDING = {False: 0.010, True: 0.050}  # s on either side of a call: its detail view, its overview

_DIGEST = re.compile(r"[0-9a-f]{32}")


def is_digest(text: object) -> bool:
    """Whether `text` has the form of a digest or a recording's hash: 32 lower-case hex digits."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def hop_for(frames: int, n_fft: int) -> int:
    """The hop length for a window of `frames` samples: the column budget, but between n_fft/16 and n_fft.

    It depends on the samples alone, never on a screen, so everybody asks for the same result.
    """
    within_budget = math.ceil(max(frames - n_fft, 0) / (COLUMN_BUDGET - 1))
    return min(max(n_fft // FINEST_HOP, within_budget, 1), n_fft)


class Window(Protocol):
    """What every request has: the samples that it is about, and its name."""

    @property
    def recording(self) -> str: ...
    @property
    def channel(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def stop(self) -> int: ...
    @property
    def digest(self) -> str: ...
    def to_json(self) -> dict[str, str | int]: ...


@dataclass(frozen=True)
class SpectrogramRequest:
    """Which samples of which recording, and which transform.

    Parameters
    ----------
    recording : str
        Content hash of the recording, 32 hex digits.
    channel : int
        From 0.
    start, stop : int
        First frame of the window, and one past its last.
    window : str
        ``"tukey"`` (Tukey 0.25) or ``"hann"``; periodic, as long as a frame.
    n_fft, hop_length : int
        Length of a transform and the step between two, in samples.

    Raises
    ------
    RequestError
        If a value is of the wrong type, out of range, or if the result would need too much memory.
    """

    recording: str
    channel: int
    start: int
    stop: int
    window: str = "tukey"
    n_fft: int = 256
    hop_length: int = 16

    def __post_init__(self) -> None:
        for name in ("channel", "start", "stop", "n_fft", "hop_length"):
            value = getattr(self, name)
            if type(value) is not int:
                raise RequestError(f"{name}={value!r} must be a whole number")
        if not is_digest(self.recording):
            raise RequestError(f"recording={str(self.recording)[:40]!r} must be a content hash of 32 hex digits")
        if self.window not in WINDOWS:
            raise RequestError(f"window={str(self.window)[:40]!r} must be one of {', '.join(WINDOWS)}")
        if not 0 <= self.channel < 1024:
            raise RequestError(f"channel={self.channel} must be between 0 and 1023")
        if not 16 <= self.n_fft <= MAX_N_FFT or self.n_fft % 2:
            raise RequestError(f"n_fft={self.n_fft} must be an even number between 16 and {MAX_N_FFT}")
        if not 1 <= self.hop_length <= self.n_fft:
            raise RequestError(f"hop_length={self.hop_length} must lie between 1 and n_fft={self.n_fft}")
        if not 0 <= self.start < self.stop < 2**53:
            raise RequestError(f"start={self.start} must not be negative, and stop={self.stop} must lie after it")
        if self.stop - self.start < self.n_fft:
            raise RequestError(
                f"The window has {self.stop - self.start} samples, fewer than one transform of "
                f"n_fft={self.n_fft}: ask for a longer window or a smaller n_fft"
            )
        needed = 4 * (self.stop - self.start) + 2 * self.bins * self.columns
        if needed > MAX_BYTES:
            raise RequestError(
                f"This would need {needed / 2**20:,.0f} MB in the worker, and the limit is {MAX_BYTES / 2**20:.0f} MB: "
                "ask for a shorter window or a larger hop_length"
            )

    @property
    def bins(self) -> int:
        """Number of frequencies, 0 Hz and Nyquist included."""
        return self.n_fft // 2 + 1

    @property
    def columns(self) -> int:
        """Number of frames that lie wholly within the window."""
        return (self.stop - self.start - self.n_fft) // self.hop_length + 1

    @cached_property
    def digest(self) -> str:
        """Name of the result: 32 hex digits of blake2b over the version and every field."""
        content = json.dumps([TRANSFORM_VERSION, self.to_json()], sort_keys=True, separators=(",", ":"))
        return blake2b(content.encode(), digest_size=16).hexdigest()

    def to_json(self) -> dict[str, str | int]:
        """The fields as a JSON object, as they cross the broker."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: object) -> SpectrogramRequest:
        """The request in a JSON object; anything else than the exact fields is a `RequestError`."""
        names = {field.name for field in fields(cls)}
        if not isinstance(value, dict) or set(value) != names:
            raise RequestError(f"A spectrogram request has exactly the fields {', '.join(sorted(names))}")
        return cls(**value)


def window_around(
    onset: float, offset: float, *, sample_rate: int, frames: int, padding: float, n_fft: int
) -> tuple[int, int]:
    """First frame and one past the last of a call's view: `padding` seconds on either side, within the recording.

    At a recording's edge the view is shorter, also where a call is said to go on after the end (detectors that work in
    frames write such); where it would be shorter than one transform it is moved inwards.

    Raises
    ------
    RequestError
        If the call begins beyond the end of the recording, or the recording is shorter than one transform.
    """
    length = frames / sample_rate
    if onset >= length:
        raise RequestError(
            f"The call from {onset:.4f} to {offset:.4f} s lies beyond the end of the recording, which is "
            f"{length:.4f} s long: is the file cut short, or do the calls belong to another one?"
        )
    if frames < n_fft:
        raise RequestError(f"The recording has {frames} samples, fewer than one transform of n_fft={n_fft}")
    start = max(round((onset - padding) * sample_rate), 0)
    stop = min(round((offset + padding) * sample_rate), frames)
    if stop - start < n_fft:
        start = max(min(start, frames - n_fft), 0)
        stop = min(start + n_fft, frames)
    return start, stop
