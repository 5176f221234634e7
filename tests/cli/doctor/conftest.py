"""The command, as the tests of ``battycoda doctor`` run it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from battycoda_nb.cli import main


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Exit code and output of ``battycoda doctor``."""

    def run(*options: str) -> tuple[int, str]:
        code = main.main(["doctor", *options])
        return code, capsys.readouterr().out

    return run
