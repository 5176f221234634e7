"""Spectrograms in colour: the PNG that a worker sends, with a palette in place of its greys."""

from __future__ import annotations

from dataclasses import asdict

from battycoda_nb.signal.png import WAVE, join_chunks, read_header, size_chunk, text_chunk
from battycoda_nb.signal.requests import SpectrogramRequest

from .colours import Look, colour_table


def coloured(blob: bytes, request: SpectrogramRequest, *, look: Look) -> bytes:
    """Return the same picture in colour, as a PNG that any program shows: the levels as they came, with a palette.

    Nothing is decompressed: levels are already what a palette's indices are. A second text chunk holds the look.

    Raises
    ------
    ClusterError
        If the blob does not fit the request.
    """
    meta, data, wave = read_header(blob, request)
    low, step = meta["db"]
    table = colour_table(low=low, step=step, enbw=meta["enbw"], look=look, unit=meta["unit"])
    return join_chunks(
        [
            size_chunk(request.columns, request.bins, palette=True),
            (b"PLTE", table.tobytes()),
            text_chunk(meta),
            text_chunk(asdict(look), keyword="battycoda-view"),
            (WAVE, wave),
            *((b"IDAT", part) for part in data),
        ]
    )
