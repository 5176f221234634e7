"""Small files: created by one of many, locked while their process lives."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from battycoda_nb import files


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
