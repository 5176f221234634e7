"""What the front end is told of recordings and pictures, as view.py lists it."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from battycoda_nb.client.recording import Recording
from battycoda_nb.client.sequence import RecordingSequence
from battycoda_nb.signal.png import read_header
from battycoda_nb.signal.requests import SpectrogramRequest
from battycoda_nb.signal.transform import Transform

FROM_BLOB = ("sample_rate", "time", "frequency", "db", "enbw", "scale", "unit", "wave")


def token_of(transform: Transform) -> str:
    """The name of a transform, as pictures.js has it too."""
    overlap = "auto" if transform.overlap is None else f"{transform.overlap:.3f}"
    return f"{transform.window} {transform.window_length:.3f} {overlap} {transform.scale}"


def channel_shown(recording: Recording, channel: Any) -> Any:
    """The channel to show where one is chosen: the first, in a file of a sequence that has fewer than another."""
    return 0 if type(channel) is int and channel >= recording.info.channels else channel


def title_of(sequence: RecordingSequence, file: int) -> str:
    """Which recording it is, and of how many."""
    recording, files = sequence.opened(file), len(sequence.files)
    name = recording.info.name if recording else PurePath(sequence.files[file].name).name
    return f"{name} (file {file + 1} of {files})" if files > 1 else name


def notice_of(recording: Recording, problems: str) -> str:
    """What the user should know of a recording, and of their own settings."""
    return " ".join(filter(None, [recording.notice, problems]))


def facts_of(
    sequence: RecordingSequence, file: int, recording: Recording, problems: str
) -> tuple[dict[str, Any], list[bytes]]:
    """The message of type ``recording`` and its buffers."""
    info, steps = recording.info, recording.steps
    message = {
        "type": "recording",
        "file": file,
        "first": sequence.first(file),
        "count": len(steps),
        "title": title_of(sequence, file),
        "notice": notice_of(recording, problems),
        "duration": info.duration,
        "nyquist": info.sample_rate / 2,
        "channels": info.channels,
        "rms": info.rms,
        "reference": info.reference,
        "unit": recording.unit,
        "padding": [recording.padding(overview=overview) for overview in (False, True)],
    }
    return message, [steps.onsets.tobytes(), steps.offsets.tobytes()]


def picture_meta(recording: Recording, step: int, request: SpectrogramRequest, blob: bytes) -> dict[str, Any]:
    """What the browser needs to draw axes and marks of a picture."""
    meta = read_header(blob, request).meta
    call = recording.steps[step]
    return {
        **{name: meta[name] for name in FROM_BLOB},
        "shape": [request.bins, request.columns],
        "call": {"onset": call.onset, "offset": call.offset, "label": call.label},
    }
