"""Recordings of a worker: described, checked against what is asked for, and read by window."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.errors import RecordingError
from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.catalogue import Catalogue
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.recordings.time_expansion import Expansions
from battycoda_nb.signal.requests import SpectrogramRequest
from battycoda_nb.signal.stft import compute_levels

RATE = 384_000
SAMPLES = np.random.default_rng(5).normal(0, 0.1, (RATE // 4, 2)).astype(np.float32)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(Fence(tmp_path))


@pytest.mark.parametrize(
    ("container", "subtype", "error"),
    [
        ("WAV", "PCM_16", 2**-15), ("WAV", "PCM_24", 2**-23), ("WAV", "PCM_32", 1e-7), ("WAV", "FLOAT", 0),
        ("WAV", "DOUBLE", 0), ("WAVEX", "PCM_16", 2**-15), ("RF64", "PCM_16", 2**-15), ("W64", "PCM_24", 2**-23),
        ("FLAC", "PCM_16", 2**-15), ("FLAC", "PCM_24", 2**-23), ("AIFF", "PCM_16", 2**-15), ("CAF", "PCM_16", 2**-15),
    ],
)  # fmt: skip
def test_every_container_gives_its_window(
    tmp_path: Path, archive: Archive, container: str, subtype: str, error: float
) -> None:
    soundfile.write(tmp_path / "x.wav", SAMPLES, RATE, format=container, subtype=subtype)
    info = archive.describe("x.wav")
    assert (info.sample_rate, info.channels, info.frames, info.notice) == (RATE, 2, len(SAMPLES), "")
    assert info.rms == pytest.approx(SAMPLES.std(), rel=0.01)
    assert info.peak == pytest.approx(np.abs(SAMPLES).max(), rel=0.01)
    read, rate = archive.reader(SpectrogramRequest(info.hash, 1, 50_000, 55_000), "x.wav")
    assert rate == RATE
    window = read(50_000, 55_000)
    assert (window.dtype, window.shape) == (np.float32, (5000,))
    np.testing.assert_array_equal(window, soundfile.read(tmp_path / "x.wav", dtype="float32")[0][50_000:55_000, 1])
    assert np.abs(window - SAMPLES[50_000:55_000, 1]).max() <= error


def test_eight_channels_and_odd_names_open(tmp_path: Path, archive: Archive) -> None:
    name = "Große Hufeisennase, Nacht 1 (ñ 蝙蝠).wav"
    soundfile.write(tmp_path / name, np.zeros((1000, 8)) + 0.1, 192_000)
    assert archive.describe(name).channels == 8


def test_the_hash_that_is_expected_may_be_battycodas_md5(tmp_path: Path, archive: Archive) -> None:
    soundfile.write(tmp_path / "x.wav", SAMPLES, RATE)
    md5 = hashlib.md5((tmp_path / "x.wav").read_bytes()).hexdigest()
    info = archive.describe("x.wav")
    assert archive.describe("x.wav", expected=info.hash) == archive.describe("x.wav", expected=md5) == info
    soundfile.write(tmp_path / "x.wav", SAMPLES[:-1], RATE)
    for expected in (info.hash, md5):
        with pytest.raises(RecordingError, match=rf"hash='{expected}' does not fit x\.wav"):
            archive.describe("x.wav", expected=expected)


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note from now on how many frames each read of a sound file takes."""
    asked: list[int] = []
    read = soundfile.SoundFile.read

    def counting(sound: soundfile.SoundFile, count: int, **options: object) -> np.ndarray:
        asked.append(count)
        return read(sound, count, **options)

    monkeypatch.setattr(soundfile.SoundFile, "read", counting)
    return asked


