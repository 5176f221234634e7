"""Sound files: held open, named by their content, read by window.

A window is read, never the file, so the cost of a call does not depend on the length of its recording.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from functools import cached_property
from hashlib import blake2b, md5
from typing import Any, NamedTuple, Self

import numpy as np
import soundfile

from battycoda_nb.errors import RecordingError

from .metadata import Metadata, read_metadata
from .sources import Source, source_of
from .straight_file import StraightFile
from .truncation import discrepancy, lately, no_length

# What libsndfile reads and people record to. A worker with a data root opens nothing else there as a recording.
AUDIO = (".wav", ".flac", ".aif", ".aiff", ".aifc", ".w64", ".rf64", ".caf", ".au", ".snd", ".ogg", ".oga", ".mp3")

_BLOCKS = 64
_BLOCK_BYTES = 16384
# Calls fill a few percent of a recording, so 64 places would miss them: at 2048 the estimate is within a few percent.
_RMS_BLOCKS = 2048
_RMS_FRAMES = 4096
_SCAN_FRAMES = 2**18


class Identity(NamedTuple):
    """A file as the system tells it from another, and from itself before it was written to."""

    device: int
    inode: int
    size: int  # bytes
    written_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Return the identity in what `os.stat` gives."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    @property
    def written(self) -> float:
        """When it was last written to, in s since 1970."""
        return self.written_ns / 1e9

    @property
    def facts(self) -> dict[str, Any]:
        """Size and time as the functions of `truncation` take them."""
        return {"size": self.size, "written": self.written}


class OpenRecording:
    """A sound file held open, with its identity at the time of opening.

    Parameters
    ----------
    descriptor : int
        Of a regular file; closed with the recording, or if it cannot be read.
    name : str
        For messages.

    Attributes
    ----------
    hash : str
        Content hash.
    identity : Identity

    Raises
    ------
    RecordingError
        If it is no sound file, or does not say how long it is; from a method that reads samples, if they are damaged.
    """

    def __init__(self, descriptor: int, name: str) -> None:
        self.identity = Identity.of(os.fstat(descriptor))
        self.hash = sampled_hash(descriptor)
        self.name = name
        self._descriptor = descriptor
        self._dead: dict[int, bool] = {}
        try:
            self._source = source_of(descriptor)
        except (soundfile.LibsndfileError, TypeError) as error:
            os.close(descriptor)
            raise RecordingError(why_unreadable(name, self.identity, error)) from error
        except BaseException:
            os.close(descriptor)
            raise
        try:
            self._source.decode(self.hash)
            if problem := nothing_to_read(self._source, name, self.identity):
                raise RecordingError(problem)
        except BaseException:
            self.close()
            raise

    @property
    def sound(self) -> StraightFile:
        """As libsndfile opened it: sample rate, channels, format."""
        return self._source.sound

    @property
    def frames(self) -> int:
        """Samples a channel that can be read."""
        return self._source.frames

    def read_alive(self, start: int, stop: int, channel: int, time_expansion: int = 1) -> np.ndarray:
        """Return what `read` does; a `RecordingError` where nothing but zeros is in the channel from end to end."""
        samples = self.read(start, stop, channel)
        self._check_lost(start, stop, time_expansion)
        if not samples.any() and self._is_dead(channel):
            raise RecordingError(
                f"Channel {channel + 1} is digital silence from its start to its end (every sample is 0): was its "
                "microphone connected? Choose another channel"
            )
        return samples

    def read(self, start: int, stop: int, channel: int) -> np.ndarray:
        """Return samples of one channel [shape=(stop - start,), dtype=float32], full scale at 1.0."""
        # libsndfile takes five times as long as numpy to make 16 bits a float32 of the same value.
        short = self.sound.subtype == "PCM_16"
        samples = self._samples(start, stop, "int16" if short else "float32")
        if len(samples) != stop - start:
            raise RecordingError(
                f"The file ends at sample {start + len(samples)}, before the end of this call at {stop}: "
                "is it cut short?"
            )
        if short:
            return np.multiply(samples[:, channel], np.float32(1 / 32768), dtype=np.float32)
        return np.ascontiguousarray(samples[:, channel])

    def _samples(self, start: int, stop: int, dtype: str) -> np.ndarray:
        """Return samples as libsndfile gives them [shape=(stop - start, channels)], fewer where the file ends."""
        try:
            return self._source.read(start, stop, dtype)
        except soundfile.LibsndfileError as error:
            raise RecordingError(
                f"{self.name} is damaged, and cannot be read at {start / self.sound.samplerate:.2f} s (libsndfile "
                f"says: {error.error_string.rstrip('.')}): copy it again, or save it anew"
            ) from error

    def rms_and_peak(self) -> tuple[float, float]:
        """Return standard deviation and largest amplitude over all channels: of 8 million frames or 2048 places."""
        count = square = total = peak = 0.0
        for start, stop in _spread(self.frames, _RMS_FRAMES, _RMS_BLOCKS):
            samples = self._samples(start, stop, "float64")
            samples = samples[np.isfinite(samples)]
            count, total, square = count + samples.size, total + samples.sum(), square + np.square(samples).sum()
            peak = max(peak, float(np.abs(samples).max(initial=0.0)))
        return math.sqrt(max(square / count - (total / count) ** 2, 0.0)) if count else 0.0, peak

    def _check_lost(self, start: int, stop: int, time_expansion: int) -> None:
        """Refuse a part of which nothing can be decoded, or of which the notice of a long file may not have told."""
        lost, rate = self._source.lost_within(start, stop), self.sound.samplerate * time_expansion
        complete = self.frames <= _RMS_BLOCKS * _RMS_FRAMES  # all of it was read as it was opened
        if lost and (not complete or lost == [(start, stop)]):
            first, last = lost[0][0] / rate, lost[-1][1] / rate
            raise RecordingError(
                f"{self.name} is damaged, and cannot be decoded from {first:.3f} to {last:.3f} s: copy it again, or "
                "show another part"
            )

    def _is_dead(self, channel: int) -> bool:
        """Return whether all samples of a channel are zero. One that is alive shows it early, as a rule."""
        if channel not in self._dead:
            frames = self.frames
            places = [*_spread(frames, _RMS_FRAMES), *_spread(frames, _SCAN_FRAMES, frames)]
            self._dead[channel] = not any(self.read(start, stop, channel).any() for start, stop in places)
        return self._dead[channel]

    def notice(self, time_expansion: int = 1) -> str:
        """Return a sentence if the header promises more or less than the file holds, or it is damaged; else nothing.

        Its seconds are the animal's.
        """
        return notice_of(self._source, self._descriptor, self.identity, time_expansion)

    def metadata(self) -> Metadata:
        """Return when, where and with what it was recorded, by the file itself."""
        return read_metadata(self._descriptor)

    def has_hash(self, expected: str) -> bool:
        """Return whether a content hash is this file's: ours, or its MD5."""
        return expected == self.hash or expected == self._md5

    @cached_property
    def _md5(self) -> str:
        digest, start = md5(usedforsecurity=False), 0
        while block := os.pread(self._descriptor, 2**20, start):
            digest.update(block)
            start += len(block)
        return digest.hexdigest()

    def close(self) -> None:
        self._source.close()
        os.close(self._descriptor)


