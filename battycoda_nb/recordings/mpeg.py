"""MP3 files counted frame by frame, since their length is else a guess of libsndfile's from the first bit rate.

The layout of a frame's header is that of ISO/IEC 11172-3 and 13818-3; the Xing header, in which encoders say how many
frames follow, is a frame of silence at the beginning.
"""

from __future__ import annotations

import os
import struct
from typing import NamedTuple

_BITRATES = {  # kbit/s by (MPEG 1, layer)
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44_100, 48_000, 32_000)
_SAME = 0xFFFE0C00  # bits that are the same in all frames of a file: version, layer, sample rate
_WINDOW = 2**18  # bytes
_RESYNC = 1024  # bytes between frames behind which libmpg123 gives up
_DELAY = 529  # samples of a decoder of layer III
_TAGS = (b"TAG", b"APE", b"LYR", b"ID3")  # of a file's end


class Frame(NamedTuple):
    """What the four bytes of a frame's header say."""

    bits: int
    layer: int
    samples: int
    sample_rate: int  # Hz
    size: int  # bytes, header included
    side: int  # bytes of side information, behind which a Xing header lies


class Stream(NamedTuple):
    """Frames of a file.

    Attributes
    ----------
    first : Frame
    start : int
        Byte at which they begin.
    frames : int
        How many hold sound.
    promised : int or None
        How many the Xing header says; None where there is none.
    whole : bool
        They follow one another up to the end.
    """

    first: Frame
    start: int
    frames: int
    promised: int | None
    whole: bool

    @property
    def samples(self) -> int:
        """In one channel, padding of the encoder included."""
        return self.frames * self.first.samples

    def counted(self) -> bytes:
        """Return a beginning with which libsndfile decodes all frames: a Xing header that counts them, and silence.

        `ahead` samples are then to be left out, so that the sound begins where it does without.
        """
        bits = self.first.bits & ~0xF200 | 0x10000 | 14 << 12  # no checksum, and the highest rate, for room
        frame = _parsed(bits)
        assert frame is not None
        silence = struct.pack(">I", bits).ljust(frame.size, b"\0")
        text = silence[: 4 + frame.side] + b"Xing" + struct.pack(">II", 1, self.frames + 1)
        return text.ljust(frame.size, b"\0") + silence

    @property
    def ahead(self) -> int:
        """Samples that come of the silence in `counted`: of a file with a Xing header libmpg123 drops its own delay."""
        return self.first.samples - _DELAY


def count_frames(descriptor: int, size: int) -> Stream | None:
    """Return the frames of an MP3 file of `size` bytes; None if it is none that can be counted."""
    reader = _Reader(descriptor)
    start = _behind_id3(reader)
    first: Frame | None = None
    at = start
    while at < min(start + _WINDOW, size):  # some have padding there
        first = _parsed(reader.word(at))
        if first and _follows(reader, at, first, size):
            break
        at += 1
    else:
        return None
    if first.layer != 3:
        return None
    start, frames, whole, promised = at, 0, True, _promised(reader, at, first)
    if promised is not None:
        at += first.size
    while at + 4 <= size:
        bits = reader.word(at)
        frame = _parsed(bits) if (bits ^ first.bits) & _SAME == 0 else None
        if frame is None:
            if reader.bytes(at, 3) in _TAGS:
                break
            whole = False
            found = _resynchronised(reader, at, first, size)
            if found is None:
                break
            at = found
            continue
        if at + frame.size > size:
            whole = False
            break
        frames += 1
        at += frame.size
    return Stream(first, start, frames, promised, whole) if frames else None


class _Reader:
    """Bytes of a file by their place, read a window at a time."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._base, self._window = descriptor, 0, b""

    def bytes(self, at: int, count: int) -> bytes:
        offset = at - self._base
        if offset < 0 or offset + count > len(self._window):
            self._base, offset = at, 0
            self._window = os.pread(self._descriptor, _WINDOW, at)
        return self._window[offset : offset + count]

    def word(self, at: int) -> int:
        return int.from_bytes(self.bytes(at, 4).ljust(4, b"\0"), "big")


def _parsed(bits: int) -> Frame | None:
    """Return what a frame's header says; None if it is none, or of the free format, whose frames have no size."""
    version, layer = bits >> 19 & 3, 4 - (bits >> 17 & 3)
    index, rate = bits >> 12 & 15, bits >> 10 & 3
    if bits >> 21 != 0x7FF or version == 1 or layer == 4 or index in (0, 15) or rate == 3:
        return None
    first_version = version == 3
    sample_rate = _RATES[rate] >> (0 if first_version else 1 if version == 2 else 2)
    samples = 384 if layer == 1 else 576 if layer == 3 and not first_version else 1152
    slots = samples // 8 * 1000 * _BITRATES[first_version, layer][index] // sample_rate
    padding = bits >> 9 & 1
    size = (slots // 4 + padding) * 4 if layer == 1 else slots + padding
    mono = bits >> 6 & 3 == 3
    side = (17 if mono else 32) if first_version else (9 if mono else 17)
    return Frame(bits, layer, samples, sample_rate, size, side)


def _behind_id3(reader: _Reader) -> int:
    """Return where the tags at a file's beginning end; their sizes have seven bits in each byte."""
    at = 0
    while (head := reader.bytes(at, 10))[:3] == b"ID3" and len(head) == 10:
        at += 10 + sum((byte & 127) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        at += 10 if head[5] & 0x10 else 0
    return at


def _follows(reader: _Reader, at: int, frame: Frame, size: int) -> bool:
    """Return whether another frame of the same kind follows one, or the end of the file."""
    following = at + frame.size
    if following + 4 > size:
        return following <= size
    word = reader.word(following)
    return (_parsed(word) is not None and (word ^ frame.bits) & _SAME == 0) or reader.bytes(following, 3) in _TAGS


def _resynchronised(reader: _Reader, at: int, first: Frame, size: int) -> int | None:
    """Return where the frames go on behind something else; None if nowhere within reach."""
    for place in range(at + 1, min(at + _RESYNC, size - 3)):
        frame = _parsed(reader.word(place))
        if frame and (frame.bits ^ first.bits) & _SAME == 0 and _follows(reader, place, frame, size):
            return place
    return None


def _promised(reader: _Reader, at: int, first: Frame) -> int | None:
    """Return the number of frames in a Xing or VBRI header; None if the first frame is none, or does not say it."""
    text = reader.bytes(at, min(first.size, 200))
    if text[4 + first.side : 8 + first.side] in (b"Xing", b"Info"):
        flags, frames = struct.unpack(">II", text[8 + first.side : 16 + first.side].ljust(8, b"\0"))
        return frames if flags & 1 else -1
    if text[36:40] == b"VBRI":
        return int.from_bytes(text[50:54], "big")
    return None
