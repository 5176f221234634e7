"""Requests: the samples and the transform, or the playing, that a worker is asked for.

A request holds all that its result depends on and nothing else, so its digest names the result: two people who
ask for the same thing share it, and a result can never be stale. How a picture is looked at (contrast, colours)
is not part of a request.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from hashlib import blake2b
from typing import ClassVar, Self

from battycoda_nb.errors import RequestError

# Part of every digest: raise them when the same request would give other levels, or another sound, than before.
TRANSFORM_VERSION = 3
SOUND_VERSION = 2

# "tukey" is Tukey(0.25), the default of scipy.signal.spectrogram.
WINDOWS = ("tukey", "hann", "hamming", "blackmanharris")
SCALES = ("linear", "mel", "pcen")
COLUMN_BUDGET = 1000  # enough for any screen's plot; a fixed number, so that everybody asks for the same thing
FINEST_HOP = 16  # never finer than win_length / 16: the picture is the same (under 0.1 dB on average)
MAX_N_FFT = 65536
MELS = 128  # rows of a mel picture
MAX_BYTES = 256 * 2**20  # what one request may need in a worker's memory
MAX_POOL = 2**20
MAX_POOLED = 2**32  # samples of a pooled request: 4.8 h at 250 kHz, half a minute's work

SOUND_RATE = 48_000  # Hz: what browsers play without resampling
SOUND_SECONDS = 60  # of sound at most: 5.8 MB
EXPANSIONS = (1, 5, 8, 10, 16, 20)
MAX_TIME_EXPANSION = 1000

PADDING = {False: 0.010, True: 0.050}  # s on either side of a call: its detail view, its overview

_DIGEST = re.compile(r"[0-9a-f]{32}")


def is_digest(text: object) -> bool:
    """Return whether `text` has the form of a digest or a recording's hash: 32 lower-case hex digits."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def check_time_expansion(value: object, name: str = "time_expansion") -> int:
    """Return how many times slower than the animal's sound a file plays; `name` is for the message.

    Raises
    ------
    RequestError
        If it is no whole number from 1 to 1000.
    """
    whole = value.__index__() if hasattr(value, "__index__") and not isinstance(value, bool) else value  # of numpy too
    number = float(whole) if is_number(whole) else math.nan  # type: ignore[arg-type]
    if not 1 <= number <= MAX_TIME_EXPANSION or number % 1:
        raise RequestError(
            f"{name}={str(value)[:40]} must be a whole number from 1 to {MAX_TIME_EXPANSION}: how many times slower "
            "than the animal's the sound in the file is"
        )
    return int(number)


def is_number(value: object) -> bool:
    """Return whether `value` is a finite number that a float can hold; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer of hundreds of digits, which JSON may have
        return False


def hop_for(frames: int, win_length: int, *, densest: int | None = None, columns: int = COLUMN_BUDGET) -> int:
    """Return the hop length for a view of `frames` samples: the column budget, but between `densest` and win_length.

    `densest` is win_length/16 unless told. It depends on the samples alone, never on a screen, so everybody asks for
    the same result.
    """
    within_budget = math.ceil(max(frames - win_length, 0) / (columns - 1))
    return min(max(win_length // FINEST_HOP if densest is None else densest, within_budget, 1), win_length)


@dataclass(frozen=True)
class Window:
    """Samples of one channel, and the form in which all that is asked of them has a name and crosses the broker.

    Parameters
    ----------
    recording : str
        Content hash of the recording, 32 hex digits.
    channel : int
        From 0.
    start, stop : int
        First sample, and one past the last.
    time_expansion : int
        How many times slower than the animal's the sound in the file is: its rate is the header's times this.

    Raises
    ------
    RequestError
        If a value is of the wrong type or out of range.
    """

    kind: ClassVar[str]  # for messages
    version: ClassVar[tuple[str | int, ...]]  # begins what the digest is made of

    recording: str
    channel: int
    start: int
    stop: int
    time_expansion: int = field(default=1, kw_only=True)

    def __post_init__(self) -> None:
        for known in fields(self):
            value = getattr(self, known.name)
            if known.type == "int" and type(value) is not int:  # annotations are text here
                raise RequestError(f"{known.name}={repr(value)[:40]} must be a whole number")
        check_time_expansion(self.time_expansion)
        if not is_digest(self.recording):
            raise RequestError(f"recording={str(self.recording)[:40]!r} must be a content hash of 32 hex digits")
        if not 0 <= self.channel < 1024:
            raise RequestError(f"channel={self.channel} must be between 0 and 1023")
        if not 0 <= self.start < self.stop < 2**53:
            raise RequestError(f"start={self.start} must not be negative, and stop={self.stop} must lie after it")

    @cached_property
    def digest(self) -> str:
        """Name of the result: 32 hex digits of blake2b over the version and every field."""
        content = json.dumps([*self.version, self.to_json()], sort_keys=True, separators=(",", ":"))
        return blake2b(content.encode(), digest_size=16).hexdigest()

    def to_json(self) -> dict[str, str | int]:
        """Return the fields as a JSON object, as they cross the broker."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Return the request in a JSON object; anything else than the exact fields is a `RequestError`."""
        names = {known.name for known in fields(cls)}
        if not isinstance(value, dict) or set(value) != names:
            raise RequestError(f"{cls.kind} has exactly the fields {', '.join(sorted(names))}")
        return cls(**value)


