"""Files beside a recording: none keeps it from opening."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.errors import RecordingError
from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.catalogue import Catalogue
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.recordings.names import FolderNames
from battycoda_nb.recordings.sidecars import sidecars
from battycoda_nb.recordings.time_expansion import Expansions

GOOD = '[{"start_time": 0.01, "end_time": 0.02, "class": "Myodau"}]'


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    soundfile.write(tmp_path / "rec.wav", np.random.default_rng(0).normal(0, 0.1, 10_000), 48_000)
    return Archive(Fence(tmp_path))


UNRELATED = {
    "rec.json": ["", "  \n", "null", "3", "[]x", '{"device": "AudioMoth", "battery": 4.1}', '["a"]', "[" * 10**5],
    "rec.csv": ["", "\n\n", "time,temperature\n22:00,11.5\n", "\0\1\2", "onset,offset\n0.2,0.1\n", "x", ",,,\n"],
    "rec.wav.csv": ["date;wind\n2024-06-01;3\n"],
    "rec.pickle": ["no pickle"],
    "rec.selections.txt": ["my notes\n", ""],
}


@pytest.mark.parametrize(
    ("name", "content"),
    [(name, text) for name, texts in UNRELATED.items() for text in texts],
    ids=lambda text: ascii(text)[:30],
)
def test_what_is_no_list_of_calls_is_left_aside_with_a_notice(
    archive: Archive, tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content)
    info, calls = archive.open("rec.wav")
    assert calls is None and info.frames == 10_000
    assert info.notice.startswith(f"Left aside: {name}") and "calls=False" in info.notice
    assert len(info.notice) < 600
    with pytest.raises(RecordingError, match=r"To open rec\.wav without it, say calls=False") as raised:
        archive.open("rec.wav", segments=name)
    assert str(raised.value).startswith(name)
    assert archive.open("rec.wav", segments=False) == (archive.describe("rec.wav"), None)


def test_the_next_that_can_be_read_is_taken(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "rec.csv").write_text("time,temperature\n22:00,11.5\n")
    (tmp_path / "rec.wav.json").write_text(GOOD)
    info, calls = archive.open("rec.wav")
    assert calls is not None and calls[0].label == "Myodau"
    assert info.notice.startswith("Left aside: rec.csv")
    assert info.notice.endswith("So the calls are those in rec.wav.json.")


RAVEN = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\t{}\n1\tSpectrogram 1\t1\t0.01\t0.02\tOwl\n"
RESULTS = "Start (s),End (s),Scientific name,Common name,Confidence,File\n0.01,0.02,Strix,Owl,0.9,/d/rec.wav\n"
R_TABLE = "filepath,start,end,scientific_name,common_name,confidence\n/d/rec.wav,0.01,0.02,Strix,Owl,0.9\n"
CLUSTER = "INDIR,FOLDER,IN FILE,OFFSET,DURATION,TOP1MATCH*,MANUAL ID\n/d,n,{},0.01,0.01,Cluster1,Owl\n"
AUDACITY = "0.010000\t0.020000\tOwl\n"
TEXTGRID = 'File type = "ooTextFile"\nObject class = "TextGrid"\n0 1 <exists> 1 "IntervalTier" "" 0 1 1 .01 .02 "Owl"'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rec.Table.1.selections.txt", RAVEN.format("Annotation")),
        ("rec.selections.txt", RAVEN.format("Annotation")),
        ("rec.BirdNET.selection.table.txt", RAVEN.format("Common Name")),
        ("rec.BirdNET.results.csv", RESULTS),
        ("rec.BirdNET.results.r.csv", R_TABLE),
        ("rec.BirdNET.results.kaleidoscope.csv", CLUSTER.format("rec.wav")),
        ("rec.BirdNET.results.txt", AUDACITY),
        ("rec.wav.txt", RAVEN.format("Common Name")),
        ("rec.txt", AUDACITY),
        ("rec.TextGrid", TEXTGRID),
        ("cluster.csv", CLUSTER.format("rec.wav")),
    ],
)
def test_the_names_that_programs_give_their_files(archive: Archive, tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    calls = archive.open("rec.wav")[1]
    assert calls is not None and [(call.onset, call.offset, call.label) for call in calls] == [(0.01, 0.02, "Owl")]


def test_a_folders_cluster_analysis_without_this_recording_is_left_aside(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "cluster.csv").write_text(CLUSTER.format("other.wav"))
    (tmp_path / "rec.txt").write_text("Windy. Changed the batteries.\n")
    info, calls = archive.open("rec.wav")
    assert calls is None and info.notice.startswith("Left aside: rec.txt") and "cluster.csv" in info.notice


def test_a_user_says_which_column_is_the_label(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "rec.csv").write_text("onset,offset,label,type\n0.01,0.02,Myotis,FM\n")
    for segments in (None, "rec.csv"):
        _, calls = archive.open("rec.wav", segments=segments, label="type")
        assert calls is not None and calls.labels == ("FM",)


def test_a_list_without_calls_is_one(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "rec.json").write_text("[]")
    info, calls = archive.open("rec.wav")
    assert calls is not None and len(calls) == 0 and info.notice == ""


@pytest.mark.parametrize("kind", ["folder", "dangling link", "link that leads out", "forbidden", "huge"])
def test_what_cannot_be_opened_keeps_nothing_from_opening(
    archive: Archive, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rec.json"
    if kind == "folder":
        path.mkdir()
    elif kind == "dangling link":
        path.symlink_to("nowhere.json")
    elif kind == "link that leads out":
        path.symlink_to("/etc/passwd")
    elif kind == "forbidden":
        path.write_text(GOOD)
        opened = archive.fence.open

        def refuse(real: Path) -> int:  # tests run as root, whom nothing is forbidden
            if real.suffix == ".json":
                raise PermissionError(13, "Permission denied")
            return opened(real)

        monkeypatch.setattr(archive.fence, "open", refuse)
    else:
        with path.open("wb") as file:
            file.truncate(65 * 2**20)
    info, calls = archive.open("rec.wav")
    assert calls is None
    assert bool(info.notice) == (kind != "dangling link")


def test_a_disk_that_fails_is_no_reason_to_go_on_without_calls(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task is tried again."""
    (tmp_path / "rec.json").write_text(GOOD)
    opened = archive.fence.open

    def fail(real: Path) -> int:
        if real.suffix == ".json":
            raise OSError(5, "Input/output error")
        return opened(real)

    monkeypatch.setattr(archive.fence, "open", fail)
    with pytest.raises(OSError, match="Input/output"):
        archive.open("rec.wav")


