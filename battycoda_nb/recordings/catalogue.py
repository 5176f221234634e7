"""Catalogue of the recordings below a worker's root: listed by name, found by content."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import soundfile

from battycoda_nb.annotations.formats.batdetect2 import json_names
from battycoda_nb.annotations.formats.read import sidecar_names
from battycoda_nb.annotations.time_expansion import check_frequencies
from battycoda_nb.errors import RecordingError
from battycoda_nb.signal.requests import Window
from battycoda_nb.signal.stft import Read

from .archive import Archive
from .metadata import Metadata, read_metadata
from .sound_file import AUDIO, Identity, sampled_hash, why_unreadable
from .time_expansion import AS_THE_FILES_SAY, Expansions, claims_of, decide
from .truncation import discrepancy, no_length
from .wav_view import corrected

MAX_LISTED = 10_000
_UNNAMEABLE = {
    "problem": "Its name has bytes that are no text (shown as \\x..), so it cannot be asked for: rename it",
    "nameable": False,
}


class _Segments(NamedTuple):
    calls: int
    time_expansion: int | None  # that the file says


class Catalogue:
    """The recordings that an archive's worker can read.

    Notes
    -----
    For one thread, as the archive is. A file is read again only after it has changed.
    """

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self._headers: dict[Identity, dict[str, Any]] = {}
        self._counts: dict[tuple[Identity, str, int, int | None], _Segments] = {}
        self._expansions: dict[Identity, int | None] = {}  # of BatDetect2's files
        self._hashes: dict[Identity, str] = {}

    def listing(self, pattern: str, folder: str = "", expansions: Expansions = AS_THE_FILES_SAY) -> dict[str, Any]:
        """Return what `Client.recordings` shows of the files that fit a pattern such as ``"2024/**/*.wav"``, by name.

        ``entries`` is a list of objects with path and, where the file can be read, sample_rate (Hz, the animal's),
        time_expansion, channels, frames, size (bytes), metadata (in brief, where there is any), notice (such as that it
        is cut short) and calls (a number, or null where no segment file lies beside it), else problem (a sentence).
        Where a file cannot even be asked for, nameable is false. ``more`` says that the list ends before the files do,
        ``literal`` that the pattern is the name of one file. `expansions` is what the user says of them all.
        """
        entries: list[dict[str, Any]] = []
        answer = {"entries": entries, "more": False, "literal": not self.archive.fence.literal(pattern, folder)[1]}
        beside: dict[str, set[str]] = {}
        for name, real in self.archive.fence.files(pattern, folder, endings=AUDIO):
            if len(entries) == MAX_LISTED:
                return {**answer, "more": True}
            facts = self._described(name, real, folder, beside, expansions) if real else _UNNAMEABLE
            entries.append({"path": name, **facts})
        return answer

    def find(self, hash: str, size: int | None = None) -> str | None:
        """Return the name of the recording with a content hash, wherever it lies below the root now; None if nowhere.

        `size` in bytes, where it is known, spares the reading of all files of another size.
        """
        fence = self.archive.fence
        if fence.root is None:  # a whole machine is not searched
            return None
        for name, real in fence.files("**/*", str(fence.root), endings=AUDIO):
            if real and self._hash(real, size) == hash:
                return name
        return None

    def reader(self, request: Window, path: str, folder: str = "", size: int | None = None) -> tuple[Read, int]:
        """Return `Archive.reader`, also where the recording has been moved below the root since `path` was true.

        Raises
        ------
        RecordingError
            If it lies nowhere here, or is too short.
        """
        try:
            return self.archive.reader(request, path, folder)
        except RecordingError:
            moved = self.find(request.recording, size)
            if moved is None or moved == path:
                raise
        return self.archive.reader(request, moved, str(self.archive.fence.root))

    def _described(
        self, name: str, real: Path, folder: str, beside: dict[str, set[str]], expansions: Expansions
    ) -> dict[str, Any]:
        known = None
        try:
            known = Identity.of(real.stat())
            header = self._headers.get(known) or self._header(name, real, known)
            if not header.get("notice", header.get("problem")):  # those tell how long ago it was written to
                self._headers[known] = header
        except (OSError, RecordingError, soundfile.LibsndfileError) as error:
            return {"problem": why_unreadable(Path(name).name, known, error)}
        if "problem" in header:
            return header
        segments: int | None = None
        facts: dict[str, Any]
        try:
            found = self._count(name, folder, beside, header["sample_rate"], expansions.calls)
            facts = {"calls": found.calls if found else None}
            segments = found.time_expansion if found else None
        except (OSError, RecordingError) as error:
            facts = {"problem": str(error)}
        segments = segments or self._expansion_beside(name, folder, beside)
        metadata = Metadata.from_json(header.get("metadata", {}))
        claims = claims_of(header["sample_rate"], metadata, given=expansions.recording, segments=segments)
        time_expansion, doubt = decide(claims, file_rate=header["sample_rate"], name=name)
        if time_expansion > 1 and "notice" in header:  # it counts seconds
            header = self._header(name, real, known, time_expansion)
        notice = " ".join(filter(None, [header.get("notice"), doubt]))
        facts |= {"sample_rate": header["sample_rate"] * time_expansion, "time_expansion": time_expansion}
        return {**header, **facts, **({"notice": notice} if notice else {})}

    def _count(
        self, name: str, folder: str, beside: dict[str, set[str]], file_rate: int, counted: int | None
    ) -> _Segments | None:
        """Return how many calls the segment file beside a recording has, and the time expansion that it says.

        Of a recording with `file_rate` by its header, whose segment file counts by the time expansion `counted` where
        the user says so. None if there is no segment file.

        `beside` keeps the names in each folder, so that nine names need not be tried for each of thousands of files.
        """
        fence, path = self.archive.fence, Path(name)
        there = self._names_beside(path, folder, beside)
        segments = next((other for other in sidecar_names(path.name) if other in there), None)
        if segments is None:
            return None
        real = fence.resolve(str(path.with_name(segments)), folder)
        known = Identity.of(real.stat()), path.name, file_rate, counted
        if known not in self._counts:
            calls = self.archive.read_segments(segments, real, path.name)
            check_frequencies(calls, segments, file_rate=file_rate, given=counted)
            self._counts[known] = _Segments(len(calls), calls.time_expansion)
        return self._counts[known]

    def _expansion_beside(self, name: str, folder: str, beside: dict[str, set[str]]) -> int | None:
        """Return the time expansion that BatDetect2's file beside a recording says, if there is one."""
        path = Path(name)
        try:
            there = self._names_beside(path, folder, beside)
            found = [path.with_name(other) for other in json_names(path.name) if other in there]
            reals = [self.archive.fence.resolve(str(each), folder) for each in found]
            known = [Identity.of(real.stat()) for real in reals]
        except (OSError, RecordingError):
            return None
        for real, identity in zip(reals, known, strict=True):
            if identity not in self._expansions:
                self._expansions[identity] = self.archive.time_expansion_in(real)
        return next(filter(None, map(self._expansions.get, known)), None)

    def _names_beside(self, path: Path, folder: str, beside: dict[str, set[str]]) -> set[str]:
        parent = str(path.parent)
        if parent not in beside:
            with os.scandir(self.archive.fence.named(parent, folder)) as entries:
                beside[parent] = {entry.name for entry in entries}
        return beside[parent]

    def _header(self, name: str, real: Path, known: Identity, time_expansion: int = 1) -> dict[str, Any]:
        """Return what a file says at its header's rate; a notice in seconds counts them by `time_expansion`."""
        with os.fdopen(self.archive.fence.open(real), "rb") as file:
            sound = soundfile.info(corrected(file.fileno()) or file)
            metadata = read_metadata(file.fileno()).brief()
            notice = discrepancy(
                file.fileno(),
                sound.extra_info,
                frames=sound.frames,
                sample_rate=sound.samplerate * time_expansion,
                written=known.written,
            )
        if problem := no_length(Path(name).name, frames=sound.frames, **known.facts):
            return {"size": known.size, "problem": problem}
        counts = {"sample_rate": sound.samplerate, "channels": sound.channels, "frames": sound.frames}
        header = {**counts, "size": known.size, **({"metadata": metadata.to_json()} if metadata else {})}
        return {**header, "notice": notice} if notice else header

    def _hash(self, real: Path, size: int | None) -> str | None:
        try:
            known = Identity.of(real.stat())
            if size is not None and known.size != size:
                return None
            if known not in self._hashes:
                with os.fdopen(self.archive.fence.open(real), "rb") as file:
                    self._hashes[known] = sampled_hash(file.fileno())
        except (OSError, RecordingError):
            return None  # one that cannot be read is not the one
        return self._hashes[known]
