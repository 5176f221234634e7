"""Poll the cluster for a status panel, in a thread that lives while somebody looks at it."""

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

INTERVAL = 1.0  # s between two polls; with a worker's 3 s of silence this stays well within 5
PATIENCE = 60.0  # s for which it looks though no browser says that it shows the panel; one says so every 20 s


class Poller:
    """Asks for the status once a second and sends what has changed.

    Parameters
    ----------
    client : Client
        Whose cluster is watched.
    send : callable
        Takes a message for the browser; only ever called in the poller's own thread.

    Notes
    -----
    Any thread may call `on_shown`, `retry` and `close`; none of them waits for the server. `_lock` guards what they
    share with the thread, and is not held while anything is asked or sent. `_number` and `_sent` belong to the thread
    alone; there is one at a time.
    """

    def __init__(self, client: Client, send: Callable[[dict[str, Any]], None]) -> None:
        self._client, self._send = client, send
        self._retries = Retries(client, self._wake)
        self._lock = threading.Lock()
        self._awake = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._shown = 0.0
        self._whole = True
        self._number = 0
        self._sent: Sections = {}

    def on_shown(self, *, whole: bool) -> None:
        """Keep on: a browser shows the panel.

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
            self._wake()

    def retry(self, task_id: object) -> None:
        """Try a failed task again; its row says what comes of it."""
        self._retries.ask(task_id)

    def close(self) -> None:
        """Poll no more. The thread ends after what it is about."""
        with self._lock:
            self._closed = True
        self._wake()

    @property
    def running(self) -> bool:
        """Whether the thread lives."""
        with self._lock:
            return self._thread is not None

    def _wake(self) -> None:
        self._awake.set()

    def _run(self) -> None:
        try:
            while self._continues():
                self._awake.clear()
                self._poll()
                self._awake.wait(INTERVAL)
        finally:
            with self._lock:
                if self._thread is threading.current_thread():
                    self._thread = None  # after an error that nobody foresaw a browser's next word starts another

    def _continues(self) -> bool:
        with self._lock:
            if not self._closed and time.monotonic() - self._shown < PATIENCE:
                return True
            self._thread = None
            return False

    def _poll(self) -> None:
        self._retries.send()
        began = time.monotonic()
        try:
            status = self._client.status()
        except BattycodaError as error:
            status = Status(self._client.broker, problem=str(error))
        with self._lock:
            whole = self._whole
        now = sections(status, self._retries.rows(status.failed, read=began) if not status.problem else [])
        changed = {name: part for name, part in now.items() if self._sent.get(name) != part}
        self._sent |= now
        self._number += 1
        self._send(
            {"type": "status", "number": self._number, "whole": whole, "parts": self._sent if whole else changed}
        )
