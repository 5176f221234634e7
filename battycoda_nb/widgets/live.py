"""Widgets that answer their front end also while a cell runs."""

from __future__ import annotations

import threading
from typing import Any

import anywidget
import ipywidgets


class Live:
    """A mixin, first among a widget's bases, that has its messages run in the shell that they name, a subshell.

    Notes
    -----
    `on_msg`, `on_click` and trait handlers then run in the subshell's thread, not in the one that runs cells. Any
    thread may send.
    """

    comm: Any

    def open(self) -> None:
        """Open the channel to the front end.

        ipykernel 7.4 would send its messages to the shell from which the kernel spoke last, which is the main one after
        a cell has made this widget or a thread of ours has sent something, and there they would wait until every cell
        has run.
        """
        super().open()  # type: ignore[misc]
        if hasattr(self.comm, "_reply_subshell_for"):
            self.comm._reply_subshell_for = lambda data, named: named


class LiveWidget(Live, anywidget.AnyWidget):
    """An anywidget that answers also while a cell runs.

    Notes
    -----
    Any thread may call `_deliver` and `close`: one lock keeps messages whole, and none goes into a channel that is
    being taken away.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> LiveWidget:
        widget = super().__new__(cls, *args, **kwargs)
        widget._sending = threading.RLock()  # here, as a widget whose __init__ has raised is closed too
        return widget

    def _deliver(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        """Send a message to the front end; after `close` it goes nowhere."""
        with self._sending:
            self.send(content, buffers)

    def close(self) -> None:
        """Take the widget off the screen."""
        with self._sending:
            super().close()


class LiveButton(Live, ipywidgets.Button):
    """A button that can be pressed also while a cell runs."""
