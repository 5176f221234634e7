"""Decoded sound: what libsndfile cannot read by window is decoded once, from its start to its end, and kept.

A file of the cache has all frames as float32, channels side by side; then a CRC-32 for each block of them; then how
many there are. It is named by the recording's content hash. What is damaged, of another version or not there is made
again, so whatever becomes of the cache costs time alone.

Notes
-----
Several processes may use one cache: a file appears whole under its name or not at all, and one that is removed stays
readable to who has it open.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import struct
import tempfile
import time
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from battycoda_nb.errors import RecordingError
from battycoda_nb.settings import cache_folder

LIMIT = 4 * 2**30  # bytes of the cache, and of one file: 3 h of stereo at 44.1 kHz

_VERSION = 1  # raise it where the same file would be decoded to other samples than before
_FRAMES = 2**12  # of a block
_TAIL = struct.Struct("<QIII8s")  # frames, channels, CRC-32 of the blocks' CRC-32s, version, mark
_MARK = b"bcdecode"
_STALE = 24 * 3600.0  # s after which a file that was never finished belongs to nobody any more


class DamagedError(Exception):
    """The cache does not hold what was put there."""


class Decoded:
    """The frames of a file of the cache.

    Parameters
    ----------
    descriptor : int
        Closed with `close`, or if the file is not whole.

    Raises
    ------
    DamagedError
        If it is not whole.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        try:
            size = os.fstat(descriptor).st_size
            self.frames, self.channels, check, version, mark = _TAIL.unpack(_pread(descriptor, _TAIL.size, size))
            count = -(-self.frames // _FRAMES)
            self._row = 4 * self.channels
            if (version, mark) != (_VERSION, _MARK) or size != self.frames * self._row + 4 * count + _TAIL.size:
                raise DamagedError("it is not whole")
            sums = os.pread(descriptor, 4 * count, self.frames * self._row)
            if zlib.crc32(sums) != check:
                raise DamagedError("its checksums are damaged")
        except (DamagedError, struct.error, OSError) as error:
            os.close(descriptor)
            raise DamagedError(str(error)) from error
        self._sums = np.frombuffer(sums, "<u4")

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return frames [shape=(stop - start, channels), dtype=float32], fewer where they end.

        Raises
        ------
        DamagedError
            If they are not those that were put there.
        """
        stop = min(stop, self.frames)
        first, last = start // _FRAMES, -(-stop // _FRAMES)
        if start >= stop:
            return np.zeros((0, self.channels), np.float32)
        begin = first * _FRAMES
        data = memoryview(self._bytes(begin, min(last * _FRAMES, self.frames)))
        size = _FRAMES * self._row
        for number, block in enumerate(range(first, last)):
            if zlib.crc32(data[number * size : (number + 1) * size]) != self._sums[block]:
                raise DamagedError(f"its block {block} is damaged")
        return np.frombuffer(data, "<f4").reshape(-1, self.channels)[start - begin : stop - begin]

    def _bytes(self, start: int, stop: int) -> bytes:
        return os.pread(self._descriptor, (stop - start) * self._row, start * self._row)

    def close(self) -> None:
        os.close(self._descriptor)


def kept(key: str) -> Decoded | None:
    """Return what the cache has under a key, of letters and digits; None if that is nothing, or damaged."""
    path = _path(key)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    with contextlib.suppress(OSError):
        os.utime(descriptor)  # the least recently used goes first
    try:
        return Decoded(descriptor)
    except DamagedError:
        return None


def keep(key: str, blocks: Iterable[np.ndarray], channels: int) -> Decoded:
    """Write frames into the cache, and return them as they lie there.

    Where the cache's folder cannot be written to they lie in a temporary file, which ends with this process.

    Parameters
    ----------
    blocks : iterable of np.ndarray [shape=(n, channels), dtype=float32]

    Raises
    ------
    RecordingError
        If they need more than `LIMIT`, or there is no room on the disk.
    """
    path = _path(key)
    aside = path.with_name(f".{key}.{secrets.token_hex(6)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
        _write(descriptor, blocks, channels)
        return Decoded(descriptor)
    try:
        _write(descriptor, blocks, channels)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    _make_room(path)
    return Decoded(descriptor)


def _write(descriptor: int, blocks: Iterable[np.ndarray], channels: int) -> None:
    """Write all of a file; closes it where that fails."""
    sums, frames, rest = [], 0, b""
    block_bytes = 4 * channels * _FRAMES
    try:
        for block in blocks:
            frames += len(block)
            if 4 * channels * frames > LIMIT:
                raise RecordingError(
                    f"Decoded it needs more than {LIMIT / 2**30:.0f} GB, which is the limit: convert it to FLAC or "
                    "WAV, or split it",
                    code="too-large",
                )
            rest += block.astype("<f4", copy=False).tobytes()
            while len(rest) >= block_bytes:
                sums.append(zlib.crc32(rest[:block_bytes]))
                _write_all(descriptor, rest[:block_bytes])
                rest = rest[block_bytes:]
        if rest:
            sums.append(zlib.crc32(rest))
        table = np.array(sums, "<u4").tobytes()
        _write_all(descriptor, rest + table + _TAIL.pack(frames, channels, zlib.crc32(table), _VERSION, _MARK))
    except OSError as error:
        os.close(descriptor)
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise RecordingError(
                f"There is no room to decode it: {4 * channels * frames / 2**20:.0f} MB were written to the worker's "
                "cache folder when its disk was full. Make room there, or convert the file to FLAC or WAV"
            ) from error
        raise
    except BaseException:
        os.close(descriptor)
        raise


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _make_room(newest: Path) -> None:
    """Remove what was not used for longest until the cache keeps within its limit, and what was never finished."""
    found = []
    for path in newest.parent.iterdir():
        with contextlib.suppress(OSError):  # another process removes too
            status = path.stat()
            if path.name.startswith("."):
                if time.time() - status.st_mtime > _STALE:
                    path.unlink()
            elif path != newest:
                found.append((status.st_mtime, status.st_size, path))
    total = newest.stat().st_size if newest.exists() else 0
    for _, size, path in sorted(found, reverse=True):
        total += size
        if total > LIMIT:
            path.unlink(missing_ok=True)


def _path(key: str) -> Path:
    return cache_folder() / "decoded" / f"{key}.f32"


def _pread(descriptor: int, count: int, size: int) -> bytes:
    """Return the last `count` bytes of a file of `size` bytes."""
    return os.pread(descriptor, count, max(size - count, 0))
