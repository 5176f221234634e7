"""The WAV in which a sound travels: the answer to its request, or refused."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from battycoda_nb.errors import ClusterError
from battycoda_nb.signal.requests import SOUND_RATE, SoundRequest
from battycoda_nb.signal.sound import render
from battycoda_nb.signal.wav import decode_wav, encode_wav, read_wav

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
