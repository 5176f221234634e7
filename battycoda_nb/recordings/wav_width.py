"""WAV files whose samples take more bytes than their bits need, such as 24 bits in 4 bytes.

libsndfile goes by the bits alone, and reads such a file byte by byte out of step; where the header says 32 bits of
which 24 are used it takes them to lie at the upper end. Here the header is read as a width of whole bytes, and the
samples tell at which end their bits lie.
"""

from __future__ import annotations

import os
import struct

import numpy as np

from battycoda_nb.errors import RecordingError

from .wav_chunks import WavLayout, content

_PCM, _EXTENSIBLE = 1, 0xFFFE
_PLACES, _PLACE = 64, 2**12  # of a look at the samples: how many, and how long


def widened(descriptor: int, layout: WavLayout) -> dict[int, bytes]:
    """Return what has to stand in the header, by position, so that libsndfile reads samples of whole bytes."""
    found = _format(descriptor, layout)
    if found is None:
        return {}
    start, order, width, bits, _ = found
    return {start + 14: struct.pack(order + "H", 8 * width)} if (bits + 7) // 8 < width else {}


def gain(descriptor: int, layout: WavLayout) -> float:
    """Return by what the samples of a file have to be multiplied; 1.0 where their bits lie where they should.

    Raises
    ------
    RecordingError
        If the samples of a file whose header contradicts itself do not tell.
    """
    found = _format(descriptor, layout)
    if found is None or layout.data is None:
        return 1.0
    _, order, width, bits, used = found
    unsure = (bits + 7) // 8 < width
    if width == 3 or not (unsure or (used + 7) // 8 < width):
        if unsure:
            raise _refused(width, used)
        return 1.0
    values = _some_samples(descriptor, layout, order, width)
    spare = 8 * width - used
    upper = not (values & ((1 << spare) - 1)).any()
    lower = bool((np.abs(values) < 1 << (used - 1)).all())
    if lower and not upper:
        return float(1 << spare)
    if unsure and (not upper or lower) and values.any():
        raise _refused(width, used)
    return 1.0


def _refused(width: int, used: int) -> RecordingError:
    return RecordingError(
        f"The header of this WAV file says {used} bits in {width} bytes a sample, and its samples do not tell at which "
        f"end the bits lie: save it anew with 16, 24 or 32 bits"
    )


def _format(descriptor: int, layout: WavLayout) -> tuple[int, str, int, int, int] | None:
    """Return where the format lies, its byte order, bytes a sample, bits by the header and bits used; of PCM alone."""
    chunk = next((chunk for chunk in layout.chunks if chunk.name == b"fmt "), None)
    head = content(descriptor, chunk, 26) if chunk else b""
    if chunk is None or len(head) < 16:
        return None
    order = ">" if layout.flavour == "RIFX" else "<"
    tag, channels, _, _, align, bits = struct.unpack_from(order + "HHIIHH", head)
    used = bits
    if tag == _EXTENSIBLE and len(head) == 26:
        valid, _, tag = struct.unpack_from(order + "HIH", head, 18)
        used = valid if 0 < valid <= bits else bits
    if tag != _PCM or not channels or align % channels or not 8 < bits <= 32:
        return None
    width = align // channels
    return (chunk.start, order, width, bits, used) if width <= 4 else None


def _some_samples(descriptor: int, layout: WavLayout, order: str, width: int) -> np.ndarray:
    """Return samples from places all over the sound [dtype=int64]."""
    assert layout.data is not None
    count = (layout.sound_end - layout.data.start) // width
    step = max(count // _PLACES, _PLACE)
    parts = [
        os.pread(descriptor, width * min(_PLACE, count - at), layout.data.start + width * at)
        for at in range(0, count, step)
    ]
    data = b"".join(part[: len(part) // width * width] for part in parts)
    return np.frombuffer(data, f"{order}i{width}").astype(np.int64)
