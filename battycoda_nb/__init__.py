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
    "Call": "calls",
    "CallExplorer": "widgets.explorer",
    "Calls": "calls",
    "Client": "client",
    "ClusterError": "errors",
    "Pending": "pending",
    "Recording": "recording",
    "RecordingError": "errors",
    "RecordingSequence": "sequence",
    "RequestError": "errors",
    "Spectrogram": "spectrogram",
    "SpectrogramRequest": "requests",
    "StatusPanel": "widgets.status",
    "connect": "client",
    "sample_recording": "samples",
}

__all__ = [
    "BattycodaError", "Call", "CallExplorer", "Calls", "Client", "ClusterError", "Pending", "Recording",
    "RecordingError", "RecordingSequence", "RequestError", "Spectrogram", "SpectrogramRequest", "StatusPanel",
    "__version__", "connect", "sample_recording",
]  # fmt: skip

if TYPE_CHECKING:
    from .calls import Call, Calls
    from .client import Client, connect
    from .errors import BattycodaError, ClusterError, RecordingError, RequestError
    from .pending import Pending
    from .recording import Recording
    from .requests import SpectrogramRequest
    from .samples import sample_recording
    from .sequence import RecordingSequence
    from .spectrogram import Spectrogram
    from .widgets.explorer import CallExplorer
    from .widgets.status import StatusPanel


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
