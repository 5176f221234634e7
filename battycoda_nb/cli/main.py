"""The battycoda command."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from battycoda_nb._version import __version__
from battycoda_nb.cluster import environment
from battycoda_nb.cluster.address import from_file, normal, refusal, trouble
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.starting import Announcement, process
from battycoda_nb.cluster.store import Store
from battycoda_nb.cluster.supervisor import run_workers, solo_worker
from battycoda_nb.errors import BattycodaError, ClusterError


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
    add_broker(worker)
    worker.set_defaults(run=run_worker)

    status = commands.add_parser("status", help="what server, sites and workers are doing")
    add_broker(status)
    status.add_argument("--watch", action="store_true", help="anew every second, until Ctrl+C")
    status.add_argument("--json", action="store_true", help="for programs; with --watch a line every second")
    status.set_defaults(run=run_status)

    doctor = commands.add_parser("doctor", help="checks every link, and says how to mend what is broken")
    add_broker(doctor)
    doctor.add_argument("--root", type=Path, metavar="DIR", help="check this folder of recordings, too")
    doctor.set_defaults(run=run_doctor)

    flower = commands.add_parser("flower", help="Celery's web pages for the server; more options are Flower's")
    add_broker(flower)
    flower.add_argument("--address", default="127.0.0.1", help="where to listen (127.0.0.1)")
    flower.add_argument("--port", type=int, default=5555, help="(5555)")
    flower.set_defaults(run=run_flower)

    arguments, rest = parser.parse_known_args(argv)
    if rest and arguments.run in (run_status, run_doctor):  # the others hand the rest on
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return arguments.run(arguments, rest)
    except BattycodaError as error:
        print(f"battycoda: {error}", file=sys.stderr)
        return 1


def run_lab(arguments: argparse.Namespace, rest: list[str]) -> int:
    """JupyterLab in this process, so that the server and the workers end with it; `rest` is JupyterLab's."""
    if not environment.named_broker():
        from battycoda_nb.cluster.embedded import own_server

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
    if arguments.concurrency < 1:
        raise BattycodaError(f"--concurrency {arguments.concurrency} must be at least 1")
    os.environ["BATTYCODA_SITE"] = environment.check_site(arguments.site)
    check_server(use_broker(arguments))
    # The process id makes the name this worker's own, also where two serve a site on one machine.
    name = f"{arguments.site or 'worker'}-{os.getpid()}"
    if arguments.concurrency == 1 and not arguments.end_with_parent:
        results = redis_client(environment.result_url(environment.broker_url()), timeout=1)
        Announcement(Store(results), process(os.getpid())).renew()  # whose id stays the same
        os.execv(sys.executable, [*solo_worker(f"{name}@%h", "INFO"), *rest])
    commands = [[*solo_worker(f"{name}-{n + 1}@%h", "INFO"), *rest] for n in range(arguments.concurrency)]
    return run_workers(commands, end_with_parent=arguments.end_with_parent)


def run_status(arguments: argparse.Namespace, rest: list[str]) -> int:
    from .status import show_status

    return show_status(use_broker(arguments), watch=arguments.watch, as_json=arguments.json)


def run_doctor(arguments: argparse.Namespace, rest: list[str]) -> int:
    from .doctor.machine import examine

    named = arguments.broker or arguments.broker_file or environment.named_broker()
    # as named_broker and use_broker have it; asked first, as use_broker sets the environment
    ours = bool(arguments.broker or os.environ.get("CELERY_BROKER_URL"))
    file = arguments.broker_file or ("" if ours else os.environ.get("BATTYCODA_BROKER_FILE", ""))
    return examine(use_broker(arguments) if named else None, arguments.root, str(file))


def run_flower(arguments: argparse.Namespace, rest: list[str]) -> int:
    """Become Flower; `rest` is Flower's."""
    from battycoda_nb.cluster.flower import become_flower

    become_flower(use_broker(arguments), arguments.address, arguments.port, rest)
    return 1


def add_broker(parser: argparse.ArgumentParser) -> None:
    """The two options that name the server."""
    named = parser.add_mutually_exclusive_group()
    named.add_argument("--broker", metavar="URL", help=f"the server (CELERY_BROKER_URL, or {environment.DEFAULT_URL})")
    named.add_argument(
        "--broker-file",
        type=Path,
        metavar="FILE",
        help="a file of mode 600 that holds the server's address, and so its password (BATTYCODA_BROKER_FILE)",
    )


def use_broker(arguments: argparse.Namespace) -> str:
    """Have this process, and what it becomes or starts, use the server that was named; its address.

    Celery takes it from the environment: no process shows it on its command line.
    """
    if arguments.broker:
        url = normal(arguments.broker)
        if urlsplit(url).password:
            print(
                "battycoda: others on this machine could read that password on the command line: write the address "
                "into a file, chmod 600 FILE, and use --broker-file FILE",
                file=sys.stderr,
                flush=True,
            )
    else:
        url = normal(from_file(arguments.broker_file)) if arguments.broker_file else environment.broker_url()
    os.environ["CELERY_RESULT_BACKEND"], os.environ["CELERY_BROKER_URL"] = environment.result_url(url), url
    if urlsplit(arguments.broker or "").password:
        _leave_out(arguments.broker)
    return url


def _leave_out(url: str) -> None:
    """Begin this process anew without the option whose value is `url`; not if it was not on its command line."""
    rest: list[str] = []
    for word in sys.argv[1:]:
        if word == url:
            rest.pop()
        elif not word.endswith(f"={url}"):
            rest.append(word)
    if rest != sys.argv[1:]:
        os.execv(sys.executable, [sys.executable, "-m", "battycoda_nb.cli", *rest])


def check_server(url: str) -> None:
    """Raise a `ClusterError` if the server refuses this address; one that does not answer yet is only mentioned."""
    from redis.exceptions import RedisError

    redis = redis_client(url, timeout=2)
    try:
        redis.ping()
    except RedisError as error:
        if sentence := refusal(url, error):
            raise ClusterError(sentence, code="no-server") from error
        print(f"battycoda: {trouble(url, error)} The worker goes on trying.", file=sys.stderr, flush=True)
    finally:
        redis.close()
