"""Recordings of one worker: opened below its data root, described, checked against a request, and read."""

from __future__ import annotations

import contextlib
import errno
import os
from collections import OrderedDict
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal

from battycoda_nb.annotations.calls import Calls
from battycoda_nb.annotations.formats.batdetect2 import MARK, is_table
from battycoda_nb.annotations.formats.entry import About, Segments
from battycoda_nb.annotations.formats.read import ENDINGS, read_segments, sidecar_names
from battycoda_nb.annotations.time_expansion import check_frequencies, counted_by, rescaled
from battycoda_nb.errors import RecordingError
from battycoda_nb.signal.requests import SpectrogramRequest, Window
from battycoda_nb.signal.stft import Read

from .data_root import Fence, is_a_folder
from .folder_table import NAMES, FolderTable
from .info import RecordingInfo
from .names import FolderNames
from .sidecars import Beside, read_beside, sidecars
from .sound_file import AUDIO, Identity, OpenRecording
from .time_expansion import AS_THE_FILES_SAY, Expansions, claims_of, decide

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
        self._table_of = lru_cache(maxsize=1)(FolderTable)

    def describe(self, path: str, folder: str = "", expected: str | None = None) -> RecordingInfo:
        """Return the description of a file, at its header's rate; `folder` is where the user's notebook lies.

        `open` knows the time expansion too.

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

    def open(
        self,
        path: str,
        folder: str = "",
        *,
        expected: str | None = None,
        segments: str | Literal[False] | None = None,
        expansions: Expansions = AS_THE_FILES_SAY,
        label: str = "",
    ) -> tuple[RecordingInfo, Calls | None]:
        """Return the description of a recording and its calls, both in the animal's seconds and Hz.

        Parameters
        ----------
        path, folder, expected
            As for `describe`.
        segments : str, optional
            The segment file; None: the first one beside the recording; False: none.
        expansions : Expansions
            What the user says of time expansions.
        label : str
            Which column or tag of the segment file is the label, where the user says so.

        Raises
        ------
        RecordingError
            As `describe` does; if the segment file cannot be read, or counts by another time expansion than it is taken
            to.
        """
        info = self.describe(path, folder, expected)
        about = About(info.path, info.file_rate, info.frames / info.file_rate, label=label)
        names: FolderNames | None = None
        if isinstance(segments, str):
            found = Beside(*self._named(segments, folder, about, expansions.calls))
        elif segments is None:
            names = self._names_beside(info.path, folder)
            found = self.beside(info.path, folder, about=about, counted=expansions.calls, names=names)
        else:
            found = Beside()
        calls = found.calls
        says = calls.time_expansion if calls is not None else None
        if says is None:  # the calls are another program's, or nobody wants any: the sound is as slow as before
            says = self.expansion_beside(info.path, folder, names)
        claims = claims_of(info.file_rate, info.metadata, given=expansions.recording, segments=says)
        time_expansion, doubt = decide(claims, file_rate=info.file_rate, name=info.name)
        notice = info.notice
        if notice and time_expansion > 1:  # it counts seconds
            notice = self._recording(self.resolve(path, folder, AUDIO), path).notice(time_expansion)
        info = info.expanded(time_expansion, " ".join(filter(None, [notice, found.notice, doubt])))
        if calls is not None:
            calls = rescaled(calls, counted=counted_by(calls, expansions.calls), time_expansion=info.time_expansion)
        return info, calls

    def beside(
        self,
        path: str,
        folder: str = "",
        *,
        about: About,
        counted: int | None = None,
        names: FolderNames | None = None,
    ) -> Beside:
        """Return the calls in the first segment file beside a recording that can be read, as they stand there.

        Parameters
        ----------
        path, folder
            As for `describe`, as `describe` has spelled it.
        about : About
            The recording, at its header's rate.
        counted : int or None
            The time expansion that the segment file counts by, where the user says so.
        names : FolderNames, optional
            Those in the recording's folder.
        """
        where = Path(path)

        def read(name: str) -> Segments:
            try:
                return self._read_segments(
                    name, self.fence.resolve(str(where.with_name(name)), folder), about=about, counted=counted
                )
            except FileNotFoundError:
                raise
            except OSError as error:
                raise _explained(error, name, name) from error

        return read_beside(sidecars(where.name, names or self._names_beside(path, folder)), read)

    def names_in(self, parent: str, folder: str = "") -> FolderNames:
        """Return the names in a folder below the root."""
        return FolderNames(entry.name for entry in self.fence.resolve(parent, folder).iterdir())

    def _names_beside(self, path: str, folder: str) -> FolderNames:
        """Return the names in a recording's folder; those to try, where it may be entered and not be listed."""
        try:
            return self.names_in(str(Path(path).parent), folder)
        except OSError:
            return FolderNames(sidecar_names(Path(path).name))

    def _named(self, segments: str, folder: str, about: About, counted: int | None) -> Segments:
        """Return the calls in a segment file that the user named."""
        name = self.fence.spelled(segments, folder)
        real = self.resolve(name, folder, ENDINGS)
        try:
            return self._read_segments(name, real, about=about, counted=counted)
        except FileNotFoundError:
            raise RecordingError(f"There is no segment file {segments!r}: is the name right?", code="missing") from None
        except RecordingError as error:
            raise RecordingError(
                f"{str(error).rstrip('.')}. To open {Path(about.name).name} without it, say calls=False",
                code=error.code,
            ) from error

    def _read_segments(self, name: str, real: Path, *, about: About, counted: int | None) -> Segments:
        """Return the calls of a recording as they stand in the segment file at `real`, which people know as `name`.

        What BatDetect2's CSV is corrected by stands only in the JSON that BatDetect2 writes beside it.
        """
        data = self.segment_file(real)
        if Path(name).name.lower() in NAMES:
            data = self._table_of(data).part(about.name)
        says = self.time_expansion_in(real.with_suffix(".json"), about.name) if is_table(data) else None
        factor = counted or says or 1
        rate, duration = (about.sample_rate or 0) * factor, (about.duration or 0.0) / factor
        found = read_segments(name, data, about._replace(sample_rate=rate, duration=duration))
        calls = Calls(found.calls, time_expansion=says) if says else found.calls
        check_frequencies(calls, name, file_rate=about.sample_rate or 0, given=counted)
        return Segments(calls, found.notice)

    def expansion_beside(self, path: str, folder: str = "", names: FolderNames | None = None) -> int | None:
        """Return the time expansion that BatDetect2's file beside a recording says, whichever calls are taken."""
        where = Path(path)
        with contextlib.suppress(OSError, RecordingError):  # a link out of the root
            for name in sidecars(where.name, names or self._names_beside(path, folder)):
                if name.lower().endswith(".json"):
                    says = self.time_expansion_in(self.fence.resolve(str(where.with_name(name)), folder), path)
                    if says is not None:
                        return says
        return None

    def time_expansion_in(self, real: Path, recording: str) -> int | None:
        """Return the time expansion that BatDetect2's file at `real` says of a recording; None if it says none."""
        with contextlib.suppress(OSError, RecordingError):
            data = self.segment_file(real)
            if MARK in data:
                return read_segments(real.name, data, About(recording)).calls.time_expansion
        return None

    def reader(self, request: Window, path: str, folder: str = "") -> tuple[Read, int]:
        """Return what reads the samples of a request, all at once or block by block, and the animal's rate in Hz.

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
        sample_rate = recording.sound.samplerate * request.time_expansion
        if isinstance(request, SpectrogramRequest) and request.pool > 1:
            return partial(recording.read, channel=request.channel), sample_rate
        expansion = request.time_expansion
        return partial(recording.read_alive, channel=request.channel, time_expansion=expansion), sample_rate

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
