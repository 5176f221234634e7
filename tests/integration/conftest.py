"""A server with a password, and workers as a lab machine runs them."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import namespaces
import pytest
from processes import end

from battycoda_nb.cluster.embedded import server_binary

MISSING = namespaces.missing()
collect_ignore = ["test_network.py"] if MISSING else []

Run = Callable[..., subprocess.Popen[bytes]]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if MISSING:
        terminalreporter.write_line(f"Not run here: test_network.py, the tests with network namespaces; {MISSING}.")


@pytest.fixture
def run() -> Iterator[Run]:
    """Start a command; what it says goes to the file `log`. Each is ended, by its id, when the test ends."""
    with contextlib.ExitStack() as ended_by_the_end:

        def start(command: list[object], log: Path, *, stdin: str = "", **options: object) -> subprocess.Popen[bytes]:
            with log.open("ab") as out:
                process = subprocess.Popen(
                    [str(part) for part in command], stdin=subprocess.PIPE, stdout=out, stderr=out, **options
                )
            ended_by_the_end.callback(end, process)
            assert process.stdin is not None
            process.stdin.write(stdin.encode())
            process.stdin.close()
            return process

        yield start


@pytest.fixture
def run_server(run: Run, tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Start a server with a configuration of its own, in the namespace to which `prefix` leads."""

    def start(configuration: str, prefix: list[str] | None = None) -> subprocess.Popen[bytes]:
        # The configuration goes by standard input, as a password does not belong on a command line.
        common = f'dir "{tmp_path}"\nsave ""\ndaemonize no\n'
        return run([*(prefix or []), server_binary(), "-"], tmp_path / "server.log", stdin=common + configuration)

    return start


@pytest.fixture
def run_worker(run: Run, tmp_path: Path) -> Callable[..., tuple[subprocess.Popen[bytes], Path]]:
    """Start ``battycoda worker``; the process and its log."""

    def start(*arguments: object, prefix: list[str] | None = None, **options: object) -> tuple:
        log = tmp_path / f"worker{len(list(tmp_path.glob('worker*')))}.log"
        command = [*(prefix or []), sys.executable, "-m", "battycoda_nb.cli", "worker", *arguments]
        return run(command, log, **options), log

    return start
