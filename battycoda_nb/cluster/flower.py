"""Flower, Celery's web pages, for the same server: ``battycoda flower``, and a tile in JupyterLab's launcher.

The server's address travels in the environment, never on a command line, where all users of a machine can read it.
Workers tell of their tasks only while a Flower runs: it switches that on, and we switch it off when it ends, since it
costs a worker about a fifth of its throughput (measured: 23 %).
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from battycoda_nb.errors import BattycodaError

from . import environment, protocol

COLUMNS = "name,kwargs,state,received,runtime,worker,uuid"
ICON = Path(__file__).with_name("flower.svg")
_WITH_PARENT = "--ends-with-parent"


def command(*options: str) -> list[str]:
    """The command line of a Flower for ``CELERY_BROKER_URL``."""
    return [sys.executable, "-m", "battycoda_nb.cluster.flower", *options]


def become_flower(broker: str, address: str, port: int, rest: list[str]) -> None:
    """Replace this process by Flower; `rest` is Flower's own options.

    Raises
    ------
    BattycodaError
        If Flower is not installed.
    """
    if find_spec("flower") is None:
        raise BattycodaError("Flower is not installed here: pip install 'flower>=2.0'")
    if warning := open_to_others(address, rest):
        print(f"battycoda: {warning}", file=sys.stderr)
    settings = {**os.environ, "CELERY_BROKER_URL": broker, "CELERY_RESULT_BACKEND": environment.result_url(broker)}
    line = command(f"--address={address}", f"--port={port}", *rest)
    os.execve(line[0], line, settings)


def open_to_others(address: str, rest: list[str]) -> str:
    """What to say where Flower listens to other machines and asks nobody who they are, else nothing."""
    asks = any(option.lstrip("-").replace("-", "_").startswith(("basic_auth", "auth")) for option in rest)
    if address in ("127.0.0.1", "::1", "localhost") or asks or os.environ.get("FLOWER_BASIC_AUTH"):
        return ""
    return (
        f"Whoever reaches {address or 'this machine'} can see tasks in Flower and stop workers: set FLOWER_BASIC_AUTH="
        "NAME:PASSWORD in the environment, and it asks for them"
    )


def launcher() -> dict[str, Any]:
    """What jupyter-server-proxy asks: how to start Flower behind the Jupyter server's own authentication.

    The tile is there where Flower is installed and the server has a broker, as ``battycoda lab`` gives it one.
    """
    there = find_spec("flower") is not None and bool(os.environ.get("CELERY_BROKER_URL"))
    return {
        # no flowerconfig.py: it would be run from whatever folder the notebooks lie in
        "command": command(
            _WITH_PARENT, "--unix_socket={unix_socket}", "--url_prefix={base_url}flower", f"--conf={os.devnull}"
        ),
        "unix_socket": True,  # in a folder of this user's
        "absolute_url": True,
        "timeout": 30,
        # JupyterLab shows a tile's icon in this category and "Console" alone
        "launcher_entry": {"title": "Flower", "category": "Notebook", "enabled": there, "icon_path": str(ICON)},
    }


def main(options: list[str]) -> None:
    """Run Flower in this process until it is told to end."""
    from celery import Celery
    from kombu.exceptions import OperationalError

    if _WITH_PARENT in options:
        options.remove(_WITH_PARENT)
        threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    broker = environment.broker_url()
    app = Celery("battycoda", broker=broker, backend=environment.result_url(broker))
    app.conf.update(protocol.CELERY)
    try:
        app.start(["flower", f"--tasks_columns={COLUMNS}", *options])
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES):
            raise
        at = ", ".join(option for option in options if option.startswith(("--address", "--port", "--unix_socket")))
        sys.exit(f"battycoda: Flower cannot listen at {at} ({os.strerror(error.errno)}): is one running? See --port")
    with contextlib.suppress(OperationalError), app.connection_for_write(connect_timeout=1) as connection:
        app.control.disable_events(connection=connection)


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