@pytest.mark.parametrize("on_disk", ["H\u00f6hle", "Ho\u0308hle"])
@pytest.mark.parametrize("asked", ["H\u00f6hle", "Ho\u0308hle"])
@pytest.mark.parametrize("beside", ["H\u00f6hle", "Ho\u0308hle"])
def test_one_name_in_two_spellings_is_one_name(
    tmp_path: Path, write_wav: Callable[..., bytes], on_disk: str, asked: str, beside: str
) -> None:
    (tmp_path / f"{on_disk}.WAV").write_bytes(write_wav(bytes(range(200)) * 20))
    (tmp_path / f"{beside}.wav.json").write_text(GOOD)
    archive = Archive(Fence(tmp_path))
    info, calls = archive.open(f"{asked}.wav")
    assert info.path == f"{on_disk}.WAV" and calls is not None and len(calls) == 1
    _, named = archive.open(f"{asked}.wav", segments=f"{asked}.wav.json")
    assert named == calls


def test_the_preferred_name_comes_first() -> None:
    names = FolderNames(["a.json", "a.csv", "a.wav.pickle", "b.csv", "a.txt"])
    assert sidecars("a.wav", names) == ["a.wav.pickle", "a.csv", "a.json", "a.txt"]


TABLE = "site,file,start,end,fmin,fmax,label\n{0},rec.wav,0.01,0.02,2000,9000,x\n{0},rec.wav,0.05,0.05,2000,9000,p\n"