@dataclass(frozen=True)
class SpectrogramRequest(Window):
    """Samples of a recording and their transform: all that a picture is computed from.

    Parameters
    ----------
    recording, channel, start, stop, time_expansion
        As in `Window`.
    window : str
        One of `WINDOWS`: ``"tukey"`` (Tukey 0.25), ``"hann"``, ``"hamming"`` or ``"blackmanharris"``; periodic.
    win_length : int
        Length of the window, and so of a frame, in samples.
    n_fft : int
        Length of a transform, even, at least `win_length`: a frame is filled up with zeros, which gives more
        frequencies of the same resolution.
    hop_length : int
        Step from one frame to the next, in samples.
    pool : int
        A column is the maximum of this many frames. If above 1, the samples are read in blocks: what is needed in
        memory does not grow with their number.
    scale : str
        ``"linear"``: dB re full scale at equally spaced frequencies. ``"mel"``: the same in 128 bands equally spaced in
        mel. ``"pcen"``: per-channel energy normalisation of the linear picture, which is not in dB.

    Raises
    ------
    RequestError
        If a value is of the wrong type, out of range, or if the result would need too much memory.

    Examples
    --------
    >>> request = SpectrogramRequest("0123456789abcdef" * 2, channel=0, start=1000, stop=6000)
    >>> request.bins, request.columns, request.digest
    (129, 298, '630803296d684fe02d51fe639742892c')
    >>> SpectrogramRequest(request.recording, 0, 1000, 6000, n_fft=255)
    Traceback (most recent call last):
    ...
    battycoda_nb.errors.RequestError: n_fft=255 must be an even number between 16 and 65536
    """

    kind = "A spectrogram request"
    version = (TRANSFORM_VERSION,)

    window: str = "tukey"
    win_length: int = 256
    n_fft: int = 256
    hop_length: int = 16
    pool: int = 1
    scale: str = "linear"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, known in (("window", WINDOWS), ("scale", SCALES)):
            if getattr(self, name) not in known:
                raise RequestError(f"{name}={str(getattr(self, name))[:40]!r} must be one of {', '.join(known)}")
        if not 16 <= self.n_fft <= MAX_N_FFT or self.n_fft % 2:
            raise RequestError(f"n_fft={self.n_fft} must be an even number between 16 and {MAX_N_FFT}")
        if not 16 <= self.win_length <= self.n_fft:
            raise RequestError(f"win_length={self.win_length} must lie between 16 and n_fft={self.n_fft}")
        if not 1 <= self.hop_length <= self.win_length:
            raise RequestError(f"hop_length={self.hop_length} must lie between 1 and win_length={self.win_length}")
        if not 1 <= self.pool <= MAX_POOL:
            raise RequestError(f"pool={self.pool} must lie between 1 and {MAX_POOL}")
        if self.stop - self.start < self.win_length:
            raise RequestError(
                f"{self.stop - self.start} samples are fewer than one window of win_length={self.win_length}: "
                "ask for a longer view or a shorter window"
            )
        self._check_size()

    def _check_size(self) -> None:
        length = self.stop - self.start
        if self.pool > 1 and length > MAX_POOLED:
            raise RequestError(
                f"A view of {length:,} samples is too long, and the limit is {MAX_POOLED:,}: ask for a shorter one",
                code="too-large",
            )
        # float32 values and their levels; unpooled also the samples with their running sum, and the whole transform.
        needed = 6 * self.bins * self.columns
        if self.pool == 1:
            needed += 12 * length + (0 if self.scale == "linear" else 12 * (self.n_fft // 2 + 1) * self.columns)
        if needed > MAX_BYTES:
            raise RequestError(
                f"This would need {needed / 2**20:,.0f} MB in the worker, and the limit is {MAX_BYTES / 2**20:.0f} MB: "
                "ask for a shorter view, or a larger hop_length or pool",
                code="too-large",
            )

    @property
    def bins(self) -> int:
        """Number of rows: frequencies with 0 Hz and Nyquist included, or mel bands."""
        return MELS if self.scale == "mel" else self.n_fft // 2 + 1

    @property
    def frames(self) -> int:
        """Number of transforms: those at whole hops, and where samples are left over, one more that ends at `stop`."""
        return -(-(self.stop - self.start - self.win_length) // self.hop_length) + 1

    @property
    def columns(self) -> int:
        """Number of columns; the last of a pooled request may stand for fewer frames than the others."""
        return -(-self.frames // self.pool)


@dataclass(frozen=True)
class SoundRequest(Window):
    """Samples of a recording to be played, and the way in which.

    Parameters
    ----------
    recording, channel, start, stop, time_expansion
        As in `Window`.
    expansion : int
        How many times slower than the animal, however slow the file itself is: 1, 5, 8, 10, 16 or 20.
    heterodyne : int
        Hz to which a heterodyne detector is tuned; 0 for none. Only in real time (``expansion=1``).

    Raises
    ------
    RequestError
        If a value is of the wrong type or out of range.

    Examples
    --------
    A call of 25 ms at 250 kHz, ten times slower, has a quarter of a second of sound at 48 kHz:

    >>> request = SoundRequest("0123456789abcdef" * 2, channel=0, start=0, stop=6250)
    >>> request.length(sample_rate=250_000)
    12000
    """

    kind = "A request for sound"
    version = ("sound", SOUND_VERSION)

    expansion: int = 10
    heterodyne: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.stop - self.start > SOUND_SECONDS * 500_000:
            raise RequestError(f"A window of {self.stop - self.start} samples is too long to play: ask for less")
        if self.expansion not in EXPANSIONS:
            raise RequestError(f"expansion={self.expansion} must be one of {', '.join(map(str, EXPANSIONS))}")
        if not 0 <= self.heterodyne <= 500_000:
            raise RequestError(f"heterodyne={self.heterodyne} must lie between 0 and 500000 Hz")
        if self.heterodyne and self.expansion != 1:
            raise RequestError("A heterodyne detector plays in real time: set expansion=1")

    def length(self, sample_rate: int) -> int:
        """Return the number of samples of the sound at 48 kHz; `sample_rate` (Hz) is the animal's."""
        return math.ceil((self.stop - self.start) * self.expansion * SOUND_RATE / sample_rate)


def window_around(
    onset: float, offset: float, *, sample_rate: int, frames: int, padding: float, win_length: int
) -> tuple[int, int]:
    """Return first frame and one past the last of a call's view: `padding` s on either side, within the recording.

    At a recording's edge the view is shorter, also where a call is said to go on after the end (detectors that work in
    frames write such); where it would be shorter than one window it is moved inwards.

    Raises
    ------
    RequestError
        If the call begins beyond the end of the recording, or the recording is shorter than one window.
    """
    length = frames / sample_rate
    if onset >= length:
        raise RequestError(
            f"The call from {onset:.4f} to {offset:.4f} s lies beyond the end of the recording, which is "
            f"{length:.4f} s long: is the file cut short, or do the calls belong to another one?"
        )
    if frames < win_length:
        raise RequestError(f"The recording has {frames} samples, fewer than one window of {win_length}")
    start = max(round((onset - padding) * sample_rate), 0)
    stop = min(round((offset + padding) * sample_rate), frames)
    if stop - start < win_length:
        start = max(min(start, frames - win_length), 0)
        stop = min(start + win_length, frames)
    return start, stop
