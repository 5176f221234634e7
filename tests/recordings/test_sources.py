"""Ways to the samples of a file: any window is that of the whole decode, and of damage there is a notice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from battycoda_nb.errors import RecordingError
from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.catalogue import Catalogue
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.recordings.file_view import FileView
from battycoda_nb.recordings.sound_file import OpenRecording
from battycoda_nb.recordings.sources import source_of
from battycoda_nb.signal.requests import SpectrogramRequest

RATE = 48_000
# Half a second of silence and one of a tone that steps up: what is misplaced is some other tone.
TIMES = np.arange(3 * RATE // 2) / RATE
TONES = 0.4 * np.sin(2 * np.pi * np.cumsum(np.where(TIMES < 0.5, 0, 2000 + 1000 * np.floor(40 * TIMES))) / RATE)
NOISE = 0.05 * np.random.default_rng(0).normal(size=len(TONES))
SOUND = (TONES + NOISE * (TIMES >= 0.5)).astype(np.float32)

FORMATS = {
    "mp3": ("MP3", "MPEG_LAYER_III"), "vorbis": ("OGG", "VORBIS"), "opus": ("OGG", "OPUS"),
    "flac": ("FLAC", "PCM_16"), "flac24": ("FLAC", "PCM_24"), "au": ("AU", "PCM_16"), "caf": ("CAF", "PCM_16"),
    "alac": ("CAF", "ALAC_16"), "w64": ("W64", "PCM_16"), "aiff": ("AIFF", "PCM_16"), "wav": ("WAV", "PCM_16"),
    "g721": ("AU", "G721_32"), "gsm": ("WAV", "GSM610"), "dwvw": ("AIFF", "DWVW_16"), "adpcm": ("WAV", "IMA_ADPCM"),
}  # fmt: skip
ENDINGS = {"MP3": ".mp3", "OGG": ".ogg", "FLAC": ".flac", "AU": ".au", "CAF": ".caf", "W64": ".w64", "AIFF": ".aif"}


def written(folder: Path, kind: str, samples: np.ndarray = SOUND) -> Path:
    """Write a file of a kind; Vorbis in pieces, as libsndfile needs them."""
    container, subtype = FORMATS[kind]
    path = folder / f"{kind}{ENDINGS.get(container, '.wav')}"
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    with soundfile.SoundFile(path, "w", RATE, channels, format=container, subtype=subtype) as file:
        for start in range(0, len(samples), RATE):
            file.write(samples[start : start + RATE])
    return path


@contextmanager
def opened(path: Path) -> Iterator[OpenRecording]:
    recording = OpenRecording(os.open(path, os.O_RDONLY), path.name)
    try:
        yield recording
    finally:
        recording.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file of each kind, mono, and an MP3 and a Vorbis of two channels."""
    folder = tmp_path_factory.mktemp("sources")
    found = {kind: written(folder, kind) for kind in FORMATS}
    (folder / "stereo").mkdir()
    both = np.stack((SOUND, SOUND[::-1]), axis=1)
    return found | {f"{kind} stereo": written(folder / "stereo", kind, both) for kind in ("mp3", "vorbis")}


def whole_decode(path: Path) -> np.ndarray:
    """All samples as libsndfile gives them in one go [shape=(n, channels)]."""
    with soundfile.SoundFile(path) as file:
        frames = file.frames
        if "DWVW" not in file.subtype:
            return file.read(frames, dtype="float32", always_2d=True)
    samples = np.zeros((frames, 1), np.float32)
    with soundfile.SoundFile(path) as file, pytest.raises(soundfile.LibsndfileError):
        file.buffer_read_into(samples, dtype="float32")  # it is all there, and then it seeks
    return samples


@pytest.mark.parametrize("kind", [*FORMATS, "mp3 stereo", "vorbis stereo"])
def test_any_part_is_that_of_the_whole_decode(files: dict[str, Path], kind: str) -> None:
    """libsndfile's seek in MP3 and Vorbis is not exact (its issue #885), and in some formats there is none."""
    path = files[kind]
    whole = whole_decode(path)
    with opened(path) as recording:
        assert recording.frames == len(whole)

        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        @given(start=st.integers(0, len(whole) - 1), length=st.integers(1, 20_000))
        def check(start: int, length: int) -> None:
            stop = min(start + length, len(whole))
            for channel in range(whole.shape[1]):
                part = recording.read(start, stop, channel)
                assert part.dtype == np.float32
                np.testing.assert_allclose(part, whole[start:stop, channel], atol=2e-7)

        check()


