"""Catalogue of the recordings below a worker's root: listed by name, found by content."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import soundfile

from battycoda_nb.annotations.formats.read import read_calls, sidecar_names
from battycoda_nb.errors import RecordingError
from battycoda_nb.signal.requests import Window
from battycoda_nb.signal.stft import Read

from .archive import Archive
from .metadata import read_metadata
from .sound_file import AUDIO, Identity, nothing_to_read, notice_of, sampled_hash, why_unreadable
from .sources import source_of

MAX_LISTED = 10_000
_UNNAMEABLE = {
    "problem": "Its name has bytes that are no text (shown as \\x..), so it cannot be asked for: rename it",
    "nameable": False,
}


class Catalogue:
    """The recordings that an archive's worker can read.

    Notes
    -----
    For one thread, as the archive is. A file is read again only after it has changed.
    """

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self._headers: dict[Identity, dict[str, Any]] = {}
        self._counts: dict[tuple[Identity, str], int] = {}
        self._hashes: dict[Identity, str] = {}

    def listing(self, pattern: str, folder: str = "") -> dict[str, Any]:
        """Return what `Client.recordings` shows of the files that fit a pattern such as ``"2024/**/*.wav"``, by name.

        ``entries`` is a list of objects with path and, where the file can be read, sample_rate (Hz), channels, frames,
        size (bytes), metadata (in brief, where there is any), notice (such as that it is cut short) and calls (a
        number, or null where no segment file lies beside it), else problem (a sentence). Where a file cannot even be
        asked for, nameable is false. ``more`` says that the list ends before the files do, ``literal`` that the pattern
        is the name of one file.
        """
        entries: list[dict[str, Any]] = []
        answer = {"entries": entries, "more": False, "literal": not self.archive.fence.literal(pattern, folder)[1]}
        beside: dict[str, set[str]] = {}
        for name, real in self.archive.fence.files(pattern, folder, endings=AUDIO):
            if len(entries) == MAX_LISTED:
                return {**answer, "more": True}
            entries.append({"path": name, **(self._described(name, real, folder, beside) if real else _UNNAMEABLE)})
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

    def _described(self, name: str, real: Path, folder: str, beside: dict[str, set[str]]) -> dict[str, Any]:
        known = None
        try:
            known = Identity.of(real.stat())
            header = self._headers.get(known) or self._header(name, real, known)
            if not header.get("notice", header.get("problem")):  # those tell how long ago it was written to
                self._headers[known] = header
        except RecordingError as error:
            return {"problem": str(error), **({"size": known.size} if known else {})}
        except (OSError, TypeError, soundfile.LibsndfileError) as error:
            return {"problem": why_unreadable(Path(name).name, known, error)}
        if "problem" in header:
            return header
        try:
            return {**header, "calls": self._count(name, folder, beside)}
        except (OSError, RecordingError) as error:
            return {**header, "problem": str(error)}

    def _count(self, name: str, folder: str, beside: dict[str, set[str]]) -> int | None:
        """Return how many calls the segment file beside a recording has; None if there is none.

        `beside` keeps the names in each folder, so that nine names need not be tried for each of thousands of files.
        """
        fence, path = self.archive.fence, Path(name)
        parent = str(path.parent)
        if parent not in beside:
            with os.scandir(fence.named(parent, folder)) as entries:
                beside[parent] = {entry.name for entry in entries}
        segments = next((other for other in sidecar_names(path.name) if other in beside[parent]), None)
        if segments is None:
            return None
        real = fence.resolve(str(path.with_name(segments)), folder)
        known = Identity.of(real.stat()), path.name
        if known not in self._counts:
            self._counts[known] = len(read_calls(segments, self.archive.segment_file(real), path.name))
        return self._counts[known]

    def _header(self, name: str, real: Path, known: Identity) -> dict[str, Any]:
        with os.fdopen(self.archive.fence.open(real), "rb") as file:
            source = source_of(file.fileno())
            try:
                source.survey()
                sound, frames = source.sound, source.frames
                metadata = read_metadata(file.fileno()).brief()
                notice = notice_of(source, file.fileno(), known)
            finally:
                source.close()
        if problem := nothing_to_read(source, Path(name).name, known):
            return {"size": known.size, "problem": problem}
        counts = {"sample_rate": sound.samplerate, "channels": sound.channels, "frames": frames}
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
