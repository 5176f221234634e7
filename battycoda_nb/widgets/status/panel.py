"""The status panel: what the cluster is doing, live."""

from __future__ import annotations

import threading
from typing import Any

from battycoda_nb.client.client import Client
from battycoda_nb.widgets.bundle import load_front_end, load_style
from battycoda_nb.widgets.live import LiveWidget

from .poller import Watch

ENTRY = "widgets/status/panel.js"


class StatusPanel(LiveWidget):
    """Server, sites, workers, queues, running and failed tasks, as they are while one looks at them.

    Parameters
    ----------
    client : Client
        From `connect`.

    Messages to the browser (``send``)
    ----------------------------------
    ``status``    number, whole, parts: about once a second, also if nothing has changed. parts: those of
                  `sections.sections` that have changed, or with ``whole`` all that are known; number counts them

    Messages from the browser (``on_msg``)
    --------------------------------------
    ``shown``     whole: a browser shows the panel, and holds nothing yet (or not any more) if ``whole``
    ``retry``     task_id: the user pressed "Try again"

    Notes
    -----
    There are no traits of its own: what it shows is not saved in the notebook. A thread asks the server and sends; it
    ends a minute after the last browser has shown the panel, begins again when one does, and ends with `close`.
    Messages from the browser are handled in the subshell's thread, where nothing waits.
    """

    _esm = load_front_end(ENTRY)
    _css = load_style(ENTRY)

    def __init__(self, client: Client, **traits: Any) -> None:
        self.client = client
        self._sending = threading.Lock()
        self._watch = Watch(client, self._tell)
        super().__init__(**traits)
        self.on_msg(self._heard)
        self._watch.shown(whole=True)

    def close(self) -> None:
        """Take the panel off the screen and end its thread."""
        self._watch.close()
        with self._sending:
            super().close()

    def _heard(self, _: Any, content: dict[str, Any], buffers: Any) -> None:
        kind = content.get("type")
        if kind == "shown":
            self._watch.shown(whole=bool(content.get("whole")))
        elif kind == "retry":
            self._watch.retry(content.get("task_id"))

    def _tell(self, message: dict[str, Any]) -> None:
        with self._sending:  # close() takes the channel away
            self.send(message)
