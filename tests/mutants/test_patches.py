"""The mutants do not rot: each still applies to the code as it is. ``make mutants`` runs their tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_each_mutant_applies_and_names_tests_that_are_there() -> None:
    command = [sys.executable, "-m", "tests.mutants", "--check"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
