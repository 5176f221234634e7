"""A preparation's progress as a bar with two buttons."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import ipywidgets

from battycoda_nb.client.preparation import Preparation

from .live import LiveButton

LOOK = 0.25  # s between two looks at how far it is
_STYLE = {"done": "success", "failed": "danger", "cancelled": "warning", "paused": "warning"}


class Progress(ipywidgets.HBox):
    """Show a `Preparation` until it ends; pass on what is pressed."""

    def __init__(self, preparation: Preparation) -> None:
        self._preparation = preparation
        self._bar = ipywidgets.IntProgress(max=max(preparation.total, 1))
        self._pause = LiveButton(description="Pause")
        self._cancel = LiveButton(description="Cancel")
        self._text = ipywidgets.Label()  # a label shows text, never HTML
        self._pause.on_click(self._pressed)
        self._cancel.on_click(lambda _: preparation.cancel())
        super().__init__([self._bar, self._pause, self._cancel, self._text])
        self._show()
        threading.Thread(target=self._follow, name="battycoda-progress", daemon=True).start()

    def _pressed(self, _: Any) -> None:
        if self._preparation.state == "paused":
            self._preparation.resume()
        else:
            self._preparation.pause()
        self._show()

    def _follow(self) -> None:
        ended = False
        while not ended:
            with contextlib.suppress(TimeoutError):
                self._preparation.wait(LOOK)
                ended = True
            self._show()

    def _show(self) -> None:
        work = self._preparation
        ended = work.state in ("done", "failed", "cancelled")
        self._bar.value, self._bar.bar_style = work.done, _STYLE.get(work.state, "info")
        self._pause.description = "Resume" if work.state == "paused" else "Pause"
        self._pause.disabled = self._cancel.disabled = ended
        failed = f", {len(work.failed)} failed: {work.failed[0]}" if work.failed else ""
        trouble = f". {work.trouble}" if work.trouble else ""
        self._text.value = f"{work.state}: {work.done} of {work.total} spectrograms{failed}{trouble}"
