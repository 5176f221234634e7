"""The WAV in which a sound travels: the answer to its request, or refused."""

from __future__ import annotations

import io
import json
import struct

import numpy as np
import pytest
import soundfile

from battycoda_nb.errors import ClusterError
from battycoda_nb.signal.requests import SOUND_RATE, SoundRequest
from battycoda_nb.signal.sound import render
from battycoda_nb.signal.wav import decode_wav, encode_wav, read_wav

REQUEST = SoundRequest("0123456789abcdef" * 2, 0, 0, 6250)
SOUND = np.arange(REQUEST.length(250_000), dtype=np.int16)
BLOB = encode_wav(SOUND, REQUEST, sample_rate=250_000, gain=12.5)

HASH = "0123456789abcdef" * 2


def test_a_blob_is_the_answer_to_its_request_or_is_refused() -> None:
    request = SoundRequest(HASH, 0, 0, 6250)
    tone = np.sin(2 * np.pi * 0.16 * np.arange(6250)).astype(np.float32)  # 40 kHz at 250
    sound, gain = render(tone, request, sample_rate=250_000)
    blob = encode_wav(sound, request, sample_rate=250_000, gain=gain)
    decoded = decode_wav(blob, request, "call 1")
    assert (decoded.samples == sound).all()
    assert decoded.gain == pytest.approx(gain, abs=0.01)
    assert decoded._repr_html_().startswith("<audio controls")
    assert soundfile.info(io.BytesIO(blob)).samplerate == SOUND_RATE  # others can read it
    damaged = [b"", b"RIFF", blob[:-1], blob + b"x", b"<script>" + blob, blob.replace(b"data", b"dada"), blob[:40]]
    damaged += [blob.replace(b": 250000", b": 350000"), blob.replace(b"WAVE", b"WAVX"), b"\0" * len(blob)]
    for wrong in damaged:
        with pytest.raises(ClusterError, match="refused"):
            read_wav(wrong, request)
    with pytest.raises(ClusterError, match="another request"):
        read_wav(blob, SoundRequest(HASH, 0, 0, 6250, expansion=5))


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


@pytest.mark.parametrize("gain", [None, "loud", [1], True, float("nan"), 10**400], ids=lambda value: str(value)[:9])
def test_a_gain_that_is_no_number_is_refused(gain: object) -> None:
    meta = {**read_wav(BLOB, REQUEST), "gain": gain}
    with pytest.raises(ClusterError, match="refused"):
        read_wav(with_text(json.dumps(meta).encode()), REQUEST)


@pytest.mark.parametrize("change", [2, -2, 2000])
def test_a_sound_of_another_length_is_refused(change: int) -> None:
    samples = SOUND[:change] if change < 0 else np.pad(SOUND, (0, change))
    with pytest.raises(ClusterError, match="not as long"):
        read_wav(encode_wav(samples, REQUEST, sample_rate=250_000, gain=12.5), REQUEST)
