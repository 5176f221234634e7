"""Chunks of a WAV file of any flavour, found wherever they lie, also where a size in the header is wrong.

    RIFF, RIFX    4-byte names and sizes, little-endian and big-endian
    RF64, BW64    the same; sizes beyond 32 bits stand in a ``ds64`` chunk (EBU Tech 3306, ITU-R BS.2088)
    W64           16-byte names of which the first four are RIFF's, 8-byte sizes that count their own header
    FORM          AIFF: as RIFX, with the sound in ``SSND``

Only headers are read, and a bounded part of the end, so that the cost does not depend on the length of the file.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

_MAX_CHUNKS = 1000
_TAIL = 2**20  # bytes at the end in which chunks are looked for where the data chunk does not lead to them
_MAX_TRIES = 100
_ZEROS_READ = 32 * 2**16

# Names that follow the sound in real files: what begins with one of them there is a chunk, even if it is cut off.
_KNOWN = (
    b"LIST guan wamd id3~ ID3~ bext iXML axml aXML chna _PMX cue~ smpl inst plst fact JUNK junk PAD~ FLLR PEAK DISP "
    b"acid umid levl afsp cart minf elm1 regn SNDM strc labl note CSET qlty mext"
)
_NAMES = tuple(name.replace(b"~", b" ") for name in _KNOWN.split())
_ANY_NAME = re.compile(b"|".join(map(re.escape, _NAMES)))
_PLAUSIBLE = re.compile(rb"[ -~]{4}")
# Behind the sound: another, such as of a file appended.
_SOUND = (b"data", b"SSND", b"RIFF", b"RIFX", b"RF64", b"BW64", b"riff", b"FORM")

_W64_RIFF = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
_W64_WAVE = b"wave\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"

Read = Callable[[int, int], bytes]  # start and length to bytes; fewer at the end


class Chunk(NamedTuple):
    """One chunk: its name of four bytes, where its content begins, and how many bytes the file says that it has."""

    name: bytes
    start: int
    size: int


@dataclass(frozen=True)
class WavLayout:
    """The chunks of a WAV file.

    Attributes
    ----------
    chunks : tuple of Chunk
        In the order of the file. The last may be said to reach beyond its end.
    flavour : str
        ``"RIFF"``, ``"RIFX"``, ``"RF64"``, ``"BW64"``, ``"W64"`` or ``"FORM"``.
    size : int
        Bytes of the file.
    data : Chunk or None
        The first with sound.
    sound_end : int
        Where the bytes that follow the start of `data` stop being sound as far as one can tell: what lies behind
        parses as chunks, or is the end of the file.
    """

    chunks: tuple[Chunk, ...]
    flavour: str
    size: int
    data: Chunk | None = None
    sound_end: int = 0

    @property
    def appended(self) -> int:
        """Bytes in chunks of sound behind the first, such as of files joined end to end."""
        later = self.chunks[self.chunks.index(self.data) + 1 :] if self.data else ()
        return sum(min(chunk.size, self.size - chunk.start) for chunk in later if chunk.name in _SOUND)


def wav_layout(descriptor: int) -> WavLayout | None:
    """Return the chunks of an open file; None if it is no WAV file of any flavour. Its position is left alone."""
    size = os.fstat(descriptor).st_size
    return _layout(lambda start, length: os.pread(descriptor, max(min(length, size - start), 0), start), size)


def content(descriptor: int, chunk: Chunk, limit: int, offset: int = 0) -> bytes:
    """Return at most `limit` bytes of a chunk from `offset` in it; fewer where the chunk or the file ends."""
    return os.pread(descriptor, max(min(chunk.size - offset, limit), 0), chunk.start + offset)


def only_zeros(descriptor: int, start: int, stop: int) -> bool:
    """Return whether a part of a file holds zeros only; of a long one, 32 places are looked at."""
    block = 2**16
    length = stop - start
    step = block if length <= _ZEROS_READ else (length - block) // 31
    starts = range(start, stop, step)
    return not any(any(os.pread(descriptor, min(block, stop - at), at)) for at in starts)


@dataclass(frozen=True)
class _Form:
    """How names and sizes are written."""

    flavour: str
    first: int = 12  # where the first chunk begins
    header: int = 8
    align: int = 2

    @property
    def sound(self) -> bytes:
        return b"SSND" if self.flavour == "FORM" else b"data"

    def chunk(self, read: Read, at: int, sizes: dict[bytes, int]) -> Chunk | None:
        """Return the chunk whose header stands at a place; None if that is no header."""
        head = read(at, self.header)
        if len(head) < self.header or not _PLAUSIBLE.fullmatch(head[:4]):
            return None
        if self.header == 24:
            return Chunk(head[:4], at + 24, max(struct.unpack_from("<q", head, 16)[0] - 24, 0))
        size = struct.unpack_from(">I" if self.flavour in ("RIFX", "FORM") else "<I", head, 4)[0]
        return Chunk(head[:4], at + 8, sizes.get(head[:4], size) if size == 0xFFFFFFFF else size)

    def after(self, chunk: Chunk) -> int:
        """Return where the next chunk begins."""
        end = chunk.start + chunk.size
        return end + -end % self.align if self.align > 2 else end + chunk.size % 2


def _form(read: Read) -> _Form | None:
    head = read(0, 40)
    if head[:16] == _W64_RIFF and head[24:40] == _W64_WAVE:
        return _Form("W64", first=40, header=24, align=8)
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return _Form(head[:4].decode())
    return _Form("FORM") if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC") else None


def _layout(read: Read, size: int) -> WavLayout | None:
    form = _form(read)
    if form is None:
        return None
    sizes: dict[bytes, int] = {}
    chunks: list[Chunk] = []
    for chunk in _walk(read, form, form.first, size, sizes):
        chunks.append(chunk)
        if chunk.name == b"ds64":
            sizes |= _long_sizes(read(chunk.start, min(chunk.size, 28 + 12 * 64)))
        if chunk.name == form.sound:
            break
    data = chunks[-1] if chunks and chunks[-1].name == form.sound else None
    if data is None:
        return WavLayout(tuple(chunks), form.flavour, size)
    end = data.start + data.size
    later, sound_end = [], size
    if end <= size:
        # Some writers leave out the pad byte.
        later = _followers(read, form, form.after(data), size, sizes) or _followers(read, form, end, size, sizes)
    if later:
        sound_end = end
        rest = form.after(later[-1])
        if not -1 <= size - rest < form.align:  # one of them has a wrong size itself
            later += _in_tail(read, form, later[-1].start, size, sizes)
    elif end > size or size - end >= form.align:
        later = _in_tail(read, form, data.start, size, sizes)
        sound_end = later[0].start - form.header if later else size
    return WavLayout((*chunks, *later), form.flavour, size, data, sound_end)


def _walk(read: Read, form: _Form, at: int, size: int, sizes: dict[bytes, int]) -> Iterator[Chunk]:
    """Yield chunks one after the other, as long as there are such."""
    for _ in range(_MAX_CHUNKS):
        chunk = form.chunk(read, at, sizes)
        if chunk is None and at % 2 == 0 and at > form.first:
            chunk = form.chunk(read, at - 1, sizes)  # without a pad byte
        if chunk is None:
            return
        yield chunk
        at = form.after(chunk)
        if at >= size:
            return


def _followers(read: Read, form: _Form, at: int, size: int, sizes: dict[bytes, int]) -> list[Chunk]:
    """Return the chunks from a place behind the sound on; none if what begins there is no chunk, such as sound."""
    found = list(_walk(read, form, at, size, sizes)) if at < size else []
    if not found:
        return []
    end = form.after(found[-1])
    if found[0].name in _NAMES or found[0].name in _SOUND or 0 <= end - size <= 1:
        return found
    return []


def _in_tail(read: Read, form: _Form, first: int, size: int, sizes: dict[bytes, int]) -> list[Chunk]:
    """Return the chunks at the end of a file whose data chunk does not lead there: those that end where the file does.

    The last mebibyte is searched for a name that is known, with a size behind it that fits.
    """
    start = max(first, size - _TAIL)
    tail = read(start, size - start)

    def read_tail(at: int, length: int) -> bytes:
        return tail[at - start : at - start + length] if at >= start else b""

    for count, match in enumerate(_ANY_NAME.finditer(tail)):
        if count == _MAX_TRIES:
            break
        found = list(_walk(read_tail, form, start + match.start(), size, sizes))
        if found and -1 <= size - (found[-1].start + found[-1].size) < form.align:
            return found
    return []


def _long_sizes(content: bytes) -> dict[bytes, int]:
    """Return the sizes that a ds64 chunk gives, by name."""
    if len(content) < 24:
        return {}
    sizes = {b"data": struct.unpack_from("<Q", content, 8)[0]}
    count = struct.unpack_from("<I", content, 24)[0] if len(content) >= 28 else 0
    for at in range(28, min(28 + 12 * count, len(content) - 11), 12):
        sizes[content[at : at + 4]] = struct.unpack_from("<Q", content, at + 4)[0]
    return sizes
