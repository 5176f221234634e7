"""The catalogue of a worker: listed by name, found by content wherever it lies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from battycoda_nb.errors import RecordingError
from battycoda_nb.recordings import catalogue as catalogue_module
from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.catalogue import Catalogue
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.recordings.time_expansion import Expansions
from battycoda_nb.signal.requests import SpectrogramRequest

RATE = 250_000


def write(path: Path, seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.random.default_rng(seed).normal(0, 0.1, 10_000).astype(np.float32), RATE)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    write(tmp_path / "night" / "a.wav")
    write(tmp_path / "night" / "b.wav", seed=1)
    (tmp_path / "night" / "a.csv").write_text("onset,offset\n0.01,0.02\n")
    (tmp_path / "night" / "broken.wav").write_text("my diary")
    return Catalogue(Archive(Fence(tmp_path)))


def test_a_list_has_what_each_header_says_and_how_many_calls_lie_beside(catalogue: Catalogue) -> None:
    answer = catalogue.listing("night/*.wav")
    a, b, broken = answer["entries"]
    assert (answer["more"], answer["literal"]) == (False, False)
    assert (a["path"], a["sample_rate"], a["channels"], a["frames"], a["calls"]) == ("night/a.wav", RATE, 1, 10_000, 1)
    assert (b["path"], b["calls"]) == ("night/b.wav", None)
    assert "not a sound file that can be read" in broken["problem"]
    assert catalogue.listing("night/a.wav")["literal"]


def test_a_segment_file_that_cannot_be_read_is_left_aside_with_a_notice(catalogue: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "night" / "a.csv").write_text("no,times\n1,2\n")
    for _ in range(2):  # also from what is remembered
        [entry] = catalogue.listing("night/a.wav")["entries"]
        assert (entry["frames"], entry["calls"], "problem" in entry) == (10_000, None, False)
        assert "has no column for onset and offset" in entry["notice"]
    (tmp_path / "night" / "a.json").write_text('[{"start_time": 0.01, "end_time": 0.02}]')
    [entry] = catalogue.listing("night/a.wav")["entries"]
    assert entry["calls"] == 1 and "the calls are those in a.json" in entry["notice"]
    (tmp_path / "night" / "a.csv").unlink()
    [entry] = catalogue.listing("night/a.wav")["entries"]
    assert entry["calls"] == 1 and "notice" not in entry


def test_hidden_files_and_trash_are_no_recordings(catalogue: Catalogue, tmp_path: Path) -> None:
    for name in ("._a.wav", ".hidden.wav", ".Trash-1000/files/x.wav", "$RECYCLE.BIN/$R1.wav", "@eaDir/a.wav/x.wav"):
        write(tmp_path / "card" / name, seed=3)
    write(tmp_path / "card" / "20240601_220000.WAV", seed=2)
    for pattern in ("card/", "card/**", "card/*.wav", "card/**/*.wav", "card/*"):
        assert [entry["path"] for entry in catalogue.listing(pattern)["entries"]] == ["card/20240601_220000.WAV"]
    gone = catalogue.archive.describe("card/.Trash-1000/files/x.wav")
    assert catalogue.find(gone.hash) is None
    assert len(catalogue.listing("card/.Trash-1000/files/")["entries"]) == 1, "who names it means it"


def test_a_list_has_in_brief_what_a_file_says_of_itself(
    catalogue: Catalogue, tmp_path: Path, write_wav: Callable[..., bytes]
) -> None:
    keys = "GUANO|Version: 1.0\nTimestamp: 2024-06-01T22:15:03+02:00\nModel: D1000X\nPET|Gain: 80\n"
    (tmp_path / "night" / "guano.wav").write_bytes(write_wav(bytes(2000), after=[(b"guan", keys.encode())]))
    for _ in range(2):  # also from what is remembered
        first, entry = catalogue.listing("night/[ag]*.wav")["entries"]
        assert entry["metadata"]["guano"] == {"Timestamp": "2024-06-01T22:15:03+02:00", "Model": "D1000X"}
        assert "metadata" not in first
    assert catalogue.archive.describe("night/guano.wav").metadata.guano["PET|Gain"] == "80"


def test_a_list_ends_at_its_limit_and_says_so(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_module, "MAX_LISTED", 2)
    answer = catalogue.listing("night/*.wav")
    assert len(answer["entries"]) == 2 and answer["more"]


def test_a_recording_is_found_where_it_was_moved_to(catalogue: Catalogue, tmp_path: Path) -> None:
    info = catalogue.archive.describe("night/b.wav")
    (tmp_path / "day").mkdir()
    (tmp_path / "night" / "b.wav").rename(tmp_path / "day" / "c.wav")
    assert catalogue.find(info.hash) == catalogue.find(info.hash, info.size) == "day/c.wav"
    assert catalogue.find(info.hash, info.size + 1) is None
    read, rate = catalogue.reader(SpectrogramRequest(info.hash, 0, 0, 5000), "night/b.wav")
    assert (rate, len(read(0, 5000))) == (RATE, 5000)
    (tmp_path / "day" / "c.wav").unlink()
    with pytest.raises(RecordingError, match=r"There is no file 'night/b\.wav'"):
        catalogue.reader(SpectrogramRequest(info.hash, 0, 0, 5000), "night/b.wav")


def test_a_list_has_the_animals_rate_and_the_time_expansion(catalogue: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "night" / "b.wav.json").write_text('{"time_exp": 10, "annotation": []}')
    (tmp_path / "night" / "a.csv").write_text("onset,offset,high_freq\n0.001,0.002,200000\n")
    a, b, _ = catalogue.listing("night/*.wav")["entries"]
    assert (b["sample_rate"], b["time_expansion"], b["calls"]) == (10 * RATE, 10, 0)
    assert (a["sample_rate"], a["time_expansion"]) == (RATE, 1) and "calls_time_expansion=10" in a["notice"]
    a, b, _ = catalogue.listing("night/*.wav", expansions=Expansions(8, 8))["entries"]
    assert (a["sample_rate"], a["time_expansion"], a["calls"], a.get("notice")) == (8 * RATE, 8, 1, None)
    assert b["sample_rate"] == 8 * RATE and "A time expansion of 8 was taken, from time_expansion=8" in b["notice"]
