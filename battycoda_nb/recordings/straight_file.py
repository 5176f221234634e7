"""libsndfile's files, read straight on: no seek that was not asked for, and all that comes before an error.

soundfile seeks after each read to where the read ended. In MP3 and Ogg that is not exact (libsndfile issue #885), so
the next block is not the one that follows; in a damaged file it fails.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import soundfile

_BLOCK = 2**16  # frames


class StraightFile(soundfile.SoundFile):
    """A sound file that goes on where its last read ended. `seek` is there, and is done only when it is called."""

    def seekable(self) -> bool:
        """Return False, so that `read` neither seeks nor trusts the header's number of frames."""
        return False


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
