"""WAV files that libsndfile refuses or misreads for their header alone, shown to it with the header corrected.

    BW64                                            refused; it is RF64 under another name
    RF64 without its ds64 chunk                     refused
    a sound of size 0 that is there all the same    no samples; recorders and pipes write 0 until they know better
    chunks behind a sound that has no true size     played as sound; behind any in W64
    files joined end to end                         refused
    24 bits in 4 bytes                              read byte by byte out of step

Nothing is written: the file is read through a window that ends where its sound ends, with a few bytes of its own.
"""

from __future__ import annotations

import struct

from .file_view import FileView
from .wav_chunks import WavLayout, only_zeros, wav_layout
from .wav_width import widened


def corrected(descriptor: int) -> FileView | None:
    """Return a view of an open WAV file in which libsndfile finds its sound; None where it does without."""
    layout = wav_layout(descriptor)
    if layout is None or layout.data is None or layout.flavour == "FORM":
        return None
    data, there = layout.data, layout.sound_end - layout.data.start
    unclosed = data.size == 0 and there > 0 and not only_zeros(descriptor, data.start, layout.sound_end)
    unbounded = data.size > there or unclosed or layout.flavour == "W64"
    replaced = _names(layout) | (_sizes(layout, there) if unclosed else {}) | widened(descriptor, layout)
    if not replaced and not layout.appended and not (unbounded and layout.sound_end < layout.size):
        return None
    end = layout.sound_end if unbounded or layout.appended else layout.size
    return FileView(descriptor, end, replaced)


def _has_long_sizes(layout: WavLayout) -> bool:
    return any(chunk.name == b"ds64" for chunk in layout.chunks)


def _names(layout: WavLayout) -> dict[int, bytes]:
    if layout.flavour in ("RF64", "BW64") and not _has_long_sizes(layout):
        return {0: b"RIFF"}
    return {0: b"RF64"} if layout.flavour == "BW64" else {}


def _sizes(layout: WavLayout, there: int) -> dict[int, bytes]:
    """Return the sound's size where the header has it; in W64 libsndfile does not look."""
    assert layout.data is not None
    if layout.flavour == "W64":
        return {}
    if _has_long_sizes(layout):
        start = next(chunk.start for chunk in layout.chunks if chunk.name == b"ds64")
        return {layout.data.start - 4: b"\xff" * 4, start + 8: struct.pack("<Q", there)}
    order = ">" if layout.flavour == "RIFX" else "<"
    return {layout.data.start - 4: struct.pack(order + "I", min(there, 0xFFFFFFFF))}
