"""Closer pictures of what the front end has zoomed into."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from battycoda_nb.client.recording import Recording
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.errors import BattycodaError
from battycoda_nb.signal.transform import Transform

from .describe import channel_shown, picture_meta

NAMES = ("file", "call", "channel", "transform", "start", "stop", "ahead")


class Closeups:
    """Answers the front end's messages of type ``close``.

    Notes
    -----
    `heard` may be called from any thread; `send` is called from the client's listening thread too.
    """

    def __init__(self, send: Callable[..., None]) -> None:
        self._send = send
        self._owner = uuid.uuid4().hex

    def heard(self, recording: Recording, step: int, transform: Transform, content: dict[str, Any]) -> None:
        """Have a part of a recording computed: at once, or if it is only wanted ahead, after what users wait for."""
        key = {name: content.get(name) for name in NAMES}
        try:
            work = recording.work.part(
                _seconds(content, "start"),
                _seconds(content, "stop"),
                channel=channel_shown(recording, content.get("channel")),
                transform=transform,
            )
        except BattycodaError as error:
            self._send({"type": "close", **key, "failed": str(error)})
            return
        workers = recording.workers
        pending = workers.prefetch([work], owner=f"{self._owner} {step}")[0] if key["ahead"] else workers.submit(work)
        pending.add_done_callback(lambda done: self._arrived(done, recording, step, work.request, key))

    def _arrived(self, pending: Pending[Any], recording: Recording, step: int, request: Any, key: dict) -> None:
        if error := pending.error():
            self._send({"type": "close", **key, "failed": str(error)})
        elif pending.state == "success":
            blob = pending.blob()
            meta = picture_meta(recording, step, request, blob)
            self._send({"type": "close", **key, "digest": request.digest, "meta": meta}, [blob])
        else:  # dropped, as the user is elsewhere now: it is asked for again when it is wanted again
            self._send({"type": "close", **key, "dropped": True})


def _seconds(content: dict[str, Any], name: str) -> float:
    value = content.get(name)
    return float(value) if isinstance(value, int | float) else float("nan")
