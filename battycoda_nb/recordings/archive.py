"""Recordings of one worker: opened below its data root, described, checked against a request, and read."""

from __future__ import annotations

import errno
import os
from collections import OrderedDict
from functools import partial
from pathlib import Path

from battycoda_nb.annotations.calls import Calls
from battycoda_nb.annotations.formats.read import ENDINGS, read_calls, sidecar_names
from battycoda_nb.errors import RecordingError
from battycoda_nb.signal.requests import SpectrogramRequest, Window
from battycoda_nb.signal.stft import Read

from .data_root import Fence, is_a_folder
from .info import RecordingInfo
from .sound_file import AUDIO, Identity, OpenRecording

_KEPT_OPEN = 16
_MAX_SEGMENT_BYTES = 64 * 2**20


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
        """Return the metadata of a recording; `folder` is where the user's notebook lies.

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
            frames=recording.frames,
            rms=rms,
            peak=peak,
            encoding=f"{sound.format}, {sound.subtype}",
            notice=recording.notice(),
            size=recording.identity.size,
            metadata=recording.metadata(),
        )

    def calls(self, path: str, folder: str = "", segments: str | None = None) -> Calls | None:
        """Return the calls in `segments`, or in the first segment file beside a recording; None if there is none."""
        path = self.fence.spelled(path, folder)
        recording = Path(path).name
        if segments is not None:
            return read_calls(segments, self.segment_file(self.resolve(segments, folder, ENDINGS)), recording)
        for name in sidecar_names(recording):
            try:
                data = self.segment_file(self.fence.resolve(str(Path(path).with_name(name)), folder))
            except FileNotFoundError:
                continue
            return read_calls(name, data, recording)
        return None

    def reader(self, request: Window, path: str, folder: str = "") -> tuple[Read, int]:
        """Return what reads the samples of a request, all at once or block by block, and the sample rate in Hz.

        It is good until the archive is asked for another recording. Where all that a view shows is zero it raises a
        `RecordingError` if all of the channel is; a strip shows that too.

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
        if request.stop > recording.frames:
            raise RecordingError(
                f"{Path(path).name} ends at sample {recording.frames}, before the end of this window at {request.stop}"
            )
        whole = isinstance(request, SpectrogramRequest) and request.pool > 1
        read = recording.read if whole else recording.read_alive
        return partial(read, channel=request.channel), recording.sound.samplerate

    def resolve(self, path: str, folder: str, endings: tuple[str, ...]) -> Path:
        """Return the fence's answer; unless the worker is the user's own, only for names that such a file has."""
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
            if known is not None and Identity.of(real.stat()) == known.identity:
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
        """Return the content of a segment file; one beyond the limit is refused."""
        with os.fdopen(self.fence.open(real), "rb") as file:
            data = file.read(_MAX_SEGMENT_BYTES + 1)
        if len(data) > _MAX_SEGMENT_BYTES:
            raise RecordingError(f"{real.name} is larger than {_MAX_SEGMENT_BYTES // 2**20} MB: is it a segment file?")
        return data


def _explained(error: OSError, name: str, path: str) -> Exception:
    """Return the sentence for what no second try mends; else the error itself, so that the task is tried again."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return RecordingError(
            f"There is no file {path!r}: is the name right, and is the folder mounted on the worker?", code="missing"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return RecordingError(f"The worker may not read {name}: change the file's permissions, or run it as its owner")
    if error.errno in (errno.ELOOP, errno.ENAMETOOLONG, errno.EISDIR, errno.ENXIO):
        return RecordingError(f"{name} is not a regular file, so it is not opened")
    return error
