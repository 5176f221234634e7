"""Files whose header and content do not agree: cut short, or still being written."""

from __future__ import annotations

import re
import time

LATELY = 60.0  # s: recorders write many times a second, some through a buffer
MAX_FRAMES = 2**53  # libsndfile has the largest number that there is for a FLAC that does not say how long it is

# libsndfile corrects the sizes and says so in its log; it does not tell through its interface.
_SIZES = re.compile(r"(?:RIFF|RIFF size|FORM)\s*: (\d+) \(should be (\d+)\)", re.IGNORECASE)
_UNCLOSED = "wasn't closed properly"
_BEYOND = re.compile(r"Unknown chunk marker \S+ at position (\d+)\.")
_FEW = 64  # bytes too many or too few, such as a pad byte or a cut comment: nothing of the sound


def discrepancy(log: str, *, frames: int, sample_rate: int, size: int, written: float) -> str:
    """Return a sentence or two if the header promises more or less than the file holds, else nothing.

    Parameters
    ----------
    log : str
        What libsndfile said as it opened the file.
    frames, sample_rate, size : int
        Samples a channel; Hz; bytes of the file.
    written : float
        When the file was last written to, in s since 1970.
    """
    seconds = frames / sample_rate
    found, beyond = _SIZES.search(log), _BEYOND.search(log)
    promised, there = (int(found[1]), int(found[2])) if found else (0, 0)
    text = ""
    if _UNCLOSED in log:
        text = f"This file was not closed: its header does not say how long it is, and {seconds:.2f} s are there."
    elif promised - there >= _FEW and promised < 0xFFFFFF00:  # else by a program that did not know yet, for good
        text = (
            f"This file is cut short: its header promises about {seconds * promised / there:.2f} s, "
            f"and {seconds:.2f} s are there."
        )
    elif beyond and size - int(beyond[1]) >= _FEW:
        text = f"The header of this file accounts for {seconds:.2f} s, and {size - int(beyond[1])} more bytes follow."
    return text + lately(written) if text else ""


def no_length(name: str, *, frames: int, size: int, written: float) -> str:
    """Return why a file with no samples, or an impossible number of them, is not opened; nothing if it has some."""
    if frames > MAX_FRAMES:
        text = f"{name} does not say how long it is, so it was not closed: save it anew, such as with flac -d -F."
    elif frames <= 0 and size > 4096:
        text = (
            f"{name} holds no samples by its header, though it has {size} bytes: the recorder has not closed it. "
            "Have its header repaired, such as with: sox --ignore-length."
        )
    elif frames <= 0:
        text = f"{name} holds no samples: was the recording stopped before it began?"
    else:
        return ""
    return text + lately(written)


def lately(written: float) -> str:
    """Return a sentence to follow another one, if a file was written to a moment ago; else nothing."""
    ago = max(time.time() - written, 0.0)  # the clock of a file server may be ahead
    if ago > LATELY:
        return ""
    return f" It was written to {ago:.0f} s ago: is it still being recorded? Open it again for what has come since."
