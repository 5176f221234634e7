"""A worker's picture in colour: the same levels, and all that travels with them."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from battycoda_nb.display.colour_png import coloured
from battycoda_nb.display.colours import Look, colour_table
from battycoda_nb.errors import ClusterError
from battycoda_nb.signal.png import encode, split_chunks
from battycoda_nb.signal.requests import SpectrogramRequest
from battycoda_nb.signal.stft import Picture

REQUEST = SpectrogramRequest("ab" * 16, 0, 1000, 6000)
LEVELS = np.random.default_rng(3).integers(0, 256, (REQUEST.bins, REQUEST.columns), dtype=np.uint8)
WAVE = np.random.default_rng(4).integers(-127, 128, (REQUEST.columns, 2), dtype=np.int8)
BLOB = encode(Picture(LEVELS, -127.5, 0.5, WAVE, 0.254), REQUEST, sample_rate=250_000)
LOOK = Look("contrast", cmap="magma", rms=0.1)


def test_each_level_has_its_colour() -> None:
    meta = json.loads(dict(split_chunks(BLOB))[b"tEXt"].partition(b"\0")[2])
    table = colour_table(low=-127.5, step=0.5, enbw=meta["enbw"], look=LOOK)
    with Image.open(io.BytesIO(coloured(BLOB, REQUEST, look=LOOK))) as image:
        assert (np.asarray(image.convert("RGB")) == table[LEVELS[::-1]]).all()


def test_waveform_request_and_look_travel_with_the_colours() -> None:
    chunks = split_chunks(coloured(BLOB, REQUEST, look=LOOK))
    assert dict(chunks)[b"waVe"] == WAVE.tobytes()
    texts = dict(data.split(b"\0") for kind, data in chunks if kind == b"tEXt")
    assert json.loads(texts[b"battycoda"])["request"] == REQUEST.to_json()
    assert json.loads(texts[b"battycoda-view"])["cmap"] == "magma"


def test_a_blob_that_answers_something_else_is_not_coloured() -> None:
    with pytest.raises(ClusterError, match="another request"):
        coloured(BLOB, SpectrogramRequest("cd" * 16, 0, 1000, 6000), look=LOOK)
