"""Workers that come back after an outage: what could not be done meanwhile is begun then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

from . import protocol
from .store import Store

LOOK_EVERY = 1.0  # s

#: The codes of errors that pass by themselves once server and workers are back.
OUTAGES = frozenset({"no-server", "no-worker", "version"})


class Returns:
    """What is to be done once a site has a worker again that understands this version.

    Notes
    -----
    Any thread may call `add`; `look` is for one thread, in which what was added is called. It must not wait.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()  # of `_waiting`
        self._waiting: dict[str, dict[Hashable, Callable[[], object]]] = {}  # by site, by name
        self._looked = 0.0

    def add(self, site: str, name: Hashable, function: Callable[[], object]) -> None:
        """Call `function` once the site has a worker; it takes the place of what was added under this name."""
        with self._lock:
            self._waiting.setdefault(site, {})[name] = function

    def look(self) -> None:
        """Look who is there, if anybody waits for that, and call what waits for them.

        Raises
        ------
        redis.exceptions.RedisError
            If the server does not answer: it is looked again later.
        """
        now = time.monotonic()
        if not self._waiting or now - self._looked < LOOK_EVERY:
            return
        self._looked = now
        workers = self._store.workers().values()
        there = {str(facts.get("site", "")) for facts in workers if facts.get("protocol") == protocol.PROTOCOL}
        with self._lock:
            due = [function for site in there for function in self._waiting.pop(site, {}).values()]
        for function in due:
            function()
