"""Processes that are started again when they die, and end with the one that started them."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import environment
from .connection import redis_client
from .starting import Announcement, process
from .store import Store

STOP_AFTER = 10  # s that a worker is given to finish what it does
STARTS = 3  # in a row that may fail before the next one is not announced any more


class Child:
    """One process of the supervisor's, started again when it dies; after quick deaths not at once."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.command, self.folder, self.environment = command, folder, environment
        self.quick_deaths = 0
        self.start()

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=2,  # the log
            preexec_fn=_die_with_parent,
        )

    def mend(self) -> None:
        """Start it again if it has ended: at once, but after the third death within two seconds once in a second."""
        if self.process.poll() is None:
            return
        age = time.monotonic() - self.started
        if age > 2:
            self.quick_deaths = 0
        if self.quick_deaths < 3 or age > 1:
            self.quick_deaths += 1
            self.start()


class Worker(Child):
    """A worker. While it is being started it is announced as coming, unless the last ones died of that."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str], store: Store) -> None:
        self._store = store
        self._failed_starts = 0
        self._announcement: Announcement | None = None
        super().__init__(command, folder, environment)

    def start(self) -> None:
        if self._announcement is not None:
            self._failed_starts = 0 if self._announcement.over else self._failed_starts + 1
        super().start()
        self._announcement = Announcement(self._store, process(self.process.pid))
        self._announce()

    def mend(self) -> None:
        if self.process.poll() is not None and self._announcement is not None:
            self._announcement.withdraw()
        super().mend()
        self._announce()

    def _announce(self) -> None:
        if self._announcement is not None and self._failed_starts < STARTS and self.process.poll() is None:
            self._announcement.renew()


def _die_with_parent() -> None:
    """Linux: the kernel kills this child when the supervisor is gone."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def solo_worker(name: str, loglevel: str) -> list[str]:
    """The command of one worker process; one thread, which is the quickest round trip, and it dies in one piece.

    Workers need not know of each other: without mingle a worker starts a second earlier, without gossip it does not
    hear every other one. The heartbeat stays, one small message in 2 s: Flower shows no worker without it, nor could
    it switch on their task events.
    """
    return [
        sys.executable, "-m", "celery", "--app", "tasks", "worker", "--pool", "solo", "--loglevel", loglevel,
        "--hostname", name, "--without-gossip", "--without-mingle",
    ]  # fmt: skip


def wake_on_death() -> int:
    """A descriptor that can be read as soon as a child of this process has died."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return woken


def run_workers(commands: list[list[str]], *, end_with_parent: bool = False) -> int:
    """Run workers until this process is told to end (SIGTERM, SIGINT), or until the one that started it is gone.

    They are given time to finish what they do.
    """
    parent = os.getppid()
    ending: list[int] = []
    woken = wake_on_death()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda signum, _: ending.append(signum))
    store = Store(redis_client(environment.result_url(environment.broker_url()), timeout=1))
    children = [Worker(command, Path.cwd(), dict(os.environ), store) for command in commands]
    while not ending and (not end_with_parent or os.getppid() == parent):
        if select.select([woken], [], [], 1.0)[0]:
            os.read(woken, 4096)
        if not ending:
            for child in children:
                child.mend()
    for child in children:
        child.process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_AFTER
    for child in children:
        try:
            child.process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
    return 0
