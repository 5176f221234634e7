"""Tables of a whole folder: the part of one recording is what the whole says of it, and quickly read."""

from __future__ import annotations

import unicodedata

import pytest

from battycoda_nb.annotations.formats.entry import About
from battycoda_nb.annotations.formats.read import read_segments
from battycoda_nb.errors import RecordingError
from battycoda_nb.recordings.folder_table import FolderTable

HEADER = "INDIR,FOLDER,IN FILE,OFFSET,DURATION,Fmin,Fmax,MANUAL ID\n"
ROWS = [
    f",site {number % 3},Höhle{number}.wav,{number / 1000},0.005,20000,40000,label {number}" for number in range(900)
]
TABLE = HEADER + "\n".join(ROWS) + "\n"


@pytest.mark.parametrize("name", ["Höhle5.wav", "Höhle850.wav", "HÖHLE851.WAV", "Höhle852.flac"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_the_part_of_a_recording_says_what_the_whole_says(name: str, form: str, encoding: str) -> None:
    about = About(unicodedata.normalize(form, name))  # type: ignore[arg-type]
    whole = TABLE.encode(encoding)
    part = FolderTable(whole).part(about.name)
    assert len(part.split()) < len(whole.split()) / 4
    assert read_segments("cluster.csv", part, about) == read_segments("cluster.csv", whole, about)
    assert len(read_segments("cluster.csv", part, about).calls) == 1


def test_rows_keep_their_numbers() -> None:
    bad = TABLE.replace("site 1,Höhle850.wav,0.85", "site 2,Höhle851.wav,NA")
    found = read_segments("cluster.csv", FolderTable(bad.encode()).part("Höhle851.wav"), About("Höhle851.wav"))
    assert "cluster.csv, row 852: OFFSET is empty" in found.notice


def test_a_recording_without_rows_is_told_whose_there_are() -> None:
    with pytest.raises(RecordingError, match=r"lists calls of .*, but of no none\.wav"):
        read_segments("cluster.csv", FolderTable(TABLE.encode()).part("none.wav"), About("none.wav"))


def test_a_table_with_cells_over_several_lines_stays_whole() -> None:
    data = TABLE.replace("label 850", '"two\nlines"').encode()
    assert FolderTable(data).part("Höhle850.wav") == data