def test_only_the_window_is_read(tmp_path: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    soundfile.write(tmp_path / "x.wav", np.tile(SAMPLES, (20, 1)), RATE)
    info = archive.describe("x.wav")
    asked = count_reads(monkeypatch)
    request = SpectrogramRequest(info.hash, 0, 1_000_000, 1_005_000)
    compute_levels(archive.reader(request, "x.wav")[0], request, sample_rate=RATE)
    assert asked == [5000]


def test_a_pooled_request_is_read_block_by_block(
    tmp_path: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write(tmp_path / "x.wav", np.tile(SAMPLES, (40, 1)), RATE)
    info = archive.describe("x.wav")
    asked = count_reads(monkeypatch)
    for pool in (3, 8192):
        asked.clear()
        request = SpectrogramRequest(info.hash, 0, 0, info.frames, hop_length=256, pool=pool)
        compute_levels(archive.reader(request, "x.wav")[0], request, sample_rate=RATE)
        assert max(asked) <= 2**18
        assert sum(asked) == info.frames


def test_the_top_of_the_range_is_the_peak_of_a_recording(tmp_path: Path, archive: Archive) -> None:
    soundfile.write(tmp_path / "x.wav", np.array([0.0, -0.5, 0.25, np.nan, 0.0]), RATE, subtype="FLOAT")
    assert archive.describe("x.wav").reference == pytest.approx(-6.0206, abs=1e-3)
    soundfile.write(tmp_path / "silent.wav", np.zeros(1000), RATE)
    assert archive.describe("silent.wav").reference == 0


def test_a_file_that_changed_is_not_taken_for_the_one_that_was_asked_for(tmp_path: Path, archive: Archive) -> None:
    soundfile.write(tmp_path / "x.wav", SAMPLES, RATE)
    info = archive.describe("x.wav")
    soundfile.write(tmp_path / "x.wav", SAMPLES * 0.5, RATE)
    with pytest.raises(RecordingError, match="has changed since it was opened"):
        archive.reader(SpectrogramRequest(info.hash, 0, 0, 5000), "x.wav")


def test_few_files_are_held_open(tmp_path: Path, archive: Archive) -> None:
    for number in range(40):
        soundfile.write(tmp_path / f"{number}.wav", SAMPLES[:1000], RATE)
        archive.describe(f"{number}.wav")
    held = [link for link in Path("/proc/self/fd").iterdir() if os.path.realpath(link).startswith(str(tmp_path))]
    assert len(held) == 16


def bad_files(folder: Path) -> dict[str, str]:
    """Name -> what the sentence must say."""
    soundfile.write(folder / "good.wav", SAMPLES, RATE)
    good = (folder / "good.wav").read_bytes()
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.wav").write_text("This is my field diary.\n" * 40)
    (folder / "header.wav").write_bytes(good[:30])
    (folder / "no samples.wav").write_bytes(good[:44])
    (folder / "folder.wav").mkdir()
    (folder / "shut.wav").write_bytes(good)
    return {
        "missing.wav": "There is no file 'missing.wav'",
        "empty.wav": r"empty \(0 bytes\)",
        "text.wav": "not a sound file that can be read",
        "header.wav": "not a sound file that can be read",
        "no samples.wav": "holds no samples|not a sound file",
        "folder.wav": "not a regular file",
        "folder.wav/x.wav": "There is no file",
        "../good.wav": "without '..'",
    }


def test_bad_files_give_one_sentence(tmp_path: Path, archive: Archive) -> None:
    for name, sentence in bad_files(tmp_path).items():
        with pytest.raises(RecordingError, match=sentence) as error:
            archive.describe(name)
        assert "\n" not in str(error.value)
        assert str(tmp_path) not in str(error.value)


def test_calls_come_from_beside_the_file_or_from_where_the_user_says(tmp_path: Path, archive: Archive) -> None:
    soundfile.write(tmp_path / "x.wav", SAMPLES, RATE)
    assert archive.open("x.wav")[1] is None
    (tmp_path / "x.csv").write_text("onset,offset\n0.1,0.11\n")
    (tmp_path / "mine.csv").write_text("onset,offset\n0.05,0.06\n0.1,0.11\n")
    assert [
        len(calls or ()) for calls in (archive.open("x.wav")[1], archive.open("x.wav", segments="mine.csv")[1])
    ] == [1, 2]
    assert archive.open("x.wav", segments=False)[1] is None
    with pytest.raises(RecordingError, match=r"There is no segment file 'no.csv'"):
        archive.open("x.wav", segments="no.csv")
    with pytest.raises(RecordingError, match=r"'\.\.'"):
        archive.open("x.wav", segments="../mine.csv")


# Time expansion: a file of a tenth of the true rate, in which a call of 45 kHz is one of 4.5 kHz

SLOW = 38_400
RAVEN = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tAnnotation\n"


def slow_wav(path: Path, chunk: bytes = b"") -> None:
    """Write a file ten times slower than its animal, whose call of 45 kHz lasts from 0.05 to 0.055 s of true time."""
    samples = np.zeros(SLOW, np.float32)
    samples[19_200:21_120] = 0.5 * np.sin(2 * np.pi * 4_500 / SLOW * np.arange(1_920))
    soundfile.write(path, samples, SLOW)
    data = path.read_bytes() + chunk
    path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])


