"""The thread by which a worker process says that it lives, and holds its claim on what it computes."""

from __future__ import annotations

import os
import threading
from typing import Any

from redis.exceptions import RedisError

from battycoda_nb.store import Store

INTERVAL = 0.5  # s; a claim lasts 2 s, and a worker counts as gone after 5


class Pulse:
    """Renews the claim on the current piece of work twice a second, and tells the server about the worker.

    Notes
    -----
    `current` is set by the thread that computes and read by the pulse's own.
    """

    def __init__(self, store: Store, worker: str, facts: dict[str, Any], *, beats: bool) -> None:
        self.store, self.worker, self.facts, self.beats = store, worker, facts, beats
        self.current: str | None = None
        self.pid = os.getpid()
        threading.Thread(target=self._run, name="pulse", daemon=True).start()

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            current = self.current
            try:
                if current is not None:
                    self.store.renew(current, self.worker)
                if self.beats:
                    self.store.beat(self.worker, {**self.facts, "current": current})
            except RedisError:
                pass  # the server is away: the claim and the beat are said again in half a second
            pause.wait(INTERVAL)
