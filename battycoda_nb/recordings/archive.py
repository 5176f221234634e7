"""Sound files as a worker sees them: open below a root, name by content, read one window.

A window is read, never the file, so the cost of a call does not depend on the length of its recording.
"""

from __future__ import annotations

import errno
import math
import os
from collections import OrderedDict
from collections.abc import Iterator
from functools import cached_property, partial
from hashlib import blake2b, md5
from pathlib import Path

import numpy as np
import soundfile

from battycoda_nb.annotations.calls import Calls
from battycoda_nb.annotations.formats.read import read_calls, sidecar_names
from battycoda_nb.errors import RecordingError
from battycoda_nb.signal.requests import Window
from battycoda_nb.signal.stft import Read

from .data_root import Fence, is_a_folder
from .info import RecordingInfo
from .truncation import discrepancy, lately, no_length

_BLOCKS = 64
_BLOCK_BYTES = 16384
# Calls fill a few percent of a recording, so 64 places would miss them: at 2048 the estimate is within a few percent.
_RMS_BLOCKS = 2048
_RMS_FRAMES = 4096
_KEPT_OPEN = 16
_MAX_SEGMENT_BYTES = 64 * 2**20


# What libsndfile reads and people record to. A worker with a data root opens nothing else there as a recording.
AUDIO = (".wav", ".flac", ".aif", ".aiff", ".aifc", ".w64", ".rf64", ".caf", ".au", ".snd", ".ogg", ".oga", ".mp3")
SEGMENTS = (".pickle", ".pkl", ".csv", ".txt", ".tsv", ".json")


class OpenRecording:
    """A sound file held open, with its identity at the time of opening."""

    def __init__(self, descriptor: int, name: str) -> None:
        self.identity = identity(os.fstat(descriptor))
        self.hash = sampled_hash(descriptor)
        self._descriptor = descriptor
        try:
            self.sound = soundfile.SoundFile(descriptor, closefd=True)
        except (soundfile.LibsndfileError, TypeError) as error:
            # libsndfile has closed the descriptor by now
            raise RecordingError(why_unreadable(name, self.identity[2], error, self.identity[3] / 1e9)) from error
        _, _, size, written = self.identity
        if said := no_length(name, frames=self.sound.frames, size=size, written=written / 1e9):
            self.sound.close()
            raise RecordingError(said)

    def read(self, start: int, stop: int, channel: int) -> np.ndarray:
        """Samples of one channel [shape=(stop - start,), dtype=float32], full scale at 1.0."""
        self.sound.seek(start)
        # libsndfile takes five times as long as numpy to make 16 bits a float32 of the same value.
        short = self.sound.subtype == "PCM_16"
        samples = self.sound.read(stop - start, dtype="int16" if short else "float32", always_2d=True)
        if len(samples) != stop - start:
            raise RecordingError(
                f"The file ends at sample {start + len(samples)}, before the end of this call at {stop}: "
                "is it cut short?"
            )
        if short:
            return np.multiply(samples[:, channel], np.float32(1 / 32768), dtype=np.float32)
        return np.ascontiguousarray(samples[:, channel])

    def rms_and_peak(self) -> tuple[float, float]:
        """Standard deviation and largest amplitude over all channels: of 8 million frames or 2048 places of more."""
        count = square = total = peak = 0.0
        for start, stop in _spread(self.sound.frames, _RMS_FRAMES, _RMS_BLOCKS):
            self.sound.seek(start)
            samples = self.sound.read(stop - start, dtype="float64", always_2d=True)
            samples = samples[np.isfinite(samples)]
            count, total, square = count + samples.size, total + samples.sum(), square + np.square(samples).sum()
            peak = max(peak, float(np.abs(samples).max(initial=0.0)))
        return math.sqrt(max(square / count - (total / count) ** 2, 0.0)) if count else 0.0, peak

    def notice(self) -> str:
        """A sentence if the header promises more or less than the file holds, else nothing."""
        sound, (_, _, size, written) = self.sound, self.identity
        log, rate = sound.extra_info, sound.samplerate
        return discrepancy(log, frames=sound.frames, sample_rate=rate, size=size, written=written / 1e9)

    def has_hash(self, expected: str) -> bool:
        """Whether a content hash is this file's: ours, or its MD5."""
        return expected == self.hash or expected == self._md5

    @cached_property
    def _md5(self) -> str:
        digest, start = md5(usedforsecurity=False), 0
        while block := os.pread(self._descriptor, 2**20, start):
            digest.update(block)
            start += len(block)
        return digest.hexdigest()

    def close(self) -> None:
        self.sound.close()


