"""The strip of a whole recording: the requests for it, piece by piece."""

from __future__ import annotations

from .requests import SpectrogramRequest

WIN_LENGTH = 256  # samples, as BattyCoda has it
COLUMNS = 4096  # at most; more than half as many, where the recording is long enough
FINEST = 64  # samples a column
SEGMENT = 2**21  # samples: a fraction of a second's work
MAX_SEGMENTS = 512


def column_length(frames: int) -> int:
    """Return how many samples lie under one column of the strip of `frames` samples: a power of two."""
    return max(_power_of_two(frames / COLUMNS), FINEST)


def segments(recording_hash: str, channel: int, frames: int, time_expansion: int = 1) -> list[SpectrogramRequest]:
    """Return the requests for the strip of a whole recording, from its start to its end.

    Every sample is under a frame and every frame under a column, so that no call can be missed. All columns are equally
    long, `column_length`, and a request begins at column ``start // column_length`` of the strip; the last column may
    stand for fewer samples. There are none if the recording is shorter than one window.

    Parameters
    ----------
    frames : int
        Samples of the recording in one channel.
    time_expansion : int
        Of the recording.

    Notes
    -----
    Frames lie side by side where a column is longer than a window, as the strip shows where something is, not how loud
    it is: a click on the border of two frames is weakened by the window's taper.
    """
    column = column_length(frames)
    hop_length = min(column // 2, WIN_LENGTH)  # always pooled, for only then the end is covered too
    length = max(_power_of_two(frames / MAX_SEGMENTS), SEGMENT)
    # What is left over at the end goes to the segment before it, if it is shorter than a window.
    starts = range(0, max(frames - WIN_LENGTH + 1, 0), length)
    return [
        SpectrogramRequest(
            recording_hash,
            channel,
            start,
            frames if number == len(starts) - 1 else start + length,
            window="tukey",
            win_length=WIN_LENGTH,
            n_fft=WIN_LENGTH,
            hop_length=hop_length,
            pool=column // hop_length,
            time_expansion=time_expansion,
        )
        for number, start in enumerate(starts)
    ]


def _power_of_two(least: float) -> int:
    """Return the first power of two that is not less."""
    power = 1
    while power < least:
        power *= 2
    return power
