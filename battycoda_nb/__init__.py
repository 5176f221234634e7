"""Step through bat calls in a notebook, with their spectrograms ready before you ask.

    import battycoda_nb as bc

    client = bc.connect()
    recording = client.open("night1.wav")
    bc.CallExplorer(recording)

Importing this costs next to nothing: each name below is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__

_HOMES = {
    "BattycodaError": "errors",
    "Call": "annotations.calls",
    "CallExplorer": "widgets.explorer.explorer",
    "Calls": "annotations.calls",
    "Client": "client.client",
    "ClusterError": "errors",
    "Pending": "cluster.pending",
    "Recording": "client.recording",
    "RecordingError": "errors",
    "RecordingSequence": "client.sequence",
    "RequestError": "errors",
    "Spectrogram": "signal.spectrogram",
    "SpectrogramRequest": "signal.requests",
    "StatusPanel": "widgets.status.panel",
    "connect": "client.client",
    "sample_recording": "recordings.sample",
}

__all__ = [
    "BattycodaError", "Call", "CallExplorer", "Calls", "Client", "ClusterError", "Pending", "Recording",
    "RecordingError", "RecordingSequence", "RequestError", "Spectrogram", "SpectrogramRequest", "StatusPanel",
    "__version__", "connect", "sample_recording",
]  # fmt: skip

if TYPE_CHECKING:
    from .annotations.calls import Call, Calls
    from .client.client import Client, connect
    from .client.recording import Recording
    from .client.sequence import RecordingSequence
    from .cluster.pending import Pending
    from .errors import BattycodaError, ClusterError, RecordingError, RequestError
    from .recordings.sample import sample_recording
    from .signal.requests import SpectrogramRequest
    from .signal.spectrogram import Spectrogram
    from .widgets.explorer.explorer import CallExplorer
    from .widgets.status.panel import StatusPanel


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
