"""Announce a worker that is being started, from before its imports until it speaks for itself.

A worker that was started and whose process lives is coming, however long its imports take on a busy machine: nobody
who waits for it is told that no worker is there. Where a supervisor has started it, the supervisor announces it too:
it knows whether the process lives, also while that does not get to run.
"""

from __future__ import annotations

import os
import socket
import threading
import time

from redis.exceptions import RedisError

from . import environment, protocol
from .records import Process
from .store import Store

INTERVAL = 0.5  # s between two announcements


def coming_sites(store: Store) -> set[str]:
    """Return the sites of workers that are being started and will understand what is sent from here."""
    return {process.site for process in store.starting() if process.protocol == protocol.PROTOCOL}


class Announcement:
    """That a worker's process is being started, as its server and all who wait for a worker are told it.

    Attributes
    ----------
    over : bool
        The worker speaks for itself.

    Notes
    -----
    For one thread. A server that does not answer is asked again by the next `renew`.
    """

    def __init__(self, store: Store, process: Process) -> None:
        self._store, self._process = store, process
        self._made = False
        self.over = False

    def renew(self) -> None:
        """Announce it, or announce it again unless it has ended."""
        if not self.over:
            try:
                self.over = not self._store.announce(self._process, again=self._made)
                self._made = True
            except RedisError:
                return

    def withdraw(self) -> None:
        """Take it back: the process is gone."""
        if self._made and not self.over:
            try:
                self._store.withdraw(self._process)
                self._made = False
            except RedisError:
                return


def process(pid: int) -> Process:
    """Describe a process of this machine that becomes a worker of the site that the environment names."""
    return Process(environment.site(), protocol.PROTOCOL, socket.gethostname(), pid)


def announce_this_process(store: Store) -> None:
    """Announce that this process becomes a worker, in a thread, until it is one."""
    announcement = Announcement(store, process(os.getpid()))

    def renew() -> None:
        while not announcement.over:
            announcement.renew()
            time.sleep(INTERVAL)

    threading.Thread(target=renew, name="starting", daemon=True).start()
