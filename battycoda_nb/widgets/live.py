"""A widget whose front end is heard also while a cell runs."""

from __future__ import annotations

import anywidget


class LiveWidget(anywidget.AnyWidget):
    """A widget whose messages from the front end run in the shell that they name, which is JupyterLab's subshell.

    Notes
    -----
    `on_msg` and trait handlers then run in the subshell's thread, not in the one that runs cells. Any thread may send.
    """

    def open(self) -> None:
        """Open the channel to the front end.

        ipykernel 7.4 would send its messages to the shell from which the kernel spoke last, which is the main one after
        a cell has made this widget or a thread of ours has sent something, and there they would wait until every cell
        has run.
        """
        super().open()
        if hasattr(self.comm, "_reply_subshell_for"):
            self.comm._reply_subshell_for = lambda data, named: named
