"""Transforms in the units of a user, and the requests that are made of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from battycoda_nb.errors import RequestError

from .requests import COLUMN_BUDGET, MAX_N_FFT, SCALES, WINDOWS, SpectrogramRequest, hop_for, is_number
from .scales import mel_n_fft

BATTYCODA_LENGTH = 256  # samples at any rate
CLOSE_HOP = 64  # a zoomed view hops down to win_length / 64
CLOSE_COLUMNS = 1600
CLOSE_PADDING = 4  # and is padded with zeros to four times its length, as long as that is not more than:
CLOSE_N_FFT = 4096


@dataclass(frozen=True)
class Transform:
    """A transform in the user's units, the same to the eye at any sample rate.

    Parameters
    ----------
    window : str
        One of `requests.WINDOWS`.
    window_length : float
        ms; 0.0 for 256 samples at any rate, as BattyCoda has it.
    overlap : float, optional
        Of one frame with the next, 0 to 0.98 of its length. None: as dense as the column budget allows.
    scale : str
        One of `requests.SCALES`.

    Raises
    ------
    RequestError
        If a value is not one of these.

    Examples
    --------
    >>> transform = Transform("hann", window_length=2.0, overlap=0.75)
    >>> transform.win_length(sample_rate=250_000), transform.win_length(sample_rate=384_000)
    (500, 768)
    """

    window: str = "tukey"
    window_length: float = 0.0
    overlap: float | None = None
    scale: str = "linear"

    def __post_init__(self) -> None:
        for name, known in (("window", WINDOWS), ("scale", SCALES)):
            if getattr(self, name) not in known:
                raise RequestError(f"{name}={str(getattr(self, name))[:40]!r} must be one of {', '.join(known)}")
        if not is_number(self.window_length) or self.window_length < 0:
            raise RequestError(f"window_length={self.window_length!r} must be a length in ms, or 0 for 256 samples")
        if self.overlap is not None and not (is_number(self.overlap) and 0 <= self.overlap <= 0.98):
            raise RequestError(f"overlap={self.overlap!r} must lie between 0 and 0.98, or be None for the densest")

    def win_length(self, sample_rate: int) -> int:
        """Return the length of the window in samples.

        Raises
        ------
        RequestError
            If that is less than 16 or more than 65536.
        """
        samples = round(self.window_length * sample_rate / 1000) if self.window_length else BATTYCODA_LENGTH
        if not 16 <= samples <= MAX_N_FFT:
            raise RequestError(
                f"window_length={self.window_length:g} ms is {samples} samples at {sample_rate / 1000:g} kHz, and must "
                f"be 16 to {MAX_N_FFT}: choose another length"
            )
        return samples


def plan(
    transform: Transform,
    *,
    recording: str,
    channel: int,
    start: int,
    stop: int,
    sample_rate: int,
    time_expansion: int = 1,
    close: bool = False,
) -> SpectrogramRequest:
    """Return the request for a view of the samples from `start` to `stop`.

    It depends on the samples and the transform alone, never on a screen, so everybody asks for the same result.

    Parameters
    ----------
    sample_rate, time_expansion : int
        Hz, of the animal's sound; how many times slower the file has it.
    close : bool
        For a view that is zoomed into: up to 1600 columns, however much the frames then overlap, and four times as
        many frequencies. Else there are at most 1000 columns; a view too long for that with a hop as long as the
        window is pooled.

    Raises
    ------
    RequestError
        If the view is shorter than the window, or as `SpectrogramRequest` has it.
    """
    win_length, length = transform.win_length(sample_rate), stop - start
    if length < win_length:
        raise RequestError(
            f"The view of {length / sample_rate * 1e3:.3g} ms is shorter than the window of "
            f"{win_length / sample_rate * 1e3:.3g} ms: show more, or choose a shorter window"
        )
    budget = CLOSE_COLUMNS if close else COLUMN_BUDGET
    densest = None
    if close:
        densest = win_length // CLOSE_HOP
    elif transform.overlap is not None:
        densest = round(win_length * (1 - transform.overlap))
    hop_length = hop_for(length, win_length, densest=densest, columns=budget)
    frames = math.ceil((length - win_length) / hop_length) + 1
    return SpectrogramRequest(
        recording=recording,
        channel=channel,
        start=start,
        stop=stop,
        window=transform.window,
        win_length=win_length,
        n_fft=_n_fft(win_length, transform.scale, sample_rate, close),
        hop_length=hop_length,
        pool=math.ceil(frames / budget),
        scale=transform.scale,
        time_expansion=time_expansion,
    )


def _n_fft(win_length: int, scale: str, sample_rate: int, close: bool) -> int:
    """Return the next power of two, or more for a close look and for mel bands that are narrow at low frequencies."""
    n_fft = 2 ** (win_length - 1).bit_length()
    if close:
        n_fft = max(n_fft, min(CLOSE_PADDING * n_fft, CLOSE_N_FFT))
    if scale == "mel":
        n_fft = max(n_fft, mel_n_fft(sample_rate))
    return n_fft


PRESETS: dict[str, Transform] = {
    "battycoda": Transform(),
    "bat 2 ms": Transform("hann", 2.0, 0.75),
    "fine time": Transform("hann", 1.0, 0.9),
    "fine frequency": Transform("hann", 8.0, 0.9),
}
