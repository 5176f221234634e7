"""Small files: created by one of many, locked while their process lives."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from battycoda_nb import files
from battycoda_nb.files import write_whole


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "settings.json"


def test_of_many_who_create_one_file_one_succeeds(path: Path) -> None:
    path.parent.mkdir(parents=True)
    created: list[int] = []
    start = threading.Barrier(8)

    def create(number: int) -> None:
        start.wait()
        try:
            files.write_whole(path, b"%d" % number, overwrite=False)
        except FileExistsError:
            return
        created.append(number)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(created) == 1 and path.read_bytes() == b"%d" % created[0]


def test_a_lock_ends_with_its_process(path: Path) -> None:
    path.parent.mkdir(parents=True)
    lock = path.with_name("lock")
    code = (
        "import sys, time; from pathlib import Path; from battycoda_nb.files import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout and process.stdout.readline() == "held\n"
    entered = threading.Event()

    def enter() -> None:
        with files.locked(lock):
            entered.set()

    thread = threading.Thread(target=enter)
    thread.start()
    assert not entered.wait(0.2)
    process.kill()
    process.wait()
    assert entered.wait(10)
    thread.join()
    process.stdin.close()  # type: ignore[union-attr]
    process.stdout.close()


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
