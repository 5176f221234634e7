"""Rows of one recording: which column names recordings, and which of the names is this one's."""

from __future__ import annotations

import pytest

from battycoda_nb.annotations.formats.belonging import parts, rows_of, same_name
from battycoda_nb.annotations.formats.grid import parse
from battycoda_nb.errors import RecordingError


def _lines(table: str, recording: str) -> list[int]:
    return [line for line, _ in rows_of(parse("t.csv", table), recording).own.rows]


def _refusal(table: str, recording: str) -> str:
    with pytest.raises(RecordingError) as raised:
        rows_of(parse("t.csv", table), recording)
    assert str(raised.value).count("; ") == 1, "one sentence: what is wrong; what to do"
    return str(raised.value)


HEADERS = [
    "Begin File", "Begin Path", "filename", "file", "wav file", "WAV File", "recording", "sound.files", "audio_file",
    "audio_path", "audiofilename", "Audiofilename", "filepath", "notated_path", "IN FILE", "fid", "slice_file_name",
    "Media file", "file_name", "name", "id", "recordingName", "audio", "Datei", "zzz",
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize(
    ("ours", "other"),
    [
        ("a.wav", "b.wav"), ("/d/x/a.wav", "/d/x/b.wav"), ("C:\\x\\a.WAV", "C:\\x\\b.WAV"), ("a.flac", "b.flac"),
        ("A.wav", "b.wav"), ("a", "b"), ("a.wav.csv", "b.wav.csv"), ("a.csv", "b.csv"), ('""a.wav""', "b.wav"),
    ],
)  # fmt: skip
def test_values_tell_which_column_names_recordings(header: str, ours: str, other: str) -> None:
    table = f'n,{header},start\n1,"{ours}",x\n2,"{other}",y\n3,"{ours}",z\n'
    assert _lines(table, "night/a.wav") == [2, 4]


def test_two_columns_that_differ_are_refused() -> None:
    assert "names recordings in orig and in copy, which differ" in _refusal(
        "orig,copy\na.wav,b.wav\nb.wav,a.wav\n", "a.wav"
    )
    assert _lines("orig,copy\na.wav,z.wav\nb.wav,y.wav\n", "a.wav") == [2]
    assert _lines("copy,file\nb.wav,a.wav\na.wav,b.wav\n", "a.wav") == [2], "a usual header goes first"
    assert _lines("Begin File,Begin Path\na.wav,/d/a.wav\nb.wav,/d/b.wav\n", "a.wav") == [2]


def test_a_label_is_no_name_though_it_is_the_stem() -> None:
    assert _lines("start,label\n1,a\n2,b\n", "a.wav") == [2, 3]
    assert _lines("selec,file,label\n1,b.wav,a\n2,a.wav,b\n", "a.wav") == [3]


def test_a_running_number_is_no_name_though_it_is_the_stem() -> None:
    assert _lines("selec,start\n1,0\n2,3\n", "1.wav") == [2, 3]
    assert _lines("file,start\n1,0\n2,3\n", "1.wav") == [2]


def test_other_files_of_a_row_are_not_its_recording() -> None:
    table = "annotation_file,OUT FILE,end_file,selec.file,audio_file\nb.wav,b.wav,b.wav,b.wav,a.wav\nx,x,x,x,b.wav\n"
    assert _lines(table, "a.wav") == [2]


@pytest.mark.parametrize("slash", ["/", "\\"])
@pytest.mark.parametrize("root", ["", "/d/", "D:\\bats\\", "//server/x/"])
def test_folders_compared_from_the_right_tell_equal_names_apart(slash: str, root: str) -> None:
    table = f"path,start\n{root}siteA{slash}2024.wav,1\n{root}siteB{slash}2024.wav,2\n"
    assert _lines(table, "data/SiteB/2024.WAV") == [3]
    assert "each may be 2024.wav; keep the calls of one, or open" in _refusal(table, "2024.wav")
    assert "each may be siteC/2024.wav" in _refusal(table, "siteC/2024.wav")


def test_an_equal_name_in_another_folder_is_another_recording_where_its_own_folder_is_there() -> None:
    assert "but of no B/1.wav" in _refusal("path,start\nA/1.wav,1\nB/2.wav,2\n", "B/1.wav")


@pytest.mark.parametrize("header", ["site", "FOLDER", "Station", "deployment"])
def test_a_column_of_folders_or_sites_tells_them_apart_too(header: str) -> None:
    table = f"{header},IN FILE\nA,1.wav\nB,1.wav\n"
    assert _lines(table, "B/1.flac") == [3]
    assert "A/1.wav, B/1.wav, and each may be 1.wav" in _refusal(table, "1.wav")


def test_a_path_beside_the_name_tells_them_apart() -> None:
    assert _lines("Begin File,where\n1.wav,/A/1.wav\n1.wav,/B/1.wav\n", "B/1.wav") == [3]


def test_a_name_with_its_own_ending_goes_before_a_converted_one() -> None:
    table = "file\na.wav\na.flac\n"
    assert _lines(table, "a.flac") == [3]
    assert "each may be a.mp3" in _refusal(table, "a.mp3")


@pytest.mark.parametrize("recording", ["Höhle.wav", "Ho\u0308hle.wav"])
@pytest.mark.parametrize("written", ["Höhle.wav", "Ho\u0308hle.wav"])
def test_both_forms_of_an_umlaut_are_one_name(recording: str, written: str) -> None:
    assert _lines(f"file\n{written}\nb.wav\n", recording) == [2]


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (
            "file\nx1.wav\nx2.wav\nx3.wav\nx4.wav\n",
            "lists calls of x1.wav, x2.wav, x3.wav and 1 more (file), but of no",
        ),
        ("recording_id\n1\n2\n", "lists calls of 1, 2 (recording_id), but of no a.wav"),
        ("audio_recording_uuid\nq\nr\n", "lists calls of q, r"),
        ("file,start\na.wav,1\n,2\n", "names a recording in file (a.wav), but not in 1 of its 2 rows"),
        ("file,start\na.wav,1\nNA,2\nb.wav,3\n", "(a.wav, b.wav), but not in 1 of its 3 rows"),
    ],
)
def test_where_nobody_can_tell_it_is_refused(table: str, sentence: str) -> None:
    assert sentence in _refusal(table, "a.wav")