class Archive:
    """The recordings that one worker can read, the last few of them held open.

    Notes
    -----
    For one thread: a worker process has one.
    """

    def __init__(self, fence: Fence) -> None:
        self.fence = fence
        self._open: OrderedDict[Path, OpenRecording] = OrderedDict()

    def describe(self, path: str, folder: str = "", expected: str | None = None) -> RecordingInfo:
        """Metadata of a recording; `folder` is where the user's notebook lies.

        Raises
        ------
        RecordingError
            If it is missing, outside the root, not a sound file, or not the one with the content hash `expected` (ours,
            or the file's MD5, for which it is read whole once).
        """
        path = self.fence.spelled(path, folder)
        real = self.resolve(path, folder, AUDIO)
        recording = self._recording(real, path)
        if expected is not None and not recording.has_hash(expected.lower()):
            raise RecordingError(
                f"hash={expected[:40]!r} does not fit {Path(path).name}: it is neither the content hash nor the MD5 of "
                "the file that lies there now. Has it been changed, or replaced by another?",
                code="mismatch",
            )
        sound = recording.sound
        rms, peak = recording.rms_and_peak()
        # As the user named it, also where that is a link: its name is the title, and its folder has the calls.
        named = self.fence.named(path, folder).absolute() if self.fence.own else Path(path)
        return RecordingInfo(
            path=str(named),
            hash=recording.hash,
            sample_rate=sound.samplerate,
            channels=sound.channels,
            frames=sound.frames,
            rms=rms,
            peak=peak,
            encoding=f"{sound.format}, {sound.subtype}",
            notice=recording.notice(),
            size=recording.identity[2],
        )

    def calls(self, path: str, folder: str = "", segments: str | None = None) -> Calls | None:
        """The calls of a recording from `segments`, or from the first segment file beside it; None if there is none."""
        path = self.fence.spelled(path, folder)
        recording = Path(path).name
        if segments is not None:
            return read_calls(segments, self.segment_file(self.resolve(segments, folder, SEGMENTS)), recording)
        for name in sidecar_names(recording):
            try:
                data = self.segment_file(self.fence.resolve(str(Path(path).with_name(name)), folder))
            except FileNotFoundError:
                continue
            return read_calls(name, data, recording)
        return None

    def reader(self, request: Window, path: str, folder: str = "") -> tuple[Read, int]:
        """What reads the samples of a request, all at once or block by block, and the sample rate in Hz.

        It is good until the archive is asked for another recording.

        Raises
        ------
        RecordingError
            If the file at `path` is not the recording that was asked for, or is too short.
        """
        recording = self._recording(self.resolve(path, folder, AUDIO), path)
        if recording.hash != request.recording:
            raise RecordingError(
                f"{Path(path).name} has changed since it was opened, or another file lies there now: open it again",
                code="changed",
            )
        if request.channel >= recording.sound.channels:
            raise RecordingError(
                f"{Path(path).name} has {recording.sound.channels} channel(s), and channel={request.channel} "
                f"was asked for (they count from 0)"
            )
        if request.stop > recording.sound.frames:
            raise RecordingError(
                f"{Path(path).name} ends at sample {recording.sound.frames}, before the end of this window at "
                f"{request.stop}"
            )
        return partial(recording.read, channel=request.channel), recording.sound.samplerate

    def resolve(self, path: str, folder: str, endings: tuple[str, ...]) -> Path:
        """The fence's answer; where the worker is not the user's own, also only for names that such a file has."""
        real = self.fence.resolve(path, folder)
        if not self.fence.own and not real.name.lower().endswith(endings):
            if real.is_dir():
                raise RecordingError(is_a_folder(path))
            raise RecordingError(f"{path!r} is not opened: its name ends in none of {' '.join(endings)}")
        return real

    def _recording(self, real: Path, path: str) -> OpenRecording:
        name = Path(path).name
        known = self._open.get(real)
        try:
            if known is not None and identity(real.stat()) == known.identity:
                self._open.move_to_end(real)
                return known
            descriptor = self.fence.open(real)
        except OSError as error:
            raise _explained(error, name, path) from error
        if known is not None:
            self._open.pop(real).close()
        recording = self._open[real] = OpenRecording(descriptor, name)
        while len(self._open) > _KEPT_OPEN:
            self._open.popitem(last=False)[1].close()
        return recording

    def segment_file(self, real: Path) -> bytes:
        """The content of a segment file."""
        with os.fdopen(self.fence.open(real), "rb") as file:
            data = file.read(_MAX_SEGMENT_BYTES + 1)
        if len(data) > _MAX_SEGMENT_BYTES:
            raise RecordingError(f"{real.name} is larger than {_MAX_SEGMENT_BYTES // 2**20} MB: is it a segment file?")
        return data


def sampled_hash(descriptor: int) -> str:
    """Content hash: blake2b over the size and 64 blocks of 16 KiB spread over the file; all of a small one."""
    size = os.fstat(descriptor).st_size
    digest = blake2b(f"{size}:".encode(), digest_size=16)
    for start, stop in _spread(size, _BLOCK_BYTES):
        digest.update(os.pread(descriptor, stop - start, start))
    return digest.hexdigest()


def _spread(length: int, block: int, blocks: int = _BLOCKS) -> Iterator[tuple[int, int]]:
    """(start, stop) of some blocks from the first to the last of `length`; all of it where that is not more."""
    if length <= blocks * block:
        yield from ((start, min(start + block, length)) for start in range(0, length, block))
        return
    for index in range(blocks):
        start = index * (length - block) // (blocks - 1)
        yield start, start + block


def identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _explained(error: OSError, name: str, path: str) -> Exception:
    """The sentence for what no second try mends; else the error itself, so that the task is tried again."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return RecordingError(
            f"There is no file {path!r}: is the name right, and is the folder mounted on the worker?", code="missing"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return RecordingError(f"The worker may not read {name}: change the file's permissions, or run it as its owner")
    if error.errno in (errno.ELOOP, errno.ENAMETOOLONG, errno.EISDIR, errno.ENXIO):
        return RecordingError(f"{name} is not a regular file, so it is not opened")
    return error


def why_unreadable(name: str, size: int, error: Exception, written: float) -> str:
    """A sentence or two; `written` is when the file was last written to, in s since 1970."""
    if size == 0:
        said = f"{name} is empty (0 bytes): was the recording or the copy interrupted? Copy it again"
    else:
        said = (
            f"{name} is not a sound file that can be read ({size} bytes; libsndfile says: "
            f"{str(getattr(error, 'error_string', error)).rstrip('.')}). WAV, FLAC and what else libsndfile reads will "
            "do"
        )
    moment = lately(written)
    return f"{said}.{moment}" if moment else said
