"""Descriptions of recordings and pictures for the front end, as view.py lists them."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, NamedTuple

from battycoda_nb.client.recording import Recording
from battycoda_nb.client.sequence import RecordingSequence, Step
from battycoda_nb.signal.png import read_header
from battycoda_nb.signal.requests import SpectrogramRequest
from battycoda_nb.signal.transform import Transform

FROM_BLOB = ("sample_rate", "time", "end", "frequency", "db", "enbw", "scale", "unit", "wave")


class Key(NamedTuple):
    """A picture, as the front end names it."""

    call: int
    channel: int
    overview: bool
    transform: Transform

    def named(self) -> dict[str, Any]:
        """Return the fields of a message."""
        return {**self._asdict(), "transform": token_of(self.transform)}

    def view(self, step: Step) -> dict[str, Any]:
        """Return what `RecordingWork.call` is told beside the call."""
        return {
            "channel": step.channel_shown(self.channel), "overview": self.overview, "transform": self.transform,
        }  # fmt: skip


def token_of(transform: Transform) -> str:
    """Return the name of a transform, as pictures.js has it too."""
    overlap = "auto" if transform.overlap is None else f"{transform.overlap:.3f}"
    return f"{transform.window} {transform.window_length:.3f} {overlap} {transform.scale}"


def title_of(sequence: RecordingSequence, file: int) -> str:
    """Return which recording it is, and of how many."""
    recording, files = sequence.opened(file), len(sequence.files)
    name = recording.info.name if recording else PurePath(sequence.files[file].name).name
    expansion = recording.info.time_expansion if recording else sequence.files[file].time_expansion
    name += f" ({expansion}x expanded)" if expansion > 1 else ""
    return f"{name} (file {file + 1} of {files})" if files > 1 else name


def notice_of(recording: Recording, problems: str) -> str:
    """Return what the user should know of a recording, and of their own settings."""
    return " ".join(filter(None, [recording.notice, problems]))


def traits_of(sequence: RecordingSequence, call: int, problems: str) -> dict[str, Any]:
    """Return the traits that belong to the recording of a step: what the list says, while it is not open."""
    if not len(sequence.files):
        return {"title": sequence.name, "notice": problems}
    step = sequence.step(call) if len(sequence) else None
    file, recording = (step.file, step.recording) if step else (0, sequence.opened(0))
    title = title_of(sequence, file)
    if recording is None:
        return {"title": title, "notice": problems, "channels": 1, "unit": "call"}
    return {
        "title": title,
        "notice": notice_of(recording, problems),
        "channels": recording.info.channels,
        "rms": recording.info.rms,
        "unit": recording.unit,
    }


def facts_of(
    sequence: RecordingSequence, file: int, recording: Recording, problems: str
) -> tuple[dict[str, Any], list[bytes]]:
    """Return the message of type ``recording`` and its buffers."""
    info, steps, recorded = recording.info, recording.steps, recording.metadata.timestamp
    message = {
        "type": "recording",
        "file": file,
        "first": sequence.first(file),
        "count": len(steps),
        "title": title_of(sequence, file),
        "notice": notice_of(recording, problems),
        "recorded": recorded.isoformat(timespec="milliseconds") if recorded else "",
        "duration": info.duration,
        "nyquist": info.sample_rate / 2,
        "channels": info.channels,
        "rms": info.rms,
        "unit": recording.unit,
        "padding": [recording.padding(overview=overview) for overview in (False, True)],
    }
    return message, [steps.onsets.tobytes(), steps.offsets.tobytes()]


def picture_meta(recording: Recording, step: int, request: SpectrogramRequest, blob: bytes) -> dict[str, Any]:
    """Return what the browser needs to draw axes and marks of a picture."""
    meta = read_header(blob, request).meta
    call = recording.steps[step]
    return {
        **{name: meta[name] for name in FROM_BLOB},
        "shape": [request.bins, request.columns],
        "call": {"onset": call.onset, "offset": call.offset, "label": call.label},
    }
