"""A user's small files and a power cut; tests/test_settings.py has what killing and crowding do to them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from battycoda_nb.files import write_whole


@pytest.mark.parametrize("overwrite", [True, False])
def test_content_and_name_are_with_the_disk_when_it_returns(
    tmp_path: Path, synced: Counter[str], overwrite: bool
) -> None:
    """The content before it gets its name: else a power cut leaves an empty file in place of the old one."""
    path = tmp_path / "views.json"
    write_whole(path, b"{}", overwrite=overwrite)
    aside, folder = map(Path, synced)  # one after the other
    assert aside.parent == folder == tmp_path.resolve()
    assert aside.name != path.name
    assert path.read_bytes() == b"{}"
