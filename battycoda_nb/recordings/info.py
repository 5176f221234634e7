"""Descriptions of recordings: all but the samples, as it crosses from worker to notebook."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from battycoda_nb.errors import RecordingError
from battycoda_nb.signal.requests import is_digest, is_number

from .metadata import Metadata


@dataclass(frozen=True)
class RecordingInfo:
    """Description of a recording without its samples.

    Attributes
    ----------
    path : str
        Where a worker finds it: below its root, or absolute for a worker of the user's own.
    hash : str
        Content hash, 32 hex digits: it names the recording wherever it lies.
    sample_rate, channels, frames : int
        Hz, the animal's: the file's own times `time_expansion`; number of channels; samples a channel.
    rms : float
        Standard deviation of the samples re full scale, all channels, of a long recording estimated from 2048 places.
    peak : float
        Largest amplitude re full scale found where `rms` looks.
    encoding : str
        Such as "WAV, PCM_16".
    notice : str
        A warning for the user, such as that the file is cut short; empty if there is none.
    size : int
        Bytes of the file.
    time_expansion : int
        How many times slower than the animal's the sound in the file is.
    metadata : Metadata
        When, where and with what it was recorded, by the file itself.
    """

    path: str
    hash: str
    sample_rate: int
    channels: int
    frames: int
    rms: float
    encoding: str = ""
    notice: str = ""
    size: int = 0
    peak: float = 0.0
    time_expansion: int = 1
    metadata: Metadata = field(default_factory=Metadata)

    def __post_init__(self) -> None:
        counts = (self.sample_rate, self.channels, self.frames, self.time_expansion)
        texts = (self.path, self.encoding, self.notice)
        if not (
            all(type(value) is int and 0 < value < 2**53 for value in counts)
            and all(isinstance(value, str) for value in texts)
            and is_digest(self.hash)
            and all(map(is_number, (self.rms, self.peak)))
            and self.peak >= 0
            and type(self.size) is int
            and self.sample_rate % self.time_expansion == 0
            and isinstance(self.metadata, Metadata)
        ):
            raise RecordingError(f"The description of {str(self.path)[:80]!r} is not sound")

    @property
    def name(self) -> str:
        return Path(self.path).name

    @property
    def duration(self) -> float:
        """s, the animal's."""
        return self.frames / self.sample_rate

    @property
    def file_rate(self) -> int:
        """Hz, as the file's header has it: what programs count by that know no time expansion."""
        return self.sample_rate // self.time_expansion

    def expanded(self, time_expansion: int, notice: str) -> RecordingInfo:
        """Return the description of a file as that of the animal's sound, of which it is so many times slower."""
        return replace(
            self,
            sample_rate=self.file_rate * time_expansion,
            time_expansion=time_expansion,
            notice=notice,
        )

    @property
    def reference(self) -> float:
        """dB re full scale of the peak: the top of the range that pictures of this recording are shown in."""
        return 20 * math.log10(self.peak) if self.peak else 0.0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: object) -> RecordingInfo:
        """Return the description in a worker's answer; `RecordingError` if it is not one."""
        if not isinstance(value, dict):
            raise RecordingError("The worker's description of the recording is not sound")
        try:
            return cls(**{**value, "metadata": Metadata.from_json(value.get("metadata", {}))})
        except TypeError as error:
            raise RecordingError(f"The worker's description of the recording is not sound ({error})") from error
