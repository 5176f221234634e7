"""The thread that keeps a status panel true while somebody looks at it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from battycoda_nb.client.client import Client
from battycoda_nb.cluster.status import Status
from battycoda_nb.errors import BattycodaError

from .retries import Retries
from .sections import Sections, sections

INTERVAL = 1.0  # s between two looks; with a worker's 3 s of silence this stays well within 5
PATIENCE = 60.0  # s for which it looks though no browser says that it shows the panel; one says so every 20 s


class Watch:
    """Asks for the status once a second and tells what has changed.

    Parameters
    ----------
    client : Client
        Whose cluster is watched.
    tell : callable
        Takes a message for the browser; only ever called in the watch's own thread.

    Notes
    -----
    Any thread may call `shown`, `retry` and `close`; none of them waits for the server. `_lock` guards what they
    share with the thread, and is not held while anything is asked or told. What was sent belongs to the thread alone.
    """

    def __init__(self, client: Client, tell: Callable[[dict[str, Any]], None]) -> None:
        self._client, self._tell = client, tell
        self._retries = Retries(client, self._hurry)
        self._lock = threading.Lock()
        self._awake = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._shown = 0.0
        self._whole = True
        self._number = 0
        self._sent: Sections = {}

    def shown(self, *, whole: bool) -> None:
        """A browser shows the panel.

        Parameters
        ----------
        whole : bool
            It holds nothing yet, or has missed a message: everything is sent until it says that it does.
        """
        with self._lock:
            if self._closed:
                return
            self._shown, self._whole = time.monotonic(), whole
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="battycoda-status", daemon=True)
                self._thread.start()
        if whole:
            self._hurry()

    def retry(self, task_id: object) -> None:
        """Try a failed task again; what comes of it is told in its row."""
        self._retries.ask(task_id)

    def close(self) -> None:
        """Look no more. The thread ends after what it is about."""
        with self._lock:
            self._closed = True
        self._hurry()

    @property
    def running(self) -> bool:
        with self._lock:
            return self._thread is not None

    def _hurry(self) -> None:
        self._awake.set()

    def _run(self) -> None:
        try:
            while self._goes_on():
                self._awake.clear()
                self._look()
                self._awake.wait(INTERVAL)
        finally:
            with self._lock:
                if self._thread is threading.current_thread():
                    self._thread = None  # after an error that nobody foresaw a browser's next word starts another

    def _goes_on(self) -> bool:
        with self._lock:
            if not self._closed and time.monotonic() - self._shown < PATIENCE:
                return True
            self._thread = None
            return False

    def _look(self) -> None:
        self._retries.send()
        try:
            status = self._client.status()
        except BattycodaError as error:
            status = Status(self._client.broker, problem=str(error))
        with self._lock:
            whole = self._whole
        now = sections(status, self._retries.rows(status.failed) if not status.problem else [])
        changed = {name: part for name, part in now.items() if self._sent.get(name) != part}
        self._sent |= now
        self._number += 1
        self._tell(
            {"type": "status", "number": self._number, "whole": whole, "parts": self._sent if whole else changed}
        )
