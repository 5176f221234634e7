"""Parts that the tests of several modules share: WAV files of every flavour, put together by hand."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import pytest

FLAVOURS = ("RIFF", "RIFX", "RF64", "BW64", "W64")
_RIFF = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
_WAVE = b"wave\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
_OTHER = _WAVE[4:]

Part = tuple[bytes, bytes]
WriteWav = Callable[..., bytes]


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def write_wav() -> WriteWav:
    """Return the bytes of a mono WAV file of 16 bits.

    `before` and `after` are chunks around the sound, as names and contents; `data_size` and `riff_size` are what the
    header says in place of the truth, `junk` are bytes behind it all.
    """

    def write(
        sound: bytes,
        *,
        flavour: str = "RIFF",
        before: Sequence[Part] = (),
        after: Sequence[Part] = (),
        data_size: int | None = None,
        riff_size: int | None = None,
        rate: int = 48_000,
        junk: bytes = b"",
    ) -> bytes:
        order = ">" if flavour == "RIFX" else "<"
        long = flavour == "W64"

        def chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
            size = len(content) if size is None else size
            if long:
                padding = bytes(-len(content) % 8)
                return name + _OTHER + struct.pack("<q", size + 24) + content + padding
            return name + struct.pack(order + "I", size) + content + bytes(len(content) % 2)

        form = struct.pack(order + "HHIIHH", 1, 1, rate, 2 * rate, 2, 16)
        size = len(sound) if data_size is None else data_size
        rf64 = flavour in ("RF64", "BW64")
        parts = b"".join(chunk(*part) for part in before)
        parts += chunk(b"fmt ", form)
        parts += chunk(b"data", sound, 0xFFFFFFFF if rf64 else size)
        parts += b"".join(chunk(*part) for part in after)
        if long:
            whole = 40 + len(parts) if riff_size is None else riff_size
            return _RIFF + struct.pack("<q", whole) + _WAVE + parts + junk
        if rf64:
            parts = chunk(b"ds64", struct.pack("<QQQI", 4 + len(parts) + 36, size, size // 2, 0)) + parts
        whole = 4 + len(parts) if riff_size is None else riff_size
        name = flavour.encode()
        return name + struct.pack(order + "I", 0xFFFFFFFF if rf64 else whole) + b"WAVE" + parts + junk

    return write
