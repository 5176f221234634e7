"""``battycoda doctor`` without a server: packages, recordings, and all that a notebook needs, tried."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from battycoda_nb.cli.doctor import machine


@pytest.mark.worker
def test_without_a_server_all_that_a_notebook_needs_is_tried(tmp_path: Path) -> None:
    (tmp_path / "night1.wav").touch()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CELERY_")}
    command = [sys.executable, "-m", "battycoda_nb.cli", "doctor", "--root", str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    for found in (
        "ok versions: python 3.",
        f"ok recordings: {tmp_path} holds 1",
        "ok server program: ",
        "a name of",
    ):
        assert found in done.stdout
    assert "ok first call: opened and computed" in done.stdout
    assert done.stdout.endswith("All is well.\n")


def test_recordings_here(tmp_path: Path) -> None:
    missing = machine.recordings_in(tmp_path / "none")
    assert (missing.ok, missing.remedy) == (False, f"ls -ld {tmp_path}/none: is it mounted, is the name right?")
    (tmp_path / "notes.txt").touch()
    assert machine.recordings_in(tmp_path).fact == f"{tmp_path} holds none"
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "NIGHT.WAV").touch()
    assert machine.recordings_in(tmp_path).ok
    (tmp_path / "deep" / "loop").symlink_to(tmp_path)  # not followed
    assert machine.recordings_in(tmp_path).fact == f"{tmp_path} holds 1"


def test_packages_that_are_missing_or_old() -> None:
    required = ["ipykernel>=99.1", "no-such-package>=2", "isal>=1.7", "ruff>=0.1; extra == 'lint'"]
    old, missing, good = machine.packages(required)
    assert "is too old: 99.1 or newer is needed" in old.fact
    assert old.remedy.endswith("-m pip install 'ipykernel>=99.1'")
    assert (missing.ok, missing.fact) == (False, "no-such-package is missing")
    assert "isal 1." in good.fact
    assert "ruff" not in good.fact
