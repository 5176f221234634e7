"""Names as people mean them: either spelling, an ending in any letters, nothing hidden."""

from __future__ import annotations

from pathlib import Path

import pytest

from battycoda_nb.errors import RecordingError
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.recordings.names import FolderNames, find, is_hidden, matching, plain

NFC, NFD = "H\u00f6hle", "Ho\u0308hle"


@pytest.mark.parametrize(
    "name", ["._a.wav", ".a.wav", ".Trashes", ".Trash-1000", "$RECYCLE.BIN", "RECYCLER", "__MACOSX", "@eaDir", "Trash"]
)
def test_what_is_hidden(name: str) -> None:
    assert is_hidden(name)
    assert not is_hidden("x" + name)


def test_a_name_is_found_in_another_spelling_only_where_it_is_not_there_itself() -> None:
    assert find(NFC, [NFC, NFD]) == NFC
    assert find(NFC, [NFD]) == NFD and find(NFD, [NFC]) == NFC
    assert find("a.wav", ["a.WAV", "a.wav"]) == "a.wav"
    assert find("a.wav", ["a.WAV"]) == "a.WAV"
    assert find("a.wav", ["A.wav", "a.flac", "b.wav"]) is None, "another recording"
    assert plain("A.b.WAV") == "A.b.wav"


def test_a_file_beside_a_recording_is_found_by_its_stem() -> None:
    names = FolderNames([f"{NFD}.csv", "x.wav.json", "x.table.1.SELECTIONS.TXT", "A.csv", "b.csv", "B.csv"])
    assert names.beside(f"{NFC}.csv", f"{NFC}.wav") == f"{NFD}.csv"
    assert names.beside("x.WAV.json", "x.WAV") == "x.wav.json"
    assert names.beside("x.Table.1.selections.txt", "x.WAV") == "x.table.1.SELECTIONS.TXT"
    assert names.beside("a.csv", "a.wav") is None, "that of A.wav"
    assert names.beside("B.csv", "B.wav") == "B.csv"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (
        "a.wav", "b.WAV", "c.flac", "call[1].wav", ".hidden.wav", "._a.wav", "x/d.wav", "x/y/e.Wav", "x/.z/f.wav",
        f"{NFD}/g.wav", f"{NFD}1.wav", "Trash/h.wav",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "up").symlink_to(".")
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "right"),
    [
        ("*.wav", ["Ho\u0308hle1.wav", "a.wav", "b.WAV", "call[1].wav"]),
        ("*.WAV", ["Ho\u0308hle1.wav", "a.wav", "b.WAV", "call[1].wav"]),
        ("[ab].wav", ["a.wav", "b.WAV"]),
        ("?.wav", ["a.wav", "b.WAV"]),
        ("B*", []),
        ("H\u00f6*.wav", ["Ho\u0308hle1.wav"]),
        ("H?hle1.wav", ["Ho\u0308hle1.wav"]),
        ("H*/*.wav", ["Ho\u0308hle/g.wav"]),
        ("**/[a-eg].wav", ["Ho\u0308hle/g.wav", "a.wav", "b.WAV", "x/d.wav", "x/y/e.Wav"]),
        ("**/**/e.wav", ["x/y/e.Wav"]),
        ("x/*/*", ["x/y/e.Wav"]),
        ("up/x/*.wav", ["up/x/d.wav"]),
        ("*/d.wav", ["x/d.wav"]),
        (".*.wav", ["._a.wav", ".hidden.wav"]),
        ("x/.z/*", ["x/.z/f.wav"]),
        ("Trash/*", ["Trash/h.wav"]),
        ("T*/*", []),
    ],
)
def test_what_a_pattern_finds(root: Path, pattern: str, right: list[str]) -> None:
    assert [path.relative_to(root).as_posix() for path in matching(root, pattern) if path.is_file()] == right


def test_a_worker_finds_what_is_spelled_in_another_way(root: Path) -> None:
    for fence, folder in ((Fence(root), ""), (Fence(None, own=True), str(root))):
        assert fence.spelled(f"{NFC}/g.WAV", folder) == f"{NFD}/g.wav"
        assert fence.spelled("none/g.wav", folder) == "none/g.wav"
        assert fence.spelled("\0", folder) == "\0"
        assert [name for name, _ in fence.files(f"{NFC}/*.wav", folder)] == [f"{NFD}/g.wav"]
        assert [name for name, _ in fence.files("b.wav", folder)] == ["b.WAV"]
        assert fence.literal("b.wav", folder)[1] == ""
        with pytest.raises(RecordingError, match="stands alone between slashes"):
            list(fence.files("**a/*.wav", folder))
    assert Fence(root).spelled("../A.wav") == "../A.wav", "nobody looks outside"
