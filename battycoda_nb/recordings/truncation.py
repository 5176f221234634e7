"""Files whose header and content do not agree: cut short, or still being written."""

from __future__ import annotations

import time

from .wav_chunks import WavLayout, only_zeros, wav_layout

LATELY = 60.0  # s: recorders write many times a second, some through a buffer
MAX_FRAMES = 2**53  # libsndfile has the largest number that there is for a FLAC that does not say how long it is

# libsndfile corrects the sizes and says so in its log; it does not tell through its interface.
_UNCLOSED = "wasn't closed properly"
_FEW = 64  # bytes too many or too few, such as a pad byte or a header counted along: nothing of the sound

# What programs write that cannot know how long it will be, such as into a pipe: sox 0x7FFFF000, GStreamer 0x7FFF0000,
# arecord 0x80000000 or less its header, ffmpeg 0xFFFFFFFF, and the largest of 64 bits.
_PLACEHOLDERS = ((0x7FFE0000, 0x80010000), (0xFFFE0000, 0xFFFFFFFF), (2**62, 2**64))


def discrepancy(descriptor: int, log: str, *, frames: int, sample_rate: int, written: float) -> str:
    """Return a sentence or two if the header promises more or less than the file holds, else nothing.

    What counts is the size of the sound's own chunk, against the bytes that follow it less those that parse as chunks
    or are zeros: the size of the whole, or a comment that is cut off, says nothing of the sound.

    Parameters
    ----------
    descriptor : int
        Of the open file.
    log : str
        What libsndfile said as it opened the file.
    frames, sample_rate : int
        Samples a channel; Hz.
    written : float
        When the file was last written to, in s since 1970.
    """
    seconds = frames / sample_rate
    layout = wav_layout(descriptor)
    if layout and layout.data:
        text = _of_chunks(descriptor, layout, seconds) or (_length_unknown(layout) if lately(written) else "")
    else:
        text = _unclosed(seconds) if _UNCLOSED in log else ""
    return text + lately(written) if text else ""


def is_placeholder(size: int) -> bool:
    """Return whether a size is one that stands for a length that was not known yet; 0 may be a real one too."""
    return any(low <= size <= high for low, high in _PLACEHOLDERS)


def _of_chunks(descriptor: int, layout: WavLayout, seconds: float) -> str:
    assert layout.data is not None
    declared, there = layout.data.size, layout.sound_end - layout.data.start
    if declared > there:
        if is_placeholder(declared) or declared - there < _FEW or there <= 0:
            return ""
        promised = seconds * declared / there
        decimals = 2 if promised - seconds > 0.01 else 4
        return (
            f"This file is cut short: its header promises about {promised:.{decimals}f} s, "
            f"and {seconds:.{decimals}f} s are there."
        )
    unnamed = layout.data.start + declared, layout.sound_end
    more = layout.appended + (0 if only_zeros(descriptor, *unnamed) else there - declared)
    if more < _FEW:
        return ""
    if declared == 0:
        return _unclosed(seconds)
    # libsndfile goes by the size of the chunk, but in W64, where it takes the rest of the file.
    counted = seconds * declared / there if layout.flavour == "W64" else seconds
    return f"The header of this file accounts for {counted:.2f} s, and {more} more bytes follow."


def _unclosed(seconds: float) -> str:
    return f"This file was not closed: its header does not say how long it is, and {seconds:.2f} s are there."


def _length_unknown(layout: WavLayout) -> str:
    known = layout.data is None or not is_placeholder(layout.data.size)
    return "" if known else "The header of this file does not say how long it is."


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
