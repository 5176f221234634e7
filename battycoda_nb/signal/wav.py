"""Sounds as they travel and are kept: a WAV file that says what it is, checked before it is believed.

RIFF WAVE | fmt (PCM, mono, 48 kHz, 16 bits) | LIST INFO ICMT (JSON: request, sample_rate, gain) | data
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from battycoda_nb.errors import ClusterError

from .requests import SOUND_RATE, SoundRequest, is_number
from .sound import Sound, metadata

_FORMAT = struct.pack("<HHIIHH", 1, 1, SOUND_RATE, 2 * SOUND_RATE, 2, 16)
_MAX_TEXT = 4096


def encode_wav(sound: np.ndarray, request: SoundRequest, *, sample_rate: int, gain: float) -> bytes:
    """Return the WAV of a sound [shape=(n,), dtype=int16]; `sample_rate` (Hz) is the recording's, `gain` is in dB."""
    text = json.dumps(metadata(request, sample_rate=sample_rate, gain=gain)).encode("ascii") + b"\0"
    info = b"INFO" + _chunk(b"ICMT", text)
    chunks = _chunk(b"fmt ", _FORMAT) + _chunk(b"LIST", info) + _chunk(b"data", sound.astype("<i2").tobytes())
    return _chunk(b"RIFF", b"WAVE" + chunks)


def read_wav(blob: bytes, request: SoundRequest) -> dict[str, Any]:
    """Check that a WAV is the answer to `request`, and return its metadata.

    Raises
    ------
    ClusterError
        If it is not.
    """
    try:
        meta, data = _parts(blob)
    except (struct.error, ValueError, IndexError, RecursionError) as error:
        raise ClusterError(f"The sound that came was refused: it is not a WAV of ours ({error})") from error
    rate = meta.get("sample_rate") if isinstance(meta, dict) else None
    if type(rate) is not int or not 0 < rate < 2**31 or meta.get("request") != request.to_json():
        raise ClusterError("The sound that came was refused: it answers another request")
    if len(data) != 2 * request.length(rate) or not is_number(meta.get("gain")):
        raise ClusterError("The sound that came was refused: it is not as long as what was asked for")
    return meta


def decode_wav(blob: bytes, request: SoundRequest, title: str = "") -> Sound:
    """Return the sound in a WAV; raises as `read_wav` does."""
    meta = read_wav(blob, request)
    return Sound(np.frombuffer(_parts(blob)[1], "<i2"), request, float(meta["gain"]), blob, title)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _parts(blob: bytes) -> tuple[Any, bytes]:
    """Return the JSON and the samples of a file with exactly our chunks in our order."""
    if blob[:4] != b"RIFF" or blob[8:12] != b"WAVE" or struct.unpack_from("<I", blob, 4)[0] != len(blob) - 8:
        raise ValueError("no RIFF")
    form, at = _read(blob, 12, b"fmt ")
    info, at = _read(blob, at, b"LIST")
    data, at = _read(blob, at, b"data")
    text, _ = _read(info, 4, b"ICMT")
    if form != _FORMAT or at != len(blob) or len(text) > _MAX_TEXT:
        raise ValueError("other chunks than ours")
    return json.loads(text.rstrip(b"\0")), data


def _read(blob: bytes, at: int, name: bytes) -> tuple[bytes, int]:
    size = struct.unpack_from("<I", blob, at + 4)[0]
    if blob[at : at + 4] != name or at + 8 + size > len(blob):
        raise ValueError(f"no {name.decode().strip()} chunk")
    return blob[at + 8 : at + 8 + size], at + 8 + size + size % 2
