"""A server that lets in anybody on the network is told from one that does not; tests/integration has real networks."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from battycoda_nb.cluster.exposure import exposure

StartServer = Callable[..., subprocess.Popen[bytes]]


def at(folder: Path, password: str = "") -> str:
    return f"redis+socket://{f':{password}@' if password else ''}{folder}/s.sock"


def test_what_only_this_machine_reaches_is_not_exposed(start_server: StartServer, tmp_path: Path) -> None:
    start_server()
    assert exposure(at(tmp_path)) == ""
    assert exposure("redis://localhost:1/0") == exposure("redis://127.0.0.1:1/0") == exposure("redis://[::1]:1/0") == ""
