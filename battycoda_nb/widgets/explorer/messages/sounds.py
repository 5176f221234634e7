"""Sounds of the calls that the user listens to, or soon may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from battycoda_nb.client.sequence import RecordingSequence
from battycoda_nb.errors import BattycodaError

from .answers import Answers, Asked

NAMES = ("call", "channel", "overview", "expansion", "heterodyne")


class Sounds(Answers[dict[str, Any]]):
    """Answers the messages of type ``sound``."""

    def __init__(self, sequence: RecordingSequence, send: Callable[..., None]) -> None:
        super().__init__(sequence.workers, send)
        self._sequence = sequence

    def on_message(self, content: dict[str, Any]) -> None:
        """Have a sound made: at once, or if it is only wanted ahead, after everything that users wait for."""
        options: dict[str, Any] = {name: content.get(name) for name in NAMES}
        message, ahead = {"type": "sound", **options}, bool(content.get("ahead"))
        try:
            step = self._sequence.step(options.pop("call"))
            recording = step.found()
            options["channel"] = step.channel_shown(options["channel"])
            work = recording.work.sound(step.within, **options)
        except BattycodaError as error:
            if not ahead:
                self._send({**message, "failed": str(error)})
            return
        message["start"] = work.request.start / recording.info.sample_rate
        if ahead:
            self.ask_ahead([(message, work)], group=work.request.start)
        else:
            self.ask_instead(message, work)

    def came(self, asked: Asked[dict[str, Any]], blob: bytes) -> None:
        self._send(asked.key, [blob])

    def failed(self, asked: Asked[dict[str, Any]], error: BaseException) -> None:
        if not asked.ahead:  # else nobody waits for it
            self._send({**asked.key, "failed": str(error)})