def frames_of(data: bytes) -> bytes:
    """An MP3 without its Xing header: from the second frame on."""
    return data[data.index(data[:2], data.index(b"Xing")) :]


@pytest.mark.parametrize("loud_first", [True, False])
def test_an_mp3_of_changing_rate_that_does_not_say_its_length_is_decoded_to_its_end(
    tmp_path: Path, loud_first: bool
) -> None:
    """libsndfile guesses the length from the first frame's rate, and ends there: of this one at a fifth."""
    samples = np.concatenate([NOISE * 5, NOISE * 1e-4][:: 1 if loud_first else -1])
    path = tmp_path / "x.mp3"
    soundfile.write(path, samples, RATE, bitrate_mode="VARIABLE", compression_level=0.5)
    with opened(path) as recording:
        right = recording.read(0, recording.frames, 0)
    path.write_bytes(frames_of(path.read_bytes()))
    guess = soundfile.info(path).frames
    with opened(path) as recording:
        assert recording.notice() == "" or "written to" in recording.notice()
        assert recording.frames == pytest.approx(len(samples), abs=3 * 1152)
        assert abs(recording.frames - guess) > len(samples) // 4
        found = recording.read(0, recording.frames, 0)
    # The padding of the encoder is sound where no header tells of it.
    np.testing.assert_allclose(found[1105:][: len(right)], right[: len(found) - 1105], atol=1e-6)


def damaged(data: bytes, damage: str, rng: np.random.Generator) -> bytes:
    middle, some = len(data) // 2, bytearray(data)
    if damage == "half":
        return data[:middle]
    if damage == "less 100":
        return data[:-100]
    if damage == "zeros":
        some[middle : middle + 2000] = bytes(2000)
    elif damage == "noise":
        some[middle : middle + 2000] = rng.bytes(2000)
    elif damage == "hole":
        del some[middle : middle + 3000]
    elif damage == "bit":
        some[middle] ^= 0x10
    return bytes(some)


DAMAGES = ("half", "less 100", "zeros", "noise", "hole", "bit")
# What is sample beside sample cannot tell that bytes within were changed.
BLIND = {"zeros", "noise", "bit", "hole"}
UNTOLD = {
    (kind, damage) for kind in ("au", "caf", "w64", "aiff", "wav", "g721", "gsm", "dwvw", "adpcm") for damage in BLIND
}
UNTOLD |= {("mp3", "bit"), ("alac", "zeros"), ("alac", "noise"), ("alac", "bit"), ("g721", "less 100")}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", FORMATS)
def test_a_damaged_file_opens_with_a_notice_or_says_so_in_one_sentence_in_the_list_too(
    files: dict[str, Path], tmp_path: Path, kind: str, damage: str
) -> None:
    name = files[kind].name
    (tmp_path / name).write_bytes(damaged(files[kind].read_bytes(), damage, np.random.default_rng(1)))
    whole = whole_decode(files[kind])[:, 0]
    archive = Archive(Fence(tmp_path))
    entry = Catalogue(Archive(Fence(tmp_path))).listing(name)["entries"][0]
    try:
        info = archive.describe(name)
        read = archive.reader(SpectrogramRequest(info.hash, 0, 0, info.frames), name)[0]
        samples = read(0, info.frames)
    except RecordingError as error:
        assert "\n" not in str(error) and len(str(error)) < 300
        assert entry.get("problem") or kind == "alac"
        return
    assert len(samples) == info.frames
    assert info.frames == pytest.approx(entry["frames"], abs=0.1 * RATE)
    if (kind, damage) not in UNTOLD:
        assert info.notice and entry.get("notice"), "told in the list as well"
    # Up to the damage it is the sound, at its place: nothing that comes later stands in for it.
    sure = min(len(samples), round(0.25 * len(whole)))
    assert sure > 0
    np.testing.assert_allclose(samples[:sure], whole[:sure], atol=1e-4)


