"""Closer pictures of what the front end has zoomed into."""

from __future__ import annotations

from typing import Any, NamedTuple

from battycoda_nb.client.recording import Recording
from battycoda_nb.client.sequence import Step
from battycoda_nb.errors import BattycodaError
from battycoda_nb.signal.transform import Transform

from .answers import Answers, Asked
from .describe import picture_meta, token_of

NAMES = ("file", "call", "channel", "transform", "start", "stop", "ahead")


class Closeup(NamedTuple):
    """A closer picture, as the front end names it, and the call that it is of."""

    message: dict[str, Any]
    recording: Recording
    within: int


class Closeups(Answers[Closeup]):
    """Answers the messages of type ``close``."""

    def on_message(self, content: dict[str, Any], step: Step, transform: Transform) -> None:
        """Have a part of a recording computed: at once, or if it is only wanted ahead, after what users wait for.

        Parameters
        ----------
        content : dict
            The message.
        step : Step
            Its call; the file is open.
        transform : Transform
            The one that is chosen now; of another one nothing is computed.
        """
        message = {"type": "close", **{name: content.get(name) for name in NAMES}}
        if message["transform"] != token_of(transform):  # chosen meanwhile: it is asked for again with the new one
            self._send({**message, "dropped": True})
            return
        try:
            recording = step.found()
            work = recording.work.part(
                _seconds(content, "start"),
                _seconds(content, "stop"),
                channel=step.channel_shown(message["channel"]),
                transform=transform,
            )
        except BattycodaError as error:
            self._send({**message, "failed": str(error)})
            return
        key = Closeup(message, recording, step.within)
        if message["ahead"]:
            self.ask_ahead([(key, work)], group=step.within)
        else:
            self.ask_instead(key, work)

    def came(self, asked: Asked[Closeup], blob: bytes) -> None:
        key, request = asked.key, asked.work.request
        meta = picture_meta(key.recording, key.within, request, blob)
        self._send({**key.message, "digest": request.digest, "meta": meta}, [blob])

    def failed(self, asked: Asked[Closeup], error: BaseException) -> None:
        self._send({**asked.key.message, "failed": str(error)})
        name = tuple(asked.key.message.values())
        self._ask_again_after(error, asked.work.site, name, lambda: self.dropped(asked))

    def dropped(self, asked: Asked[Closeup]) -> None:
        self._send({**asked.key.message, "dropped": True})


def _seconds(content: dict[str, Any], name: str) -> float:
    value = content.get(name)
    return float(value) if isinstance(value, int | float) else float("nan")