def test_what_to_know_of_the_calls_is_told_beside_and_where_the_file_was_named(
    archive: Archive, tmp_path: Path
) -> None:
    (tmp_path / "rec.csv").write_text(TABLE.format("wood") + "wood,rec.wav,9,10,2000,9000,late\n")
    for segments in (None, "rec.csv"):
        info, calls = archive.open("rec.wav", segments=segments)
        assert calls == Calls([Call(0.01, 0.02, "x", 2000, 9000)])
        assert info.notice.startswith("1 of 3 rows in rec.csv passed over, the first: rec.csv, row 3: offset=0.05")
    (tmp_path / "rec.csv").write_text("start,end,low_f,high_f\n0.01,0.02,30,45\n")
    info, calls = archive.open("rec.wav")
    assert calls == Calls([Call(0.01, 0.02, "", 30, 45)]) and info.notice == ""
    info, calls = archive.open("rec.wav", segments="rec.csv", expansions=Expansions(calls=10))
    assert "low_f and high_f in rec.csv may be Hz or kHz" in info.notice, (
        "45 kHz is below the Nyquist that it counts by"
    )


def test_the_folder_of_a_recording_tells_two_of_one_name_apart(archive: Archive, tmp_path: Path) -> None:
    for site in ("A", "B"):
        (tmp_path / site).mkdir()
        (tmp_path / site / "rec.wav").hardlink_to(tmp_path / "rec.wav")
    (tmp_path / "all.csv").write_text(TABLE.format("A") + "B,rec.wav,0.03,0.04,2000,9000,y\n")
    (tmp_path / "B" / "rec.csv").write_text("file,start,end\nx.wav,1,2\nz.wav,1,2\n")
    _, calls = archive.open("B/rec.wav", segments="all.csv")
    assert calls is not None and calls.labels == ("y",)
    with pytest.raises(RecordingError, match=r"lists calls of A/rec\.wav, B/rec\.wav, and each may be rec\.wav"):
        archive.open("rec.wav", segments="all.csv")
    info, calls = archive.open("B/rec.wav")
    assert calls is None and "Left aside: rec.csv lists calls of x.wav, z.wav (file), but of no rec.wav" in info.notice


def test_what_a_reader_tells_is_in_the_notice(archive: Archive, tmp_path: Path) -> None:
    """The recording is 0.21 s long."""
    (tmp_path / "rec.csv").write_text("onset,offset\n0.01,0.02\n0.5,0.6\n0.1,0.1\n")
    for segments in (None, "rec.csv"):
        info, calls = archive.open("rec.wav", segments=segments)
        assert calls is not None and len(calls) == 1
        assert info.notice.startswith(
            "1 of 3 rows in rec.csv passed over, the first: rec.csv, row 4: offset=0.1 s must"
        )
        assert info.notice.endswith(
            "1 call in rec.csv passed over, as beginning after 0.208333 s, where the recording "
            "ends, the first at 0.5 s."
        )
    [entry] = Catalogue(archive).listing("rec.wav")["entries"]
    assert (entry["calls"], entry["notice"]) == (1, info.notice)


def test_folders_in_a_table_tell_equal_names_apart(tmp_path: Path) -> None:
    rows = "path,onset,offset\nD:\\north\\a.wav,0.01,0.02\nD:\\south\\a.wav,0.03,0.04\n"
    for site, onset in (("north", 0.01), ("south", 0.03)):
        (tmp_path / site).mkdir()
        soundfile.write(tmp_path / site / "a.wav", np.random.default_rng(0).normal(0, 0.1, 10_000), 48_000)
        (tmp_path / site / "a.csv").write_text(rows)
        mine = Fence(None, own=True), str(tmp_path / site / "a.wav")
        for fence, name in ((Fence(tmp_path), f"{site}/a.wav"), mine):
            _, calls = Archive(fence).open(name)
            assert calls is not None and [call.onset for call in calls] == [onset]


def test_a_folder_that_may_not_be_listed_has_calls_too(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rec.wav.json").write_text(GOOD)

    def refuse(_: Path) -> list[str]:  # tests run as root, whom nothing is forbidden
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.listdir", refuse)
    info, calls = archive.open("rec.wav")
    assert calls is not None and len(calls) == 1 and info.notice == ""
