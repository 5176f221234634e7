"""Widgets whose front end is heard also while a cell runs."""

from __future__ import annotations

from typing import Any

import anywidget
import ipywidgets


class Live:
    """What a widget's class inherits first, so that its messages run in the shell that they name, a subshell.

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
    """An anywidget that is heard also while a cell runs."""


class LiveButton(Live, ipywidgets.Button):
    """A button that can be pressed also while a cell runs."""
