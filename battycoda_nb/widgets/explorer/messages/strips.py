"""The strips of whole recordings, as their segments come."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from functools import partial
from itertools import accumulate
from typing import Any

from battycoda_nb.client.recording import Recording
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.errors import BattycodaError
from battycoda_nb.signal.png import read_header

from .describe import FROM_BLOB, channel_shown

GATHER = 0.03  # s


class Strips:
    """Answers the front end's messages of type ``strip``.

    Notes
    -----
    `heard` may be called from any thread; `send` is called from the client's listening thread too.
    """

    def __init__(self, send: Callable[..., None]) -> None:
        self._send = send
        self._owner = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._came: dict[tuple[int, int], list[tuple[dict[str, Any], bytes]]] = {}  # since the last message

    def heard(self, recording: Recording, file: int, channel: int) -> None:
        """Have a recording's strip computed, behind all that users look at next; the one before is dropped."""
        try:
            works = recording.work.strip(channel_shown(recording, channel))
        except BattycodaError as error:
            self._send({"type": "strip", "file": file, "channel": channel, "failed": str(error)})
            return
        *firsts, total = accumulate((work.request.columns for work in works), initial=0)
        pendings = recording.workers.prefetch(works, owner=self._owner, late=True)
        for work, first, pending in zip(works, firsts, pendings, strict=True):
            place = {"first": first, "total": total}
            pending.add_done_callback(partial(self._arrived, (file, channel), work.request, place))

    def _arrived(self, strip: tuple[int, int], request: Any, place: dict[str, int], pending: Pending[Any]) -> None:
        if error := pending.error():
            self._tell(strip, failed=str(error))
        elif pending.state == "success":
            blob = pending.blob()
            header = read_header(blob, request).meta
            meta = {name: header[name] for name in FROM_BLOB} | {"shape": [request.bins, request.columns], **place}
            self._gather(strip, meta, blob)
        else:  # another recording's strip took its place
            self._tell(strip, dropped=True)

    def _gather(self, strip: tuple[int, int], meta: dict[str, Any], blob: bytes) -> None:
        """What comes within a moment goes in one message: a kept strip of hundreds of segments is in a few."""
        with self._lock:
            first = strip not in self._came
            self._came.setdefault(strip, []).append((meta, blob))
        if first:
            timer = threading.Timer(GATHER, self._flush, [strip])
            timer.daemon = True
            timer.start()

    def _flush(self, strip: tuple[int, int]) -> None:
        with self._lock:
            came = self._came.pop(strip, [])
        metas, blobs = zip(*came, strict=True)
        self._tell(strip, list(blobs), metas=list(metas))

    def _tell(self, strip: tuple[int, int], buffers: list[bytes] | None = None, **content: Any) -> None:
        self._send({"type": "strip", "file": strip[0], "channel": strip[1], **content}, buffers)
