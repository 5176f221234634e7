"""The sample recording says where its calls are; these tests measure whether they are there."""

import csv
import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from battycoda_nb.errors import RecordingError
from battycoda_nb.recordings import sample as sample_module
from battycoda_nb.recordings.sample import NOISE_DB, SAMPLE_RATE, sample_recording


def read(wav: Path) -> tuple[np.ndarray, list[dict]]:
    samples, rate = soundfile.read(wav, dtype="float64")
    assert rate == SAMPLE_RATE
    with Path(f"{wav}.csv").open(newline="") as file:
        rows = [
            {name: text if name == "label" else float(text) for name, text in row.items()}
            for row in csv.DictReader(file)
        ]
    return samples, rows


def frames(row: dict) -> slice:
    return slice(round(row["onset"] * SAMPLE_RATE), round(row["offset"] * SAMPLE_RATE))


def rms_db(samples: np.ndarray) -> float:
    return 10 * np.log10(np.mean(samples**2))


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return sample_recording(tmp_path_factory.mktemp("recordings") / "sample.wav")


@pytest.fixture(scope="module")
def content(sample):
    return read(sample)


def test_it_is_what_a_detector_writes(sample, content):
    samples, rows = content
    info = soundfile.info(sample)
    assert (info.format, info.subtype, info.channels, info.samplerate) == ("WAV", "PCM_16", 1, 250_000)
    assert len(samples) == 6 * SAMPLE_RATE
    assert 0.1 < np.abs(samples).max() < 0.9, "loud enough, not clipped"
    assert 35 <= len(rows) <= 45


def test_the_table_is_in_order_and_labelled(content):
    samples, rows = content
    assert {row["label"] for row in rows} == {"FM", "CF", "QCF"}
    assert all(sum(row["label"] == label for row in rows) >= 10 for label in ("FM", "CF", "QCF"))
    for row in rows:
        assert 0 < row["onset"] < row["offset"] < len(samples) / SAMPLE_RATE
        assert 10e3 < row["low_freq"] < row["high_freq"] < 125e3
    assert all(before["offset"] < after["onset"] for before, after in itertools.pairwise(rows))


def test_each_form_has_its_length_and_band(content):
    _, rows = content
    for row in rows:
        ms, khz = 1e3 * (row["offset"] - row["onset"]), 1e-3 * (row["high_freq"] - row["low_freq"])
        if row["label"] == "FM":
            assert 1 <= ms <= 5 and khz > 25
        elif row["label"] == "CF":
            assert 30 <= ms <= 50 and 81e3 < row["high_freq"] < 83e3
        else:
            assert 6 <= ms <= 12.5 and (24e3 < row["low_freq"] < 25e3 or 44e3 < row["low_freq"] < 46e3)


def test_each_call_is_loudest_within_its_band(content):
    samples, rows = content
    for row in rows:
        call = samples[frames(row)]
        power = np.abs(np.fft.rfft(call * np.hanning(len(call)), 1 << 16)) ** 2
        peak = np.fft.rfftfreq(1 << 16, 1 / SAMPLE_RATE)[power.argmax()]
        resolution = SAMPLE_RATE / len(call)
        assert row["low_freq"] - resolution < peak < row["high_freq"] + resolution, row


def test_each_call_stands_out_from_the_noise_around_it(content):
    samples, rows = content
    for before, row in itertools.pairwise([{"offset": 0.0}, *rows]):
        call = frames(row)
        edge = (call.stop - call.start) // 5
        if row["onset"] - before["offset"] > 0.05:  # in a buzz the last call still rings
            ahead = rms_db(samples[call.start - edge : call.start])
            assert ahead == pytest.approx(NOISE_DB, abs=2)
            assert rms_db(samples[call.start : call.start + edge]) > ahead + 6, row
        assert rms_db(samples[call.stop : call.stop + edge]) < rms_db(samples[call]) - 6, row


def test_onset_and_offset_are_exact(tmp_path, monkeypatch):
    """Without noise and echoes nothing sounds outside the calls, and each call fills its place to 0.2 ms."""
    monkeypatch.setattr(sample_module, "_noise", lambda rng, n: np.zeros(n))
    monkeypatch.setattr(sample_module, "_echoes", lambda rng: [])
    samples, rows = read(sample_recording(tmp_path / "quiet.wav"))
    for row in rows:
        call = frames(row)
        sounding = np.flatnonzero(samples[call])
        assert sounding[0] < 0.2e-3 * SAMPLE_RATE, row
        assert sounding[-1] > call.stop - call.start - 0.2e-3 * SAMPLE_RATE, row
        samples[call] = 0
    assert not samples.any()


def test_there_is_silence_between_the_passes(content):
    samples, rows = content
    gaps = [
        samples[round((before["offset"] + 0.04) * SAMPLE_RATE) : round((after["onset"] - 0.001) * SAMPLE_RATE)]
        for before, after in itertools.pairwise([*rows, {"onset": len(samples) / SAMPLE_RATE}])
        if after["onset"] - before["offset"] > 0.06
    ]
    assert len(gaps) > 10
    for gap in gaps:
        assert rms_db(gap) == pytest.approx(NOISE_DB, abs=1)


def test_the_same_bytes_on_each_run(sample, tmp_path):
    """Also in another process: the content hash of the sample is the same for everybody on this machine."""
    other = tmp_path / "a folder" / "sample.wav"
    subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from battycoda_nb.recordings.sample import sample_recording as s; s(sys.argv[1])",
            str(other),
        ],
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert other.read_bytes() == sample.read_bytes()
    assert Path(f"{other}.csv").read_bytes() == Path(f"{sample}.csv").read_bytes()
    assert sorted(path.name for path in other.parent.iterdir()) == ["sample.wav", "sample.wav.csv"]


def test_another_seed_gives_other_calls_and_never_clips(tmp_path):
    rows = []
    for seed in (1, 2):
        samples, table = read(sample_recording(tmp_path / f"{seed}.wav", seed=seed))
        assert np.abs(samples).max() < 0.9
        rows.append(table)
    assert rows[0] != rows[1]


def test_what_is_there_is_left_alone(tmp_path):
    wav = sample_recording(tmp_path / "sample.wav")
    table = Path(f"{wav}.csv")
    table.write_text("onset,offset,label\n0.2,0.204,Myotis\n")
    before = wav.stat().st_mtime_ns
    assert sample_recording(str(wav)) == wav
    assert wav.stat().st_mtime_ns == before
    assert "Myotis" in table.read_text()

    sample_recording(wav, seed=8)
    assert "Myotis" in Path(f"{table}.bak").read_text(), "somebody's labels outlive a new version"
    assert len(read(wav)[1]) > 30

    table.unlink()
    sample_recording(wav, seed=8)
    assert len(read(wav)[1]) > 30


@pytest.mark.parametrize("content", [b"", b"not a recording", None], ids=["empty", "text", "recording"])
def test_another_recording_is_never_overwritten(tmp_path, content):
    wav = tmp_path / "mine.wav"
    if content is None:
        soundfile.write(wav, np.zeros(100), SAMPLE_RATE)
    else:
        wav.write_bytes(content)
    before = wav.read_bytes()
    with pytest.raises(RecordingError, match=r"mine\.wav exists and is not a sample recording"):
        sample_recording(wav)
    assert wav.read_bytes() == before


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="choose a folder"):
        sample_recording(tmp_path / "file" / "sample.wav")
