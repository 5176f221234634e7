"""libsndfile's files, read straight on: no seek that was not asked for, and all that comes before an error.

soundfile seeks after each read to where the read ended. In MP3 and Ogg that is not exact (libsndfile issue #885), so the
next block is not the one that follows; in a damaged file it fails.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator

import numpy as np
import soundfile

_BLOCK = 2**16  # frames


class StraightFile(soundfile.SoundFile):
    """A sound file that goes on where its last read ended. `seek` is there, and is done only when it is called."""

    def seekable(self) -> bool:
        """Return False, so that `read` neither seeks nor trusts the header's number of frames."""
        return False


class Splice:
    """Some bytes and then a part of a file, as one file for reading. It does not move the file's own position.

    Parameters
    ----------
    descriptor : int
        Stays the caller's.
    prefix : bytes
        Comes first.
    start, stop : int
        First byte of the file that follows, and one past the last.
    """

    def __init__(self, descriptor: int, prefix: bytes, start: int, stop: int) -> None:
        self._descriptor, self._prefix, self._start, self._stop = descriptor, prefix, start, stop
        self._at = 0

    def readinto(self, buffer: memoryview) -> int:
        """Fill a buffer as far as there are bytes, and return how many."""
        size = len(buffer)
        data = self._prefix[self._at : self._at + size]
        rest = self._start + max(self._at - len(self._prefix), 0)
        if wanted := min(size - len(data), self._stop - rest):
            data += os.pread(self._descriptor, wanted, rest)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move as `io.IOBase.seek` does, and return the new place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at}.get(whence, len(self._prefix) + self._stop - self._start)
        self._at = max(base + offset, 0)
        return self._at

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._at


def read_on(sound: soundfile.SoundFile, frames: int) -> tuple[np.ndarray, str]:
    """Return the next frames [shape=(n, channels), dtype=float32], and the error before which they end, or nothing."""
    block = np.full((frames, sound.channels), np.nan, np.float32)
    try:
        count = sound.buffer_read_into(block, dtype="float32")
    except soundfile.LibsndfileError as error:
        # libsndfile does not tell how many came before the error; what it has not written is still NaN.
        missing = np.isnan(block).any(axis=1)
        return block[: int(missing.argmax()) if missing.any() else frames], str(error.error_string)
    return block[:count], ""


def blocks(sound: soundfile.SoundFile) -> Iterator[np.ndarray]:
    """Yield all frames from here on, block by block [shape=(n, channels), dtype=float32], up to the first error."""
    error = ""
    while not error:
        block, error = read_on(sound, _BLOCK)
        if not len(block):
            return
        yield block
