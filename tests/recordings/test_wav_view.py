"""Files whose header libsndfile stumbles over: the sound that it is shown is the file's own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from battycoda_nb.errors import RecordingError
from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.recordings.file_view import FileView
from battycoda_nb.recordings.metadata import read_metadata
from battycoda_nb.recordings.sound_file import OpenRecording
from battycoda_nb.recordings.wav_view import corrected
from battycoda_nb.signal.requests import SpectrogramRequest

SAMPLES = np.random.default_rng(6).integers(-3000, 3000, 4000)
GUAN = [(b"guan", b"TE: 10 and what else there is")]

Open = Callable[[bytes], tuple[np.ndarray, bool]]


@pytest.fixture
def open_wav(tmp_path: Path) -> Open:
    """The samples of a file as a worker reads them, and whether it needed a view."""

    def read(data: bytes) -> tuple[np.ndarray, bool]:
        (tmp_path / "x.wav").write_bytes(data)
        archive = Archive(Fence(tmp_path))
        info = archive.describe("x.wav")
        reader, _ = archive.reader(SpectrogramRequest(info.hash, 0, 0, info.frames), "x.wav")
        with (tmp_path / "x.wav").open("rb") as file:
            view = corrected(file.fileno())
        return np.rint(reader(0, info.frames) * 32768), view is not None

    return read


@pytest.mark.parametrize("after", [[], GUAN], ids=["alone", "with a chunk behind"])
@pytest.mark.parametrize("size", [None, 0, 0x7FFFF000, 0xFFFFFFFF])
def test_every_sample_is_there_and_none_that_is_none(
    open_wav: Open, write_wav: Callable[..., bytes], flavour: str, size: int | None, after: list[tuple[bytes, bytes]]
) -> None:
    dtype = ">i2" if flavour == "RIFX" else "<i2"
    samples, viewed = open_wav(write_wav(SAMPLES.astype(dtype).tobytes(), flavour=flavour, data_size=size, after=after))
    np.testing.assert_array_equal(samples, SAMPLES)
    # What libsndfile can read, it reads without a detour through Python.
    assert viewed == (
        flavour == "BW64" or (size == 0 and flavour != "W64") or bool(after and (size is not None or flavour == "W64"))
    )


def test_rf64_without_its_long_sizes_opens(open_wav: Open, write_wav: Callable[..., bytes]) -> None:
    data = bytearray(write_wav(SAMPLES.astype("<i2").tobytes(), after=GUAN))
    data[0:8], data[40:44] = b"RF64" + b"\xff" * 4, b"\xff" * 4
    np.testing.assert_array_equal(open_wav(bytes(data))[0], SAMPLES)


def test_of_joined_files_the_first_opens(open_wav: Open, write_wav: Callable[..., bytes]) -> None:
    data = write_wav(SAMPLES.astype("<i2").tobytes(), after=GUAN)
    np.testing.assert_array_equal(open_wav(data + data)[0], SAMPLES)


def test_a_file_of_zeros_that_was_never_closed_holds_no_samples(
    open_wav: Open, write_wav: Callable[..., bytes]
) -> None:
    with pytest.raises(RecordingError, match="holds no samples by its header"):
        open_wav(write_wav(bytes(8000), data_size=0))


def test_a_view_has_its_own_bytes_and_ends_where_it_should(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(range(100)))
    with (tmp_path / "x").open("rb") as file:
        view = FileView(file.fileno(), 50, {0: b"ab", 20: b"xyz", 49: b"end"})
        whole = view.read()
        assert whole == b"ab" + bytes(range(2, 20)) + b"xyz" + bytes(range(23, 49)) + b"e"
        for start in range(51):
            for length in (0, 1, 2, 5, 60):
                view.seek(start)
                assert view.read(length) == whole[start : start + length]
                assert view.tell() == min(start + length, 50)
        assert (view.seek(-3, os.SEEK_END), view.seek(1, os.SEEK_CUR), view.seek(-9, os.SEEK_SET)) == (47, 48, 0)
        assert file.tell() == 0


def test_the_descriptor_is_closed_with_the_recording(tmp_path: Path, write_wav: Callable[..., bytes]) -> None:
    good = write_wav(SAMPLES.astype("<i2").tobytes(), flavour="BW64")
    for data in (good, good.replace(b"fmt ", b"fmx ")):
        (tmp_path / "x.wav").write_bytes(data)
        descriptor = os.open(tmp_path / "x.wav", os.O_RDONLY)
        try:
            OpenRecording(descriptor, "x.wav").close()
        except RecordingError:
            assert data is not good
        with pytest.raises(OSError):
            os.fstat(descriptor)


def test_no_header_however_broken_ends_in_anything_but_a_recording_error(
    tmp_path: Path, write_wav: Callable[..., bytes], flavour: str
) -> None:
    rng = np.random.default_rng(7)
    whole = write_wav(SAMPLES.astype("<i2").tobytes(), flavour=flavour, before=[(b"JUNK", b"abc")], after=GUAN)
    places = [*range(160), *range(len(whole) - 60, len(whole))]
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(150):
        data = bytearray(whole)
        for place in rng.choice(places, rng.integers(1, 6)):
            data[place] = rng.choice([0, 1, 127, 255, rng.integers(256)])
        (tmp_path / "x.wav").write_bytes(data[: rng.integers(len(data) // 2, 2 * len(data))])
        descriptor = os.open(tmp_path / "x.wav", os.O_RDONLY)
        read_metadata(descriptor)
        with contextlib.suppress(RecordingError):
            recording = OpenRecording(descriptor, "x.wav")
            recording.notice()
            recording.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == open_before
