"""A few mutated files for every reader, the same each time; ``make fuzz`` tries many."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_every_reader_reads_or_refuses_what_is_damaged() -> None:
    command = [sys.executable, "-m", "tests.fuzz", "--inputs", "80"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
