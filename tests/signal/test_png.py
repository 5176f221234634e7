from __future__ import annotations

import io
import json
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from battycoda_nb.errors import ClusterError
from battycoda_nb.signal import png
from battycoda_nb.signal.png import decode, decode_wave, encode, read_header
from battycoda_nb.signal.requests import SpectrogramRequest
from battycoda_nb.signal.stft import Picture

REQUEST = SpectrogramRequest("ab" * 16, 0, 1000, 6000)
LEVELS = np.random.default_rng(3).integers(0, 256, (REQUEST.bins, REQUEST.columns), dtype=np.uint8)
WAVE = np.random.default_rng(4).integers(-127, 128, (REQUEST.columns, 2), dtype=np.int8)
PICTURE = Picture(LEVELS, -127.5, 0.5, WAVE, 0.254)
BLOB = encode(PICTURE, REQUEST, sample_rate=250_000)


def test_it_is_lossless_and_says_what_it_is() -> None:
    levels, meta = decode(BLOB, REQUEST)
    assert (levels == LEVELS).all()
    assert meta["request"] == REQUEST.to_json()
    assert meta["time"] == [1128 / 250_000, 16 / 250_000]
    assert meta["frequency"] == [0.0, 250_000 / 256]
    assert (meta["db"], meta["scale"], meta["unit"], meta["wave"]) == ([-127.5, 0.5], "linear", "dB", 0.254)
    assert meta["software"].startswith("battycoda_nb ")


def test_the_waveform_travels_with_the_levels() -> None:
    np.testing.assert_allclose(decode_wave(BLOB, REQUEST), WAVE * 0.002, rtol=1e-6)


@pytest.mark.parametrize(
    ("scale", "n_fft", "frequency", "unit"),
    [
        ("linear", 512, [0.0, 488.28125], "dB"),
        ("mel", 8192, [45.34687, 45.34687], "dB"),
        ("pcen", 512, [0.0, 488.28125], "PCEN"),
    ],
)
def test_pooled_and_other_scales_say_where_their_points_are(
    scale: str, n_fft: int, frequency: list[float], unit: str
) -> None:
    request = SpectrogramRequest("ab" * 16, 0, 1000, 6000, "hann", 300, n_fft, 150, 4, scale)
    meta = png.metadata(request, sample_rate=250_000, low=0.0)
    # the first column is the frames that begin at 1000, 1150, 1300 and 1450; the last of them ends at 1750
    assert meta["time"] == [1375 / 250_000, 600 / 250_000]
    assert meta["frequency"] == pytest.approx(frequency, rel=1e-4)
    assert (meta["scale"], meta["unit"]) == (scale, unit)
    assert meta["enbw"] == pytest.approx(1.5 * 250_000 / 300)


def test_any_png_reader_shows_it_upright() -> None:
    from matplotlib.image import imread

    picture = imread(io.BytesIO(BLOB), format="png")
    assert (np.rint(picture * 255).astype(np.uint8) == LEVELS[::-1]).all()
    with Image.open(io.BytesIO(BLOB)) as image:
        image.verify()  # checksums and chunk names too


def test_without_the_fast_compressor_it_is_the_same_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png, "isal_zlib", None)
    assert (decode(encode(PICTURE, REQUEST, sample_rate=250_000), REQUEST)[0] == LEVELS).all()


def with_chunk(kind: bytes, data: bytes) -> bytes:
    """The blob with one chunk's data replaced."""
    return png.join_chunks((name, data if name == kind else old) for name, old in png.split_chunks(BLOB))


def with_meta(**changes: object) -> bytes:
    meta = {**png.metadata(REQUEST, sample_rate=250_000, low=-127.5), **changes}
    return with_chunk(b"tEXt", b"battycoda\x00" + json.dumps(meta).encode())


def with_more(count: int) -> bytes:
    """The blob with some chunks more before its last, of a kind that readers pass over."""
    kind, data = b"paDd", b"padding"
    chunk = struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return BLOB[:-12] + count * chunk + BLOB[-12:]


