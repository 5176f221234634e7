"""End the processes that tests have started."""

from __future__ import annotations

import contextlib
import subprocess

import psutil


def end(*processes: subprocess.Popen[bytes]) -> None:
    """Kill processes of ours with all that they have started, by their ids, and wait until they are gone.

    Nothing is left to finish what it does: a worker that is told to end takes more than a second for its good-byes.
    """
    family: list[psutil.Process] = []
    for process in processes:
        if process.poll() is None:
            with contextlib.suppress(psutil.NoSuchProcess):
                parent = psutil.Process(process.pid)
                family += [parent, *parent.children(recursive=True)]
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    psutil.wait_procs(family, timeout=10)
    for process in processes:
        process.wait(10)
