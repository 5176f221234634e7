"""Sign of life of a worker process, twice a second: tells the server that it lives, renews its claim on its work."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError

from battycoda_nb._version import __version__
from battycoda_nb.cluster import environment, protocol
from battycoda_nb.cluster.store import Store

INTERVAL = 0.5  # s; a claim lasts 2 s, and a worker counts as gone after 3


class Heartbeat:
    """Renews the claim on the current piece of work twice a second, and tells the server about the worker.

    Attributes
    ----------
    current : str or None
        What this process is at work on.
    name : str
        The worker's, once it has begun; with the pool "prefork" the parent speaks for its children.

    Notes
    -----
    `current` is set by the thread that computes and read by the heartbeat's own. `_lock` is held while the server is
    told that the worker lives, or that it has ended: the latter is the last that it is told.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.claimant = f"{socket.gethostname()}:{os.getpid()}"
        self._current: str | None = None
        self._changed_at = time.monotonic()  # when `current` did
        self.name = ""
        self._begun = False
        self._lock = threading.Lock()
        self._changed = threading.Event()
        threading.Thread(target=self._run, name="heartbeat", daemon=True).start()

    def begin(self, name: str) -> None:
        """Tell the server from now on that the worker of this name lives."""
        self.name, self._begun = name, True
        self._changed.set()

    def leave(self) -> None:
        """The worker ends as it was told to: nobody needs to miss it."""
        if not self._lock.acquire(timeout=1):
            return  # the server is away: it forgets us by itself
        try:
            if self._begun:
                self._begun = False
                self._patiently(lambda: self.store.leave(self.name))
        finally:
            self._lock.release()

    def bury_the_dead(self) -> None:
        """Forget those of this machine's workers that were killed: who is here now has taken their place."""
        with contextlib.suppress(RedisError):
            for name, known in self.store.workers(within=float("inf")).items():
                pid = known.get("pid")
                if known.get("host") == socket.gethostname() and isinstance(pid, int) and not _is_alive(pid):
                    self.store.leave(name)

    @property
    def current(self) -> str | None:
        return self._current

    @current.setter
    def current(self, id: str | None) -> None:
        self._current, self._changed_at = id, time.monotonic()

    def idle_for(self, seconds: float) -> bool:
        """Return whether this process has had no work for so long."""
        return self._current is None and time.monotonic() - self._changed_at >= seconds

    def _run(self) -> None:
        while True:
            self._changed.clear()
            self._patiently(self._beat)
            self._changed.wait(INTERVAL)

    def _beat(self) -> None:
        if (current := self.current) is not None:
            self.store.renew(current, self.claimant)
        with self._lock:
            if self._begun:
                self.store.beat(self.name, facts(), environment.site())

    @staticmethod
    def _patiently(send: Callable[[], object]) -> None:
        with contextlib.suppress(RedisError):  # the server is away: it is sent again, or we are forgotten by ourselves
            send()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass  # somebody else's
    return True


def facts() -> dict[str, Any]:
    """Return what a worker says of itself."""
    return {
        "site": environment.site(),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "version": __version__,
        "protocol": protocol.PROTOCOL,
        "load": round(os.getloadavg()[0] / (os.cpu_count() or 1), 2),
        "clock": time.time(),
    }
