"""What the explorer's front end wants to hear."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from battycoda_nb.client.sequence import RecordingSequence
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.errors import BattycodaError
from battycoda_nb.signal.sound import Sound

from .describe import channel_shown

NAMES = ("call", "channel", "overview", "expansion", "heterodyne")


class Listening:
    """Answers the front end's messages of type ``sound`` for one recording.

    Notes
    -----
    `heard` may be called from any thread; `send` is called from the client's listening thread too.
    """

    def __init__(self, sequence: RecordingSequence, send: Callable[..., None]) -> None:
        self._sequence, self._send = sequence, send
        self._owner = uuid.uuid4().hex

    def heard(self, content: dict[str, Any]) -> None:
        """Have a sound made: at once, or if it is only wanted ahead, after everything that users wait for."""
        key: dict[str, Any] = {name: content.get(name) for name in NAMES}
        ahead = bool(content.get("ahead"))
        try:
            options = {name: key[name] for name in NAMES if name != "call"}
            if recording := self._sequence.opened(self._sequence.locate(key["call"])[0]):
                options["channel"] = channel_shown(recording, key["channel"])
            recording, within = self._sequence.find(key["call"])
            work = recording.work.sound(within, **options)
        except BattycodaError as error:
            if not ahead:
                self._send({"type": "sound", **key, "failed": str(error)})
            return
        workers = self._sequence.workers
        if ahead:
            [pending] = workers.prefetch([work], owner=f"{self._owner} {work.request.start}")
        else:
            pending = workers.submit(work)
        start = work.request.start / self._sequence.files[self._sequence.locate(content["call"])[0]].sample_rate
        pending.add_done_callback(lambda done: self._arrived(done, {"type": "sound", **key, "start": start}, ahead))

    def _arrived(self, pending: Pending[Sound], message: dict[str, Any], ahead: bool) -> None:
        error = pending.error()
        if error is not None and not ahead:
            self._send({**message, "failed": str(error)})
        elif pending.state == "success":
            self._send(message, [pending.blob()])
