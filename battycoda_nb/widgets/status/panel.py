"""The status panel: the cluster, as it is while one looks at it."""

from __future__ import annotations

from typing import Any

from battycoda_nb.client.client import Client
from battycoda_nb.widgets.bundle import load_front_end, load_style
from battycoda_nb.widgets.live import LiveWidget

from .poller import Poller

ENTRY = "widgets/status/panel.js"


class StatusPanel(LiveWidget):
    """Server, sites, workers, queues, running and failed tasks, as they are while one looks at them.

    Parameters
    ----------
    client : Client
        From `connect`.

    Examples
    --------
    >>> import battycoda_nb as bc
    >>> panel = bc.StatusPanel(bc.connect())
    >>> panel.close()

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
        super().__init__(**traits)
        self._poller = Poller(client, self._deliver)
        self.on_msg(self._on_message)
        self._poller.on_shown(whole=True)

    def close(self) -> None:
        """Take the panel off the screen and end its thread."""
        if hasattr(self, "_poller"):  # else it was never made
            self._poller.close()
        super().close()

    def _on_message(self, _: Any, content: dict[str, Any], buffers: Any) -> None:
        kind = content.get("type")
        if kind == "shown":
            self._poller.on_shown(whole=bool(content.get("whole")))
        elif kind == "retry":
            self._poller.retry(content.get("task_id"))