def test_one_name_that_differs_is_a_recording_that_was_renamed_and_that_is_told() -> None:
    rows = rows_of(parse("t.csv", "file,start\nold.wav,1\nOLD.wav,2\n"), "new.wav")
    assert len(rows.own.rows) == 2
    assert rows.notice == "t.csv calls this recording old.wav; its calls are taken as this one's."
    assert rows_of(parse("t.csv", "recording_id,start\n7,1\n7,2\n"), "new.wav").notice == ""


def test_a_time_alone_in_another_folder_may_be_of_another_site_and_that_is_told() -> None:
    def notice(path: str, recording: str) -> str:
        return rows_of(parse("t.csv", f"path,start\n{path},1\n/d/siteA/b.wav,2\n"), recording).notice

    assert "for /d/siteA/20240501_200000.WAV, in another" in notice(
        "/d/siteA/20240501_200000.WAV", "B/20240501_200000.WAV"
    )
    assert notice("/d/siteA/20240501_200000.WAV", "siteA/20240501_200000.WAV") == ""
    assert notice("20240501_200000.WAV", "siteB/20240501_200000.WAV") == notice("/d/x/bat1.wav", "y/bat1.wav") == ""


def test_a_column_that_only_a_stem_gave_away_is_told() -> None:
    assert "tells recordings apart by Messung (a, b)" in rows_of(parse("t.csv", "Messung\na\nb\n"), "a.wav").notice


def test_a_note_that_mentions_a_recording_names_none() -> None:
    assert _lines("start,note\n1,as in b.wav\n2,\n3,\n4,\n", "a.wav") == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a.wav", "a.flac", True), ("night.left.wav", "night.right.wav", False), ("a", "a.wav", True),
        ("2024.05.01.wav", "2024.05.02.wav", False), ("a.wav.json", "a.wav", True), ("a.b", "a.wav", False),
    ],
)  # fmt: skip
def test_names_of_one_stem(one: str, other: str, same: bool) -> None:
    assert same_name(parts(one), parts(other)) is same
