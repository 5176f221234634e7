"""FLAC files whose header is wrong, or that are cut short or damaged: what of them can be decoded, and where it lies.

libsndfile believes the number of samples in STREAMINFO, and after one error it answers every call with an error. Each
frame of FLAC says where it belongs, so a file that is opened again reads on behind the damage, at the right place.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import soundfile

from .file_view import FileView
from .straight_file import StraightFile, read_on

_TOTAL = slice(21, 26)  # bytes with the number of samples; of the first of them four bits are of something else
_PROBES = 64
_BEYOND = 2**17  # samples: more than a block
_STEP = 4096  # samples: a block, as encoders have it
_MAX_STEP = 2**18
_BLOCK = 2**20  # bytes
_KEPT = 64  # zeros: a frame may end with some


class FlacFile:
    """A FLAC file read by window, as far as it can be decoded.

    Attributes
    ----------
    frames : int
        Samples a channel up to the last that can be decoded; 0 where none can.
    promised : int
        By the header; 0 where it does not say.
    lost : list of (int, int)
        First sample, and one past the last, of what was found to be damaged.
    """

    def __init__(self, descriptor: int, size: int) -> None:
        # Recorders fill a file with zeros ahead of time, and a search for frames in them takes a minute for some 20 MB.
        self._descriptor, self._size = descriptor, _without_zeros(descriptor, size)
        self._is_whole = self._size == size
        head = os.pread(descriptor, 26, 0)
        self._upper = head[21] & 0xF0
        self.promised = int.from_bytes(head[_TOTAL], "big") & 0xFFFFFFFFF
        self.lost: list[tuple[int, int]] = []
        self.frames = 0
        self.frames = self._length()
        self._sound = self._open()

    def read(self, start: int, stop: int, dtype: str = "float32") -> np.ndarray:
        """Return frames [shape=(stop - start, channels)]; zeros where they cannot be decoded, as `lost` then says."""
        if self._known_lost(start) >= stop:  # to look again takes a second for each few megabytes
            return np.zeros((stop - start, self._sound.channels), dtype)
        try:
            self._sound.seek(start)
            samples = self._sound.read(stop - start, dtype=dtype, always_2d=True)
            if len(samples) == stop - start:
                return samples
        except soundfile.LibsndfileError:
            pass
        samples = self._read_around(start, stop)
        self._sound.close()
        self._sound = self._open()
        return np.rint(samples * 32768).astype(np.int16) if dtype == "int16" else samples

    def _known_lost(self, at: int) -> int:
        """Return the end of the damaged part in which a frame lies, as far as that is known; else the frame."""
        return next((end for first, end in self.lost if first <= at < end), at)

    def lost_within(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Return what is known to be damaged of the frames from `start` to `stop`."""
        return [(max(first, start), min(end, stop)) for first, end in self.lost if first < stop and end > start]

    def close(self) -> None:
        self._sound.close()

    def _open(self) -> StraightFile:
        # libsndfile stops at the header's total, and finds no frame where there is none.
        if self.frames > self.promised:
            return self._with_total(self.frames)
        if not self._is_whole:
            return StraightFile(FileView(self._descriptor, self._size))
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return StraightFile(self._descriptor, closefd=False)

    def _with_total(self, total: int) -> StraightFile:
        """Return the file opened as if its header had this number of samples."""
        field = bytes([self._upper | total >> 32 & 0x0F]) + (total & 0xFFFFFFFF).to_bytes(4, "big")
        return StraightFile(FileView(self._descriptor, self._size, {21: field}))

    def _read_around(self, start: int, stop: int) -> np.ndarray:
        samples = np.zeros((stop - start, self._sound.channels), np.float32)
        at = start
        while at < stop:
            if (behind := self._known_lost(at)) > at:
                at = behind
                continue
            good = self._from(at, stop - at)
            samples[at - start : at - start + len(good)] = good
            at += len(good)
            if at < stop:
                behind = self._behind(at)
                self._lose(at, behind)
                at = behind
        return samples

    def _from(self, start: int, count: int) -> np.ndarray:
        """Return the frames from `start` up to the first that cannot be decoded."""
        # libFLAC guesses from the total where in the file a sample lies: with one far too large it takes a thousand
        # times as long, and with none it does not find each frame.
        with self._with_total(max(start + count + _BEYOND, self.frames)) as sound:
            try:
                sound.seek(start)
            except soundfile.LibsndfileError:
                return np.zeros((0, sound.channels), np.float32)
            return read_on(sound, count)[0]

    def _can(self, at: int) -> bool:
        return len(self._from(at, 1)) == 1

    def _behind(self, at: int) -> int:
        """Return the first frame behind a damaged one that can be decoded, or the end."""
        bad, step = at, _STEP
        while not self._can(good := min(bad + step, self.frames - 1)):
            if good == self.frames - 1:
                return self.frames
            bad, step = good, min(2 * step, _MAX_STEP)
        return self._border(bad, good, rising=True)

    def _border(self, low: int, high: int, *, rising: bool) -> int:
        """Return where what can be decoded begins, or ends, between two places of which one can and one cannot."""
        while high - low > 1:
            middle = (low + high) // 2
            if self._can(middle) == rising:
                high = middle
            else:
                low = middle
        return high

    def _lose(self, start: int, stop: int) -> None:
        """Remember a damaged part, as one with those that it touches."""
        for first, end in [part for part in self.lost if part[0] <= stop and part[1] >= start]:
            start, stop = min(start, first), max(stop, end)
            self.lost.remove((first, end))
        self.lost.append((start, stop))
        self.lost.sort()

    def _length(self) -> int:
        """Return how many samples there are up to the last that can be decoded."""
        there = self.promised and self._can(self.promised - 1)
        if there and not self._can(self.promised):
            return self.promised
        if there or not self.promised:
            low, step = max(self.promised - 1, 0), _STEP
            if not self._can(low):
                return 0
            while self._can(low + step):
                low, step = low + step, 2 * step
            return self._border(low, low + step, rising=False)
        for low, high in self._places():
            if self._can(low):
                return self._border(low, high, rising=False)
        return 0

    def _places(self) -> Iterator[tuple[int, int]]:
        """Yield neighbours of some places in the promised samples, the last first."""
        # No encoder needs less than a byte for 2**16 frames of silence, so a mad promise is cut down to what may be.
        most = min(self.promised, self._size * 2**16)
        places = sorted({most * probe // _PROBES for probe in range(_PROBES + 1)})
        yield from zip(reversed(places[:-1]), reversed(places[1:]), strict=True)


def _without_zeros(descriptor: int, size: int) -> int:
    """Return where a file ends less the zeros at its end, but for a few."""
    stop = size
    while stop > 0:
        start = max(stop - _BLOCK, 0)
        content = os.pread(descriptor, stop - start, start).rstrip(b"\0")
        if content:
            return min(start + len(content) + _KEPT, size)
        stop = start
    return size
