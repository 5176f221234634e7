"""What a sound may look like when it comes back over the broker; tests/signal/test_sound.py has the rest."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from battycoda_nb.errors import ClusterError
from battycoda_nb.signal.sound import SoundRequest
from battycoda_nb.signal.wav import decode_wav, encode_wav, read_wav

REQUEST = SoundRequest("0123456789abcdef" * 2, 0, 0, 6250)
SOUND = np.arange(REQUEST.length(250_000), dtype=np.int16)
BLOB = encode_wav(SOUND, REQUEST, sample_rate=250_000, gain=12.5)


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def with_text(text: bytes) -> bytes:
    """The sound with another text of what it is; every size fits."""
    start, stop = BLOB.index(b"LIST"), BLOB.index(b"data")
    body = BLOB[8:start] + chunk(b"LIST", b"INFO" + chunk(b"ICMT", text)) + BLOB[stop:]
    return chunk(b"RIFF", body)


def test_the_form_is_ours() -> None:
    meta = read_wav(BLOB, REQUEST)
    assert (meta["request"], meta["sample_rate"], meta["gain"]) == (REQUEST.to_json(), 250_000, 12.5)
    again = with_text(json.dumps(meta).encode() + b" " * 1000)
    assert (decode_wav(again, REQUEST).samples == SOUND).all(), "some more text is read"


def test_a_large_text_is_refused_before_it_is_read() -> None:
    meta = read_wav(BLOB, REQUEST)
    with pytest.raises(ClusterError, match="refused"):
        read_wav(with_text(json.dumps(meta).encode() + b" " * 5000), REQUEST)


@pytest.mark.parametrize("gain", [None, "loud", [1]])
def test_a_gain_that_is_no_number_is_refused(gain: object) -> None:
    meta = {**read_wav(BLOB, REQUEST), "gain": gain}
    with pytest.raises(ClusterError, match="refused"):
        read_wav(with_text(json.dumps(meta).encode()), REQUEST)


@pytest.mark.parametrize("change", [2, -2, 2000])
def test_a_sound_of_another_length_is_refused(change: int) -> None:
    samples = SOUND[:change] if change < 0 else np.pad(SOUND, (0, change))
    with pytest.raises(ClusterError, match="not as long"):
        read_wav(encode_wav(samples, REQUEST, sample_rate=250_000, gain=12.5), REQUEST)
