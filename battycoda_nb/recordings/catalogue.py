"""Catalogue of the recordings below a worker's root: listed by name, found by content."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import soundfile

from battycoda_nb.annotations.formats.entry import About
from battycoda_nb.errors import RecordingError
from battycoda_nb.signal.requests import Window
from battycoda_nb.signal.stft import Read

from .archive import Archive
from .metadata import Metadata, read_metadata
from .names import FolderNames
from .sidecars import sidecars
from .sound_file import AUDIO, Identity, nothing_to_read, notice_of, sampled_hash, why_unreadable
from .sources import source_of
from .time_expansion import AS_THE_FILES_SAY, Expansions, claims_of, decide

MAX_LISTED = 10_000
_UNNAMEABLE = {
    "problem": "Its name has bytes that are no text (shown as \\x..), so it cannot be asked for: rename it",
    "nameable": False,
}


class _Beside(NamedTuple):
    """What a list keeps of a recording's segment file."""

    calls: int | None = None
    time_expansion: int | None = None  # that it says, or BatDetect2's file
    notice: str = ""


class Catalogue:
    """The recordings that an archive's worker can read.

    Notes
    -----
    For one thread, as the archive is. A file is read again only after it has changed.
    """

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self._headers: dict[Identity, dict[str, Any]] = {}
        self._counts: dict[tuple[tuple[Identity | None, ...], About, int | None], _Beside] = {}
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
        beside: dict[str, FolderNames] = {}
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
        self, name: str, real: Path, folder: str, beside: dict[str, FolderNames], expansions: Expansions
    ) -> dict[str, Any]:
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
            found = self._beside(name, folder, beside, header, expansions.calls)
            facts: dict[str, Any] = {"calls": found.calls}
        except (OSError, RecordingError) as error:
            found, facts = _Beside(), {"problem": str(error)}
        metadata = Metadata.from_json(header.get("metadata", {}))
        claims = claims_of(header["sample_rate"], metadata, given=expansions.recording, segments=found.time_expansion)
        time_expansion, doubt = decide(claims, file_rate=header["sample_rate"], name=name)
        if time_expansion > 1 and "notice" in header:  # it counts seconds
            header = self._header(name, real, known, time_expansion)
        if notice := " ".join(filter(None, [header.get("notice"), found.notice, doubt])):
            facts["notice"] = notice
        facts |= {"sample_rate": header["sample_rate"] * time_expansion, "time_expansion": time_expansion}
        return {**header, **facts}

    def _beside(
        self, name: str, folder: str, names: dict[str, FolderNames], header: dict[str, Any], counted: int | None
    ) -> _Beside:
        """Return how many calls the segment file beside a recording has, as `Archive.beside` finds it.

        `names` keeps those in each folder, which is read once for thousands of files in it.
        """
        archive, path = self.archive, Path(name)
        parent = str(path.parent)
        if parent not in names:
            names[parent] = archive.names_in(parent, folder)
        found = sidecars(path.name, names[parent])
        if not found:
            return _Beside()
        reals = [archive.fence.named(str(path.with_name(other)), folder) for other in found]
        identities = tuple(Identity.of(real.stat()) if real.exists() else None for real in reals)
        whole = str(archive.fence.named(name, folder)) if archive.fence.own else name
        about = About(whole, header["sample_rate"], header["frames"] / header["sample_rate"])
        known = identities, about, counted
        if known not in self._counts:
            read = archive.beside(name, folder, about=about, counted=counted, names=names[parent])
            expansion = read.calls.time_expansion if read.calls is not None else None
            expansion = expansion or archive.expansion_beside(name, folder, names[parent])
            count = None if read.calls is None else len(read.calls)
            self._counts[known] = _Beside(count, expansion, read.notice)
        return self._counts[known]

    def _header(self, name: str, real: Path, known: Identity, time_expansion: int = 1) -> dict[str, Any]:
        """Return what a file says at its header's rate; a notice in seconds counts them by `time_expansion`."""
        with os.fdopen(self.archive.fence.open(real), "rb") as file:
            source = source_of(file.fileno())
            try:
                source.survey()
                sound, frames = source.sound, source.frames
                metadata = read_metadata(file.fileno()).brief()
                notice = notice_of(source, file.fileno(), known, time_expansion)
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
