"""An open file as libsndfile is to see it: a part of it, with bytes put before it or in place of its own."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping


class FileView(io.RawIOBase):
    """A part of an open file, some bytes of it replaced. The file's own position is left alone.

    Parameters
    ----------
    descriptor : int
        Stays the caller's to close.
    stop : int
        Byte of the file at which the view ends.
    replaced : mapping of int to bytes
        What stands there in place of the file's own, by position in the view.
    start : int
        Byte of the file with which the view begins.
    ahead : bytes
        Comes before it; positions in the view count from its start.
    """

    def __init__(
        self,
        descriptor: int,
        stop: int,
        replaced: Mapping[int, bytes] | None = None,
        *,
        start: int = 0,
        ahead: bytes = b"",
    ) -> None:
        super().__init__()
        self._descriptor, self._start, self._ahead = descriptor, start - len(ahead), len(ahead)
        self._size = stop - self._start
        self._replaced = {0: ahead, **(replaced or {})} if ahead else dict(replaced or {})
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = max(offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence], 0)
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        start = self._at
        wanted = max(min(len(buffer), self._size - start), 0)
        before = min(max(self._ahead - start, 0), wanted)  # bytes that are in no file
        data = bytearray(before)
        if wanted > before:
            data += os.pread(self._descriptor, wanted - before, self._start + start + before)
        for place, new in self._replaced.items():
            first, last = max(place, start), min(place + len(new), start + len(data))
            if first < last:
                data[first - start : last - start] = new[first - place : last - place]
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
