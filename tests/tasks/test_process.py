"""A worker process in its leisure: it imports what a mel or PCEN picture needs, after all that users wait for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from battycoda_nb.client.client import Client
from battycoda_nb.signal.transform import Transform


def loaded(client: Client) -> list[bool]:
    """Whether each worker has loaded what librosa compiles with."""
    return ["llvmlite" in Path(f"/proc/{worker.pid}/maps").read_text() for worker in client.sites()[""]]


def test_librosa_is_there_before_the_first_mel_picture(
    client: Client, tones: Path, until: Callable[..., object]
) -> None:
    recording = client.open(tones)
    recording.spectrogram(0)
    until(lambda: all(loaded(client)), "it is loaded without being asked for")
    assert recording.spectrogram(1, transform=Transform(scale="mel")).levels.shape[0] == 128
