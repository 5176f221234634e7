"""The journal on its disk; tests/annotations/test_labels.py has what is read from it after every kind of accident."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from battycoda_nb.annotations.journal import Journal


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