def nothing_to_read(source: Source, name: str, identity: Identity) -> str:
    """Return why a file without samples, or with too many of them, is not opened; nothing if it has some."""
    if source.frames <= 0 and source.damaged:
        return (
            f"{name} is damaged at its beginning, so that nothing of it can be decoded ({identity.size} bytes): copy "
            f"it again.{lately(identity.written)}"
        )
    return no_length(name, frames=source.frames, **identity.facts)


def notice_of(source: Source, descriptor: int, identity: Identity, time_expansion: int = 1) -> str:
    """Return what the user should know of an open file, and whether it was written to a moment ago; or nothing."""
    sample_rate = source.sound.samplerate * time_expansion
    of_wav = discrepancy(
        descriptor,
        source.sound.extra_info,
        frames=source.frames,
        sample_rate=sample_rate,
        written=identity.written,
    )
    of_source = "" if of_wav else source.notice(sample_rate)
    return of_source + lately(identity.written) if of_source else of_wav


def sampled_hash(descriptor: int) -> str:
    """Return the content hash: blake2b over the size and 64 blocks of 16 KiB over the file; all of a small one."""
    size = os.fstat(descriptor).st_size
    digest = blake2b(f"{size}:".encode(), digest_size=16)
    for start, stop in _spread(size, _BLOCK_BYTES):
        digest.update(os.pread(descriptor, stop - start, start))
    return digest.hexdigest()


def _spread(length: int, block: int, blocks: int = _BLOCKS) -> Iterator[tuple[int, int]]:
    """Yield (start, stop) of some blocks from the first to the last of `length`; all of it where that is not more."""
    if length <= blocks * block:
        yield from ((start, min(start + block, length)) for start in range(0, length, block))
        return
    for index in range(blocks):
        start = index * (length - block) // (blocks - 1)
        yield start, start + block


def why_unreadable(name: str, known: Identity | None, error: Exception) -> str:
    """Return a sentence or two on why a file is no recording; `known` is None where not even that could be had."""
    size = known.size if known else 0
    if size == 0:
        text = f"{name} is empty (0 bytes): was the recording or the copy interrupted? Copy it again"
    else:
        text = (
            f"{name} is not a sound file that can be read ({size} bytes; libsndfile says: "
            f"{str(getattr(error, 'error_string', error)).rstrip('.')}). WAV, FLAC and what else libsndfile reads will "
            "do"
        )
    moment = lately(known.written if known else 0.0)
    return f"{text}.{moment}" if moment else text
