"""The journal: what was appended is read by everybody, once, and lies on the disk with its name."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from battycoda_nb.annotations.journal import Journal
from battycoda_nb.errors import RecordingError

HEADING = {"what": "notes"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notes" / "a.jsonl"


def test_each_reader_gets_each_entry_once(path: Path) -> None:
    one, other = Journal(path, HEADING), Journal(path, HEADING)
    assert one.read() == ([], False)
    one.append({"n": 1})
    other.append({"n": 2})
    for journal in (one, other):
        assert journal.read() == ([HEADING, {"n": 1}, {"n": 2}], False)
        assert journal.read() == ([], False)


def test_a_line_that_is_no_entry_is_passed_over_and_counted(path: Path) -> None:
    journal = Journal(path, HEADING)
    journal.append({"n": 1})
    with path.open("ab") as file:
        file.write(b'\nnonsense\n[1, 2]\n\n{"n": 2}')
    assert journal.read() == ([HEADING, {"n": 1}, {"n": 2}], False)
    assert journal.damaged == 2


def test_a_line_that_is_not_whole_yet_is_read_when_it_is(path: Path) -> None:
    journal = Journal(path, HEADING)
    journal.append({"n": 1})
    journal.read()
    with path.open("ab") as file:
        file.write(b'\n{"n":')
        file.flush()
        assert journal.read() == ([], False)
        file.write(b" 2}")
        file.flush()
        assert journal.read() == ([{"n": 2}], False)
    assert journal.damaged == 0


def test_another_file_of_the_name_is_read_from_its_beginning(path: Path) -> None:
    journal = Journal(path, HEADING)
    journal.append({"n": 1})
    journal.read()
    path.unlink()
    assert journal.read() == ([], True)
    journal.append({"n": 2})
    assert journal.read()[0] == [HEADING, {"n": 2}]
    os.truncate(path, 0)
    assert journal.read() == ([], True), "a file that has shrunk is another"


def test_the_folder_of_a_new_file_is_synced_and_later_only_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a power cut could leave the entries without a name."""
    synced: list[str] = []
    fsync = os.fsync

    def noting(descriptor: int) -> None:
        for name, place in (("folder", path.parent), ("file", path)):  # threads of other journals sync too
            if os.path.samestat(os.fstat(descriptor), place.stat()):
                synced.append(name)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    journal = Journal(path, HEADING)
    journal.append({"n": 1})
    assert journal.flush(10)
    assert synced[0] == "file" and synced.count("folder") == 1
    synced.clear()
    journal.append({"n": 2})
    assert journal.flush(10)
    assert set(synced) == {"file"}


def test_a_file_that_cannot_be_read_or_written_is_named_with_what_to_do(path: Path) -> None:
    path.mkdir(parents=True)
    journal = Journal(path, HEADING)
    for act in (journal.read, lambda: journal.append({"n": 1})):
        with pytest.raises(RecordingError, match=r"a\.jsonl cannot be .*; make room for it, or see who may write"):
            act()


def test_a_power_cut_loses_neither_the_entries_nor_the_name_of_the_file(tmp_path: Path, synced: Counter[str]) -> None:
    """A new file is there after a power cut only if its folder was synced too."""
    journal = Journal(tmp_path / "labels" / "bat.jsonl", {"what": "labels"})
    journal.append({"what": "label"})
    assert journal.flush(10)
    assert synced[str(journal.path)] >= 1
    assert synced[str(journal.path.parent)] == 1
    before = synced[str(journal.path)]
    journal.append({"what": "label"})
    assert journal.flush(10)
    assert synced[str(journal.path)] > before
    assert synced[str(journal.path.parent)] == 1, "its name was there already"
    journal.path.rename(journal.path.with_name("old"))
    journal.append({"what": "label"})
    assert journal.flush(10)
    assert synced[str(journal.path.parent)] == 2, "another file of that name"
    assert journal.problem == ""