@pytest.mark.parametrize("kind", ["flac", "flac24"])
def test_behind_the_damage_of_a_flac_every_sample_is_at_its_place(
    files: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    whole = whole_decode(files[kind])[:, 0]
    for damage in ("zeros", "noise", "hole", "bit"):
        path = tmp_path / "x.flac"
        path.write_bytes(damaged(files[kind].read_bytes(), damage, np.random.default_rng(2)))
        with opened(path) as recording:
            samples = recording.read(0, recording.frames, 0)
            assert len(samples) == len(whole)
            lost = samples != whole
            assert 0 < lost.mean() < 0.5
            assert not samples[lost].any(), "what is lost is silence"
            first, last = np.flatnonzero(lost)[[0, -1]] / RATE
            assert f"({first:.1f}" in recording.notice() or f"({first - 0.05:.1f}" in recording.notice()
            # a part on either side, from the file as it was opened
            for start, stop in ((0, 5000), (len(whole) - 5000, len(whole)), (int(last * RATE) + 4096, len(whole))):
                np.testing.assert_array_equal(recording.read_alive(start, stop, 0), whole[start:stop])
            with pytest.raises(RecordingError, match=r"damaged, and cannot be decoded from \d\.\d+ to \d\.\d+ s"):
                recording.read_alive(int(first * RATE) + 10, int(first * RATE) + 500, 0)


@pytest.mark.parametrize("factor", [0.0, 0.5, 2.0, 1000.0])
def test_a_flac_whose_header_has_a_wrong_total_is_read_to_its_end(
    files: dict[str, Path], tmp_path: Path, factor: float
) -> None:
    """FL BAR-LT recorders promise twice what is there; what was piped says nothing."""
    data = bytearray(files["flac"].read_bytes())
    total = round(factor * len(SOUND))
    data[21:26] = ((data[21] >> 4 << 36) | total).to_bytes(5, "big")
    path = tmp_path / "x.flac"
    path.write_bytes(data)
    whole = whole_decode(files["flac"])[:, 0]
    with opened(path) as recording:
        assert recording.frames == len(whole)
        np.testing.assert_array_equal(recording.read(0, len(whole), 0), whole)
        np.testing.assert_array_equal(recording.read(40_000, 50_000, 0), whole[40_000:50_000])
        assert recording.notice().startswith("The header of this file")
        assert "1.50 s" in recording.notice()
    assert "1.50 s" in Catalogue(Archive(Fence(tmp_path))).listing("x.flac")["entries"][0]["notice"]


@pytest.mark.timeout(20)
def test_a_flac_whose_recorder_left_megabytes_of_zeros_is_opened_quickly(
    files: dict[str, Path], tmp_path: Path
) -> None:
    whole = files["flac"].read_bytes()
    for name, sound in (("a.flac", whole[: len(whole) // 2]), ("b.flac", whole)):
        (tmp_path / name).write_bytes(sound)
        os.truncate(tmp_path / name, 500 * 2**20)
    archive = Archive(Fence(tmp_path))
    half, all_of_it = archive.describe("a.flac"), archive.describe("b.flac")
    assert 0 < half.frames < all_of_it.frames and "can be decoded" in half.notice
    read, _ = archive.reader(SpectrogramRequest(all_of_it.hash, 0, 100, 5000), "b.flac")
    expected = soundfile.read(files["flac"], dtype="float32", always_2d=True)[0]
    assert all_of_it.frames == len(expected)
    np.testing.assert_array_equal(read(100, 5000), expected[100:5000, 0])


def test_a_damage_that_the_notice_of_a_long_file_has_not_told_is_an_error_where_it_is_shown(tmp_path: Path) -> None:
    """Of a long file only some places are read as it is opened."""
    path = tmp_path / "long.flac"
    block = np.random.default_rng(3).integers(-3000, 3000, 2**20, dtype=np.int16)
    with soundfile.SoundFile(path, "w", 250_000, 1, subtype="PCM_16", compression_level=0) as file:
        for _ in range(9):
            file.write(block)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 + 900 : len(data) // 2 + 1000] = bytes(100)
    path.write_bytes(data)
    with opened(path) as recording:
        middle = recording.frames // 2
        samples = recording.read(middle - 10_000, middle + 10_000, 0)
        assert 1000 < np.count_nonzero(samples == 0) < 10_000
        with pytest.raises(RecordingError, match=r"damaged, and cannot be decoded from 18\."):
            recording.read_alive(middle - 10_000, middle + 10_000, 0)
        assert recording.read_alive(0, 10_000, 0).any()


def test_a_step_in_a_lossy_file_decodes_nothing_again(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(files["mp3"]):
        pass
    monkeypatch.setattr(soundfile.SoundFile, "buffer_read_into", None)
    with opened(files["mp3"]) as recording:
        assert recording.read(30_000, 35_000, 0).any()


def test_a_source_leaves_the_descriptor_to_its_owner(files: dict[str, Path]) -> None:
    for path in files.values():
        descriptor = os.open(path, os.O_RDONLY)
        source_of(descriptor).close()
        os.close(descriptor)  # an OSError if it were closed already


@pytest.mark.parametrize("kind", ["wav", "aiff", "caf"])
def test_behind_an_error_the_next_part_is_read(files: dict[str, Path], kind: str) -> None:
    with files[kind].open("rb") as file:
        source = source_of(file.fileno())
        before = source.read(100, 200, "float32")
        with pytest.raises(soundfile.LibsndfileError):
            source.read(source.frames + 100, source.frames + 200, "float32")
        np.testing.assert_array_equal(source.read(100, 200, "float32"), before)
        source.close()


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0, 2.0, 1000.0])
def test_opening_a_flac_reads_little_of_it_whatever_its_header_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, factor: float
) -> None:
    path = tmp_path / "x.flac"
    soundfile.write(path, np.random.default_rng(3).integers(-3000, 3000, 2**21, dtype=np.int16), 250_000)
    data = bytearray(path.read_bytes())
    data[21:26] = ((data[21] >> 4 << 36) | round(factor * 2**21)).to_bytes(5, "big")
    path.write_bytes(data)
    asked = []
    readinto = FileView.readinto

    def counting(view: FileView, buffer: memoryview) -> int:
        asked.append(len(buffer))
        return readinto(view, buffer)

    monkeypatch.setattr(FileView, "readinto", counting)
    descriptor = os.open(path, os.O_RDONLY)
    source = source_of(descriptor)
    assert source.frames == 2**21
    assert sum(asked) < (0.2 if factor == 1 else 3) * len(data)
    source.close()
    os.close(descriptor)


def test_what_is_known_to_be_damaged_is_not_looked_for_again(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.flac").write_bytes(damaged(files["flac"].read_bytes(), "zeros", np.random.default_rng(2)))
    with (tmp_path / "x.flac").open("rb") as file:
        source = source_of(file.fileno())
        whole = source.read(0, source.frames, "float32")
        [(first, last)] = source.lost_within(0, source.frames)
        np.testing.assert_array_equal(source.read(first - 50, last + 50, "float32"), whole[first - 50 : last + 50])
        monkeypatch.setattr(soundfile.SoundFile, "seek", None)
        samples = source.read(first + 10, last - 10, "int16")
        assert samples.shape == (last - first - 20, source.sound.channels) and samples.dtype == np.int16
        assert not samples.any()
        monkeypatch.undo()
        source.close()


def test_what_libsndfile_misreads_is_refused(tmp_path: Path) -> None:
    """Noise in Apple Lossless of 32 bits comes out up to 2.0 off, without an error; 24 bits are right."""
    noise = np.random.default_rng(0).uniform(-0.9, 0.9, 20_000)
    for subtype in ("ALAC_16", "ALAC_20", "ALAC_24", "ALAC_32"):
        path = tmp_path / f"{subtype}.caf"
        soundfile.write(path, noise, 192_000, subtype=subtype)
        if subtype == "ALAC_32":
            with pytest.raises(RecordingError, match=r"Apple Lossless of 32 bits .* save it as WAV"):
                Archive(Fence(None, own=True)).describe(str(path))
        else:
            info = Archive(Fence(None, own=True)).describe(str(path))
            assert info.peak == pytest.approx(np.abs(noise).max(), abs=1e-4)
