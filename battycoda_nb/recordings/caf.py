"""CAF files that end before their sound does, which libsndfile refuses."""

from __future__ import annotations

import os
import struct

from .file_view import FileView

_HEAD = struct.Struct(">4sq")
_MAX_CHUNKS = 100


def cut_short(descriptor: int, size: int) -> tuple[FileView, float] | None:
    """Return a view of a CAF file whose sound is said to end where the file does, and the share that is there.

    None if it is no CAF file, or none that is cut. The layout is that of Apple's Core Audio Format specification.
    """
    if os.pread(descriptor, 4, 0) != b"caff":
        return None
    at = 8
    for _ in range(_MAX_CHUNKS):
        head = os.pread(descriptor, _HEAD.size, at)
        if len(head) < _HEAD.size:
            return None
        kind, length = _HEAD.unpack(head)
        there = size - at - _HEAD.size
        if kind == b"data":
            if not 4 < there < length:  # the sound is behind a number of four bytes
                return None
            return FileView(descriptor, size, {at + 4: struct.pack(">q", there)}), (there - 4) / (length - 4)
        if length < 0:
            return None
        at += _HEAD.size + length
    return None