def riff(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


GUANO = riff(b"guan", b"GUANO|Version: 1.0\nTE: 10\nSamplerate: 384000")
WAMD = riff(b"wamd", struct.pack("<HIHHIH", 0, 2, 1, 0x0F, 2, 10))
BATDETECT = '{"time_exp": 10, "annotation": [{"start_time": 0.05, "end_time": 0.055, "low_freq": 40000}]}'


@pytest.mark.parametrize("source", ["GUANO", "WAMD", "BatDetect2", "argument", "argument and its tables"])
def test_rate_times_and_frequencies_are_the_animals_whoever_says_so(
    tmp_path: Path, archive: Archive, source: str
) -> None:
    slow_wav(tmp_path / "x.wav", {"GUANO": GUANO, "WAMD": WAMD}.get(source, b""))
    plain = archive.describe("x.wav").hash
    if source == "BatDetect2":
        (tmp_path / "x.wav.json").write_text(BATDETECT)
    elif source == "argument and its tables":
        (tmp_path / "x.csv").write_text("onset,offset,low_freq\n0.05,0.055,40000\n")
    else:
        (tmp_path / "x.selections.txt").write_text(RAVEN + "1\tSpectrogram 1\t1\t0.5\t0.55\t4000\t5000\tPip\n")
    by_argument = source.startswith("argument")
    expansions = Expansions(10 if by_argument else None, 10 if "tables" in source else None)
    info, calls = archive.open("x.wav", expansions=expansions)
    assert (info.sample_rate, info.duration, info.time_expansion, info.notice) == (10 * SLOW, 0.1, 10, "")
    assert calls is not None and (calls[0].onset, calls[0].offset, calls[0].low_freq) == (0.05, 0.055, 40_000)
    assert info.hash == plain, "the hash is of the file, whatever is by_argument of it"
    request = SpectrogramRequest(info.hash, 0, 19_200, 21_120, time_expansion=info.time_expansion)
    read, rate = archive.reader(request, "x.wav")
    picture = compute_levels(read, request, sample_rate=rate)
    peak = picture.levels.max(axis=1).argmax() * rate / request.n_fft
    assert rate == 10 * SLOW and peak == pytest.approx(45_000, abs=rate / request.n_fft)


def test_a_table_in_the_animals_hertz_is_refused_until_that_is_said(tmp_path: Path, archive: Archive) -> None:
    slow_wav(tmp_path / "x.wav", GUANO)
    (tmp_path / "mine.txt").write_text("0.050000\t0.055000\tPip\n\\\t40000.0\t50000.0\n")
    with pytest.raises(RecordingError, match=r"mine\.txt: call 1 has 50000 Hz.*calls_time_expansion=10"):
        archive.open("x.wav", segments="mine.txt")
    _, calls = archive.open("x.wav", segments="mine.txt", expansions=Expansions(calls=10))
    assert calls is not None and (calls[0].onset, calls[0].high_freq) == (0.05, 50_000)


def test_a_detector_that_was_not_told_of_the_expansion_counted_by_its_own(tmp_path: Path, archive: Archive) -> None:
    slow_wav(tmp_path / "x.wav", GUANO)
    (tmp_path / "x.wav.json").write_text(
        '{"time_exp": 1, "annotation": [{"start_time": 0.5, "end_time": 0.55, "low_freq": 4000}]}'
    )
    info, calls = archive.open("x.wav")
    assert calls is not None and (calls[0].onset, calls[0].low_freq) == (0.05, 40_000)
    assert "A time expansion of 10 was taken, from GUANO's Samplerate" in info.notice


def test_what_batdetect2_says_in_its_json_holds_for_the_csv_beside_it(tmp_path: Path, archive: Archive) -> None:
    slow_wav(tmp_path / "x.wav")
    header = "id,det_prob,start_time,end_time,high_freq,low_freq,class,class_prob\n"
    (tmp_path / "x.wav.csv").write_text(header + "0,0.9,0.05,0.055,50000,40000,corrected,0.8\n")
    with pytest.raises(RecordingError, match=r"x\.wav\.csv: call 1 has 50000 Hz.*calls_time_expansion=10"):
        archive.open("x.wav", segments="x.wav.csv")
    info, calls = archive.open("x.wav")
    assert calls is None and "calls_time_expansion=10" in info.notice
    (tmp_path / "x.wav.json").write_text(BATDETECT)
    for segments in (None, "x.wav.csv"):
        info, calls = archive.open("x.wav", segments=segments)
        assert (info.sample_rate, info.time_expansion, info.notice) == (10 * SLOW, 10, "")
        assert calls == Calls([Call(0.05, 0.055, "corrected", 40_000, 50_000)])
    (tmp_path / "x.wav.csv").write_text("onset,offset\n0.5,0.55\n")  # a table of somebody else's
    info, calls = archive.open("x.wav")
    assert info.time_expansion == 10 and calls == Calls([Call(0.05, 0.055)])
    (tmp_path / "x.wav.csv").write_text(header + "0,0.9,0.05,0.055,5000,4000,A,0.8\n")
    (tmp_path / "x.wav.json").write_text("[1, 2")
    assert archive.open("x.wav")[0].time_expansion == 1, "what cannot be read there says nothing"


def test_a_recording_stays_as_slow_whichever_calls_are_taken(tmp_path: Path, archive: Archive) -> None:
    """Its user saves a table beside BatDetect2's file, which is taken from then on; or wants no calls at all."""
    slow_wav(tmp_path / "x.wav")
    (tmp_path / "x.wav.json").write_text(BATDETECT)
    (tmp_path / "x.Table.1.selections.txt").write_text(RAVEN + "1\tSpectrogram 1\t1\t0.5\t0.55\t4000\t5000\tPip\n")
    info, calls = archive.open("x.wav")
    assert info.sample_rate == 10 * SLOW and calls == Calls([Call(0.05, 0.055, "Pip", 40_000, 50_000, 0)])
    assert archive.open("x.wav", segments=False)[0] == info
    entry = Catalogue(archive).listing("x.wav")["entries"][0]
    assert (entry["sample_rate"], entry["time_expansion"], entry["calls"]) == (10 * SLOW, 10, 1)
    (tmp_path / "x.wav.json").unlink()
    (tmp_path / "x.wav.json").symlink_to("/etc/hosts")
    assert archive.open("x.wav")[0].time_expansion == 1


def test_a_notice_counts_the_animals_seconds(tmp_path: Path, archive: Archive) -> None:
    slow_wav(tmp_path / "x.wav")
    os.truncate(tmp_path / "x.wav", 44 + SLOW)
    os.utime(tmp_path / "x.wav", (0, 0))
    assert "promises about 1.00 s, and 0.50 s are there" in archive.open("x.wav")[0].notice
    notice = archive.open("x.wav", expansions=Expansions(10))[0].notice
    assert "promises about 0.10 s, and 0.05 s are there" in notice
    entry = Catalogue(archive).listing("x.wav", expansions=Expansions(10))["entries"][0]
    assert entry["notice"] == notice


def test_a_workers_root_is_open_for_recordings_and_segment_files_alone(tmp_path: Path, archive: Archive) -> None:
    soundfile.write(tmp_path / "x.wav", SAMPLES, RATE)
    shutil.copy(tmp_path / "x.wav", tmp_path / "x.conf")
    with pytest.raises(RecordingError, match=r"its name ends in none of \.wav"):
        archive.describe("x.conf")
    with pytest.raises(RecordingError, match=r"its name ends in none of \.pickle"):
        archive.open("x.wav", segments="x.conf")
    assert Archive(Fence(tmp_path, own=True)).describe("x.conf", str(tmp_path)).frames == len(SAMPLES)


def test_a_file_that_the_worker_may_not_read_is_not_tried_again(tmp_path: Path) -> None:
    """An OSError is tried again, as a network drive may be back; permissions are not."""
    soundfile.write(tmp_path / "x.wav", SAMPLES, RATE)
    (tmp_path / "x.wav").chmod(0)
    tmp_path.chmod(0o755)
    with as_nobody(), pytest.raises(RecordingError, match=r"may not read x\.wav: change the file's permissions"):
        Archive(Fence(None, own=True)).describe(str(tmp_path / "x.wav"))


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Without root's right to read everything, where the tests have it."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_the_rms_is_the_standard_deviation_whatever_the_offset(tmp_path: Path, archive: Archive) -> None:
    soundfile.write(tmp_path / "x.wav", SAMPLES + np.float32(0.25), RATE, subtype="FLOAT")
    assert archive.describe("x.wav").rms == pytest.approx(SAMPLES.std(), rel=1e-3)


def test_the_rms_of_a_long_recording_is_estimated_within_a_few_percent(tmp_path: Path, archive: Archive) -> None:
    """48 s at 250 kHz: a call of 5 ms in each tenth of a second of silence, of which 2048 places see most."""
    samples = np.zeros((480, 25_000), np.int16)
    samples[np.arange(480), :1250] = np.random.default_rng(2).integers(-9000, 9000, (480, 1250))
    soundfile.write(tmp_path / "x.wav", samples.ravel(), 250_000)
    assert archive.describe("x.wav").rms == pytest.approx((samples / 32768).std(), rel=0.05)


def test_zeros_are_a_picture_at_the_floor_and_a_dead_channel_is_said(tmp_path: Path, archive: Archive) -> None:
    """Recorders that wait for a trigger fill with zeros; a microphone that is off gives nothing else."""
    samples = np.zeros((RATE, 3), np.float32)
    samples[: RATE // 4, :2] = SAMPLES
    samples[RATE // 4 :, 1] = 2**-15
    soundfile.write(tmp_path / "x.wav", samples, RATE)
    info = archive.describe("x.wav")
    for channel in (0, 1):
        request = SpectrogramRequest(info.hash, channel, RATE // 2, RATE // 2 + 5000)
        picture = compute_levels(archive.reader(request, "x.wav")[0], request, sample_rate=RATE)
        assert not picture.levels.any() and picture.low == -127.5
    dead = SpectrogramRequest(info.hash, 2, RATE // 2, RATE // 2 + 5000)
    with pytest.raises(RecordingError, match=r"Channel 3 is digital silence from its start .* microphone connected"):
        compute_levels(archive.reader(dead, "x.wav")[0], dead, sample_rate=RATE)
    strip = SpectrogramRequest(info.hash, 2, 0, RATE, hop_length=256, pool=2)
    assert not compute_levels(archive.reader(strip, "x.wav")[0], strip, sample_rate=RATE).levels.any()


@pytest.mark.parametrize("at", [0, 12_345, 3_999_999])
def test_one_sample_anywhere_is_enough_for_a_channel_to_be_alive(tmp_path: Path, archive: Archive, at: int) -> None:
    samples = np.zeros(4_000_000, np.int16)
    samples[at] = 1
    soundfile.write(tmp_path / "x.wav", samples, RATE)
    request = SpectrogramRequest(archive.describe("x.wav").hash, 0, 2_000_000, 2_005_000)
    assert not archive.reader(request, "x.wav")[0](2_000_000, 2_005_000).any()
