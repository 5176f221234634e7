"""The battycoda command."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from . import __version__, config
from .errors import BattycodaError
from .supervisor import run_workers, solo_worker


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="battycoda", description="Explore bat calls in JupyterLab.")
    parser.add_argument("--version", action="version", version=f"battycoda_nb {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    lab = commands.add_parser("lab", help="JupyterLab, with a private server and workers")
    lab.add_argument("--workers", type=int, default=1, metavar="N", help="worker processes (1)")
    lab.set_defaults(run=run_lab)

    worker = commands.add_parser("worker", help="a Celery worker for a machine that holds recordings")
    worker.add_argument("--root", required=True, type=Path, metavar="DIR", help="the recordings; nothing else is read")
    worker.add_argument("--site", default="", metavar="NAME", help="what the recordings here are called elsewhere")
    worker.add_argument("--concurrency", type=int, default=1, metavar="N", help="processes (1)")
    worker.add_argument("--end-with-parent", action="store_true", help="end when the process that started this ends")
    worker.add_argument("--broker", metavar="URL", help=f"the server (CELERY_BROKER_URL, or {config.DEFAULT_URL})")
    worker.set_defaults(run=run_worker)

    arguments, rest = parser.parse_known_args(argv)
    try:
        return arguments.run(arguments, rest)
    except BattycodaError as error:
        print(f"battycoda: {error}", file=sys.stderr)
        return 1


def run_lab(arguments: argparse.Namespace, rest: list[str]) -> int:
    """JupyterLab in this process, so that the server and the workers end with it; `rest` is JupyterLab's."""
    if not os.environ.get("CELERY_BROKER_URL"):
        from .embedded import own_server

        server, _ = own_server(arguments.workers)
        os.environ["CELERY_BROKER_URL"] = server.url
        print(server.greeting, flush=True)
    from jupyterlab.labapp import main as lab_main

    as_root = ["--allow-root"] if os.geteuid() == 0 else []  # a container's only user
    return lab_main([*as_root, *rest]) or 0


def run_worker(arguments: argparse.Namespace, rest: list[str]) -> int:
    """Become a Celery worker; `rest` is Celery's."""
    if not arguments.root.is_dir():
        raise BattycodaError(f"--root {arguments.root} is not a folder: name the one that holds the recordings")
    os.environ["BATTYCODA_DATA_ROOT"] = str(arguments.root.resolve())
    if arguments.broker:
        os.environ["CELERY_BROKER_URL"] = arguments.broker
    if arguments.concurrency < 1:
        raise BattycodaError(f"--concurrency {arguments.concurrency} must be at least 1")
    os.environ["BATTYCODA_SITE"] = config.check_site(arguments.site)
    # The process id makes the name this worker's own, also where two serve a site on one machine.
    name = f"{arguments.site or 'worker'}-{os.getpid()}"
    if arguments.concurrency == 1 and not arguments.end_with_parent:
        os.execv(sys.executable, [*solo_worker(f"{name}@%h", "INFO"), *rest])
    commands = [[*solo_worker(f"{name}-{n + 1}@%h", "INFO"), *rest] for n in range(arguments.concurrency)]
    return run_workers(commands, end_with_parent=arguments.end_with_parent)


if __name__ == "__main__":
    sys.exit(main())
