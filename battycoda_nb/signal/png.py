"""Spectrograms as they travel and are kept: one greyscale PNG that says what it is.

The pixels are the levels, the highest frequency on top; a text chunk holds the request and all that is needed to read
the levels in dB, seconds and hertz; a private chunk, ``waVe``, holds the waveform under them: for each column the least
and the largest sample as two signed bytes. Any PNG reader shows the picture. What comes over the broker is not trusted:
`read_header` refuses a blob that does not fit its request before anything of it is decompressed.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from battycoda_nb._version import __version__
from battycoda_nb.errors import ClusterError

from .requests import SpectrogramRequest, is_number
from .scales import DB_STEP, UNIT, frequency_axis, time_axis
from .stft import Picture
from .windows import noise_bandwidth

isal_zlib: ModuleType | None
try:
    from isal import isal_zlib
except ImportError:  # no wheel for this platform: the standard library does the same, at a third of the speed
    isal_zlib = None

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEYWORD = "battycoda"
WAVE = b"waVe"  # small letters: not needed to show the picture, ours, and to be copied by a program that edits it
_FILTER_SUB = 1
_MAX_TEXT = 16384
_MAX_CHUNKS = 64

Chunk = tuple[bytes, bytes]  # kind and data


class Header(NamedTuple):
    """Parts of a blob that fits its request."""

    meta: dict[str, Any]  # as `metadata` makes it
    data: list[bytes]  # the IDAT chunks, still compressed
    wave: bytes  # two a column


def _compress(rows: np.ndarray) -> bytes:
    if isal_zlib is not None:
        return isal_zlib.compress(rows, 1)
    packer = zlib.compressobj(1, strategy=zlib.Z_HUFFMAN_ONLY)
    return packer.compress(rows.tobytes()) + packer.flush()


def metadata(
    request: SpectrogramRequest, *, sample_rate: int, low: float, step: float = DB_STEP, wave: float = 0.0
) -> dict[str, Any]:
    """Return what the levels mean.

    ``time`` and ``frequency`` are [first centre, step] in s and in Hz, or mel where ``scale`` is that; ``end`` is where
    the samples end, in s, which the last column's nominal width may exceed; ``db`` is
    [level 0, step] in ``unit``, "dB" re full scale or "PCEN"; ``enbw`` the window's noise bandwidth in Hz; ``wave`` the
    amplitude re full scale that 127 stands for in the waveform.
    """
    return {
        "software": f"battycoda_nb {__version__}",
        "request": request.to_json(),
        "sample_rate": sample_rate,
        "time": list(time_axis(request, sample_rate)),
        "end": request.stop / sample_rate,
        "frequency": list(frequency_axis(request, sample_rate)),
        "scale": request.scale,
        "unit": UNIT[request.scale],
        "db": [low, step],
        "enbw": noise_bandwidth(request.window, request.win_length, sample_rate),
        "wave": wave,
    }


def encode(picture: Picture, request: SpectrogramRequest, *, sample_rate: int) -> bytes:
    """Return the PNG of a result; `sample_rate` in Hz."""
    levels = picture.levels
    bins, columns = levels.shape
    rows = np.empty((bins, columns + 1), np.uint8)
    upright = np.ascontiguousarray(levels)[::-1]  # the transform leaves them frame by frame
    rows[:, 0] = _FILTER_SUB
    rows[:, 1] = upright[:, 0]
    np.subtract(upright[:, 1:], upright[:, :-1], out=rows[:, 2:])
    meta = metadata(request, sample_rate=sample_rate, low=picture.low, step=picture.step, wave=picture.peak)
    return join_chunks(
        [
            size_chunk(columns, bins),
            text_chunk(meta),
            (WAVE, picture.wave.tobytes()),
            (b"IDAT", _compress(rows)),
        ]
    )


def read_header(blob: bytes, request: SpectrogramRequest) -> Header:
    """Check that a blob is the answer to `request`, without decompressing it.

    Raises
    ------
    ClusterError
        If its form, size, or the request that it names differ.
    """
    try:
        chunks = split_chunks(blob)
        width, height, *form = struct.unpack(">IIBBBBB", _only(chunks, b"IHDR"))
        keyword, _, text = _only(chunks, b"tEXt").partition(b"\0")
        meta = json.loads(text) if keyword == _KEYWORD.encode() else None
        wave = _only(chunks, WAVE, 2 * request.columns)
    except (struct.error, ValueError, RecursionError) as error:
        raise _refused(f"it is not a picture of ours ({error})") from error
    if (width, height, *form) != (request.columns, request.bins, 8, 0, 0, 0, 0):
        raise _refused(f"it has {width} x {height} points, not {request.columns} x {request.bins}")
    if not isinstance(meta, dict) or meta.get("request") != request.to_json():
        raise _refused("it answers another request")
    if not _sound(meta) or (meta.get("scale"), meta.get("unit")) != (request.scale, UNIT[request.scale]):
        raise _refused("its axes are not numbers with their units")
    if len(wave) != 2 * request.columns:
        raise _refused(f"its waveform has {len(wave)} bytes, not two for each of {request.columns} columns")
    return Header(meta, [data for kind, data in chunks if kind == b"IDAT"], wave)


def decode(blob: bytes, request: SpectrogramRequest) -> tuple[np.ndarray, dict[str, Any]]:
    """Return the levels [shape=(bins, columns), dtype=uint8] and the metadata of a blob that answers `request`.

    Raises
    ------
    ClusterError
        If the blob does not fit the request, or holds more or less than it says.
    """
    meta, data, _ = read_header(blob, request)
    expected = request.bins * (request.columns + 1)
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(b"".join(data), expected + 1)
    except zlib.error as error:
        raise _refused(f"it is damaged ({error})") from error
    if len(raw) != expected or not unpacker.eof:
        raise _refused(f"it does not hold the {expected} bytes that its size asks for")
    rows = np.frombuffer(raw, np.uint8).reshape(request.bins, request.columns + 1)
    if (rows[:, 0] != _FILTER_SUB).any():
        raise _refused("its rows are not in our form")
    return np.cumsum(rows[::-1, 1:], axis=1, dtype=np.uint8), meta


def decode_wave(blob: bytes, request: SpectrogramRequest) -> np.ndarray:
    """Return the least and largest sample under each column, re full scale [shape=(columns, 2), dtype=float32].

    Raises
    ------
    ClusterError
        If the blob does not fit the request.
    """
    header = read_header(blob, request)
    wave = np.frombuffer(header.wave, np.int8).reshape(request.columns, 2)
    return wave * np.float32(header.meta["wave"] / 127)


def size_chunk(columns: int, bins: int, *, palette: bool = False) -> Chunk:
    """Return the IHDR chunk of a picture with 8 bits a point: grey, or indices of a palette."""
    return b"IHDR", struct.pack(">IIBBBBB", columns, bins, 8, 3 if palette else 0, 0, 0, 0)


def text_chunk(content: dict[str, Any], keyword: str = _KEYWORD) -> Chunk:
    """Return JSON as a tEXt chunk, whose keyword tells it from another."""
    return b"tEXt", keyword.encode("ascii") + b"\0" + json.dumps(content).encode("ascii")


def join_chunks(chunks: Iterable[Chunk]) -> bytes:
    """Return the PNG of some chunks; signature, checksums and IEND are added."""
    parts = [_SIGNATURE]
    for kind, data in [*chunks, (b"IEND", b"")]:
        parts += [struct.pack(">I", len(data)), kind, data, struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))]
    return b"".join(parts)


def split_chunks(blob: bytes) -> list[Chunk]:
    """Return the chunks of a PNG but IEND. Checksums are not looked at.

    Raises
    ------
    ValueError
        If it is no PNG, cut short, or has more than 64 chunks.
    """
    if not blob.startswith(_SIGNATURE):
        raise ValueError("no PNG signature")
    chunks: list[Chunk] = []
    position = len(_SIGNATURE)
    while position < len(blob):
        length, kind = struct.unpack_from(">I4s", blob, position)
        data = blob[position + 8 : position + 8 + length]
        if len(data) != length or len(chunks) > _MAX_CHUNKS:
            raise ValueError("cut short")
        chunks.append((kind, data))
        position += length + 12
    if not chunks or chunks[-1][0] != b"IEND":
        raise ValueError("no end")
    return chunks[:-1]


def _only(chunks: list[Chunk], kind: bytes, most: int = _MAX_TEXT) -> bytes:
    found = [data for name, data in chunks if name == kind]
    if len(found) != 1 or len(found[0]) > most:
        raise ValueError(f"{len(found)} {kind.decode()} chunks, or too long a one")
    return found[0]


def _sound(meta: dict[str, Any]) -> bool:
    """Return whether every number that an axis is drawn from is a finite number."""
    pairs = [meta.get(name) for name in ("time", "frequency", "db")]
    return (
        all(isinstance(pair, list) and len(pair) == 2 and all(map(is_number, pair)) for pair in pairs)
        and all(is_number(meta.get(name)) and meta[name] > 0 for name in ("sample_rate", "enbw"))
        and is_number(meta.get("end"))
        and is_number(meta.get("wave"))
        and meta["wave"] >= 0
    )


def _refused(reason: str) -> ClusterError:
    return ClusterError(f"The answer from the worker was refused: {reason}. Are client and worker of the same version?")
