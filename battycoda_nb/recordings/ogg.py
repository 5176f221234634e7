"""Ogg files, page by page: where one is damaged.

libsndfile skips a damaged page, and may then begin with what comes after it as if that were the file's start. The
layout of a page is that of RFC 3533.
"""

from __future__ import annotations

import os
import struct
import zlib
from typing import NamedTuple

_HEAD = struct.Struct("<4sBBqIIIB")
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_MOST = 27 + 255 + 255 * 255  # bytes of a page


class Pages(NamedTuple):
    """Pages of a file up to the first that is damaged.

    Attributes
    ----------
    end : int
        Byte at which they end.
    whole : bool
        The file ends there too.
    last : int
        Sample at which the last of them ends; the stream may begin at another one than 0.
    """

    end: int
    whole: bool
    last: int


def sound_pages(descriptor: int, size: int) -> Pages:
    """Return the pages at the beginning of an Ogg file of `size` bytes whose checksums are right."""
    at, last = 0, 0
    numbers: dict[int, int] = {}
    while at < size:
        page = _page(os.pread(descriptor, _MOST, at))
        if page is None:
            # What follows the last page and begins no other is no sound: a tag, or padding.
            return Pages(at, not _goes_on(descriptor, at, size), last)
        length, position, serial, number = page
        if number != numbers.get(serial, -1) + 1:
            return Pages(at, False, last)
        numbers[serial] = number
        last = max(last, position)
        at += length
    return Pages(at, True, last)


def _page(data: bytes) -> tuple[int, int, int, int] | None:
    """Return length, position in samples, stream and number of the page that some bytes begin with, if it is whole."""
    if len(data) < _HEAD.size:
        return None
    mark, version, _, position, serial, number, check, segments = _HEAD.unpack_from(data)
    length = _HEAD.size + segments + sum(data[_HEAD.size : _HEAD.size + segments])
    if mark != b"OggS" or version or len(data) < length:
        return None
    body = data[:22] + bytes(4) + data[26:length]
    # Ogg's checksum is zlib's with the bits of every byte and of the sum the other way round, from 0 and not inverted.
    mirrored = zlib.crc32(body.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    if int.from_bytes(mirrored.to_bytes(4, "big").translate(_MIRRORED), "little") != check:
        return None
    return length, position, serial, number


def _goes_on(descriptor: int, at: int, size: int) -> bool:
    """Return whether pages, or the beginning of one, lie behind a place."""
    while at < size:
        data = os.pread(descriptor, 2**20, at)
        if b"OggS" in data:
            return True
        at += max(len(data) - 3, 1) if len(data) > 3 else size
    return False
