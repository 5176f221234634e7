"""Strips of whole recordings, sent as their segments come."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import accumulate
from typing import Any, NamedTuple

from battycoda_nb.client.sequence import Step
from battycoda_nb.client.workers import Workers
from battycoda_nb.errors import BattycodaError
from battycoda_nb.signal.png import read_header

from .answers import Answers, Asked
from .describe import FROM_BLOB

GATHER = 0.03  # s


class Strip(NamedTuple):
    """A recording's strip, as the front end names it."""

    file: int
    channel: int

    def message(self, **fields: Any) -> dict[str, Any]:
        return {"type": "strip", **self._asdict(), **fields}


class Segment(NamedTuple):
    """A part of a strip: its first column, and how many the strip has."""

    strip: Strip
    first: int
    total: int


class Strips(Answers[Segment]):
    """Answers the messages of type ``strip``.

    Notes
    -----
    `_lock` guards what has come and is not sent yet.
    """

    def __init__(self, workers: Workers, send: Callable[..., None]) -> None:
        super().__init__(workers, send)
        self._lock = threading.Lock()
        self._gathered: dict[Strip, list[tuple[dict[str, Any], bytes]]] = {}  # since the last message

    def on_message(self, content: dict[str, Any], step: Step) -> None:
        """Have a recording's strip computed, behind all that users look at next; the one before is dropped.

        Parameters
        ----------
        content : dict
            The message.
        step : Step
            Its call; the file is open.
        """
        channel = content.get("channel")
        if step.recording is None or type(channel) is not int:
            return
        strip = Strip(step.file, channel)
        try:
            works = step.recording.work.strip(step.channel_shown(channel))
        except BattycodaError as error:
            self._send(strip.message(failed=str(error)))
            return
        *firsts, total = accumulate((work.request.columns for work in works), initial=0)
        segments = (Segment(strip, first, total) for first in firsts)
        self.ask_ahead(zip(segments, works, strict=True), late=True)

    def came(self, asked: Asked[Segment], blob: bytes) -> None:
        """Gather what comes within a moment: a kept strip of hundreds of segments goes in a few messages."""
        key, request = asked.key, asked.work.request
        header = read_header(blob, request).meta
        meta = {name: header[name] for name in FROM_BLOB} | {
            "shape": [request.bins, request.columns], "first": key.first, "total": key.total,
        }  # fmt: skip
        with self._lock:
            first = key.strip not in self._gathered
            self._gathered.setdefault(key.strip, []).append((meta, blob))
        if first:
            timer = threading.Timer(GATHER, self._flush, [key.strip])
            timer.daemon = True
            timer.start()

    def _flush(self, strip: Strip) -> None:
        with self._lock:
            gathered = self._gathered.pop(strip)
        metas, blobs = zip(*gathered, strict=True)
        self._send(strip.message(metas=list(metas)), list(blobs))

    def failed(self, asked: Asked[Segment], error: BaseException) -> None:
        self._send(asked.key.strip.message(failed=str(error)))
        self._ask_again_after(error, asked.work.site, asked.key.strip, lambda: self.dropped(asked))

    def dropped(self, asked: Asked[Segment]) -> None:
        self._send(asked.key.strip.message(dropped=True))