def packed_rows() -> bytes:
    """The rows of the blob as they are packed in it."""
    return b"".join(read_header(BLOB, REQUEST).data)


ROWS = np.zeros((REQUEST.bins, REQUEST.columns + 1), np.uint8)
TEXT = b"battycoda\x00" + json.dumps(png.metadata(REQUEST, sample_rate=250_000, low=-127.5)).encode()
HOSTILE = {
    "empty": b"",
    "no png": b"<svg onload=alert(1)>",
    "cut short": BLOB[:-20],
    "half": BLOB[: len(BLOB) // 2],
    "other size": with_chunk(b"IHDR", struct.pack(">IIBBBBB", 297, 128, 8, 0, 0, 0, 0)),
    "huge size": with_chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31, 2**31, 8, 0, 0, 0, 0)),
    "sixteen bits": with_chunk(b"IHDR", struct.pack(">IIBBBBB", REQUEST.columns, REQUEST.bins, 16, 0, 0, 0, 0)),
    "short header": with_chunk(b"IHDR", b"1234"),
    "other text": with_chunk(b"tEXt", b"Comment\x00hello"),
    "no json": with_chunk(b"tEXt", b"battycoda\x00{"),
    "deep json": with_chunk(b"tEXt", b"battycoda\x00" + b"[" * 16000),
    "other request": with_meta(request=SpectrogramRequest("cd" * 16, 0, 1000, 6000).to_json()),
    "nan axis": with_meta(time=[float("nan"), 1.0]),
    "endless axis": with_meta(time=[10**400, 1.0]),
    "endless bandwidth": with_meta(enbw=10**400),
    "text axis": with_meta(frequency=["<b>", 1]),
    "no axis": with_meta(db=None),
    "no rate": with_meta(sample_rate=0),
    "other scale": with_meta(scale="mel"),
    "other unit": with_meta(unit="<b>"),
    "no wave": with_meta(wave=None),
    "negative wave": with_meta(wave=-1),
    "short wave": with_chunk(b"waVe", WAVE.tobytes()[:-1]),
    "long wave": with_chunk(b"waVe", WAVE.tobytes() + b"12"),
    "no waveform": BLOB.replace(b"waVe", b"waVf"),
    "many chunks": with_more(100),
    "large text": with_chunk(b"tEXt", TEXT + b" " * 20_000),
}
DAMAGED = {
    "a bomb": with_chunk(b"IDAT", zlib.compress(bytes(50_000_000))),
    "too little": with_chunk(b"IDAT", zlib.compress(ROWS.tobytes()[:-1])),
    "not zlib": with_chunk(b"IDAT", b"nonsense"),
    "other filter": with_chunk(b"IDAT", zlib.compress(ROWS.tobytes())),
    "unfinished": with_chunk(b"IDAT", zlib.compress(ROWS.tobytes())[:-6]),
    "no checksum": with_chunk(b"IDAT", packed_rows()[:-4]),  # every row is there, and the stream does not end
}


def test_some_chunks_and_some_space_more_are_read() -> None:
    """What is refused below is refused for its size alone."""
    for blob in (with_more(10), with_chunk(b"tEXt", TEXT + b" " * 10_000)):
        assert (decode(blob, REQUEST)[0] == LEVELS).all()


@pytest.mark.parametrize("blob", HOSTILE.values(), ids=HOSTILE)
def test_what_does_not_fit_is_refused_before_it_is_decompressed(blob: bytes) -> None:
    with pytest.raises(ClusterError, match="refused"):
        read_header(blob, REQUEST)


def test_no_more_is_unpacked_than_the_size_asks_for() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ClusterError, match="refused"):
            decode(DAMAGED["a bomb"], REQUEST)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("blob", DAMAGED.values(), ids=DAMAGED)
def test_damage_is_found_when_decoding(blob: bytes) -> None:
    read_header(blob, REQUEST)
    with pytest.raises(ClusterError, match="refused"):
        decode(blob, REQUEST)
