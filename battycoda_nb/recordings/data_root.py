"""The fence around a data root: a worker opens regular files below it, whatever a path says.

A path is resolved first and then walked from the root folder without following a single link, so that a link or a
folder that is swapped in between cannot lead out.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from battycoda_nb.errors import RecordingError

from .names import matching, spelled_in

# O_NONBLOCK: opening a pipe or a device that somebody put there must not hang the worker.
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK

_NO_NAME = ("Cc", "Cs")  # control characters, and the lone surrogates that stand for bytes which are no text


def has_odd_bytes(name: str) -> bool:
    """Return whether a name holds what no name should."""
    return any(unicodedata.category(letter) in _NO_NAME for letter in name)


def readable(name: str) -> str:
    """Return a name as it can be shown and sent: what `has_odd_bytes` finds is written as an escape."""
    return "".join(_escape(letter) if unicodedata.category(letter) in _NO_NAME else letter for letter in name)


def _escape(letter: str) -> str:
    code = ord(letter)
    # A byte that is no text stands as a surrogate from U+DC80 on (PEP 383).
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else ascii(letter)[1:-1]


def is_inside(name: str) -> bool:
    """Return whether a name or pattern, by its words alone, stays below the folder that it is relative to."""
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def _at_home(name: str) -> Path:
    """Return a path with ``~`` replaced, where that is the home of somebody."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        return Path(name)


def is_a_folder(name: str) -> str:
    """Return the sentence for a folder that was named where a file is wanted."""
    return f"{name!r} is not a regular file but a folder: {name + '/'!r}, with its slash, opens what lies in it as one"


class Fence:
    """The files below a root; or, for a worker of the user's own, whatever the user may read.

    Parameters
    ----------
    root : Path or None
        Nothing outside is opened. None: no root.
    own : bool
        The worker belongs to the notebook that asks: relative names are relative to its folder, and absolute ones
        are allowed (within `root`, if there is one). Otherwise names are relative to `root`.
    """

    def __init__(self, root: Path | None, *, own: bool = False) -> None:
        self.root = root.resolve() if root else None
        self.own = own

    def resolve(self, path: str, folder: str = "") -> Path:
        """Return the real path of a name, which need not exist, or a `RecordingError` if it lies outside."""
        if not path or len(path) > 4096 or has_odd_bytes(path):
            raise RecordingError(
                f"{path[:80]!a} is not the name of a file: it is empty, too long, or has odd bytes", code="misnamed"
            )
        if not self.own and not is_inside(path):
            raise RecordingError(
                f"{path!r} must be a name relative to the worker's data root, without '..'", code="outside"
            )
        try:
            real = self.named(path, folder).resolve()
        except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name that is too long
            raise RecordingError(f"{path!r} cannot be followed to a file: {error}", code="misnamed") from error
        if self.root and not real.is_relative_to(self.root):
            raise RecordingError(f"{path!r} lies outside the worker's data root, so it is not opened", code="outside")
        return real

    def named(self, path: str, folder: str = "") -> Path:
        """Return where a name points to by its words alone, links not followed."""
        return Path(folder, _at_home(path)) if self.own else Path(self.root or "", path)

    def spelled(self, path: str, folder: str = "") -> str:
        """Return a name in the spelling of the file that is there; one that fits nothing is given back as it is."""
        if not self.own and not is_inside(path):
            return path
        known, parts = Path(), Path(path).parts
        try:
            for number, part in enumerate(parts):
                parent = self.named(str(known), folder)
                if not parent.is_dir():  # nothing that follows can be there: 2500 folders are not looked for
                    return str(known.joinpath(*parts[number:]))
                known /= self._spelled_in(parent, part)
        except (OSError, ValueError):  # a folder that may not be looked into; a NUL
            return path
        return str(known)

    def files(
        self, pattern: str, folder: str = "", *, endings: tuple[str, ...] = ("",)
    ) -> Iterator[tuple[str, Path | None]]:
        """Yield name and real path of each regular file that fits a pattern such as ``"2024/**/*.wav"``, by name.

        Only files whose names, in small letters, have one of some endings count.
        ``"2024/"`` stands for the files in that folder, ``"2024/**"`` for those below it. A part of the pattern that
        is the name of something that is there, such as ``"call[1].wav"``, is that name. For a worker of the user's
        own it may be absolute. Hidden files and folders count only where the pattern names them. Links that lead out
        are passed over. A file whose name has odd bytes cannot be asked
        for: it has no real path here, and its name shows them as escapes.

        Raises
        ------
        RecordingError
            If the pattern leads out of the root, begins with a folder that is not there, or names a folder.
        """
        known, rest = self.literal(pattern, folder)
        top = self._top(folder)
        base = top / known
        found = [base]
        if rest:
            if not self.resolve(str(known), folder or str(top)).is_dir():
                raise RecordingError(
                    f"There is no folder {str(known)!r}: is the name right, and is it mounted on the worker?",
                    code="missing",
                )
            try:
                found = matching(base, rest)
            except (ValueError, re.error) as error:
                raise RecordingError(f"pattern={pattern!r} is not one: {error}; such as '2024/**/*.wav'") from error
        parents: dict[Path, Path] = {}  # a folder of thousands is followed to its real path once
        for path in found:
            name = str(path) if known.is_absolute() else path.relative_to(top).as_posix()
            if not name.lower().endswith(endings):
                continue
            try:
                mode = path.lstat().st_mode
                if stat.S_ISLNK(mode):
                    real = self.resolve(name, folder or str(top))
                    mode = real.stat().st_mode
                elif has_odd_bytes(name):
                    real = path
                else:
                    if path.parent not in parents:
                        parents[path.parent] = self.resolve(str(Path(name).parent), folder or str(top))
                    real = parents[path.parent] / path.name
            except (RecordingError, OSError):
                continue
            if stat.S_ISREG(mode):
                yield (readable(name), None) if has_odd_bytes(name) else (name, real)

    def literal(self, pattern: str, folder: str = "") -> tuple[Path, str]:
        """Return the part of a pattern that names one folder or file, and the rest, empty where that is a file."""
        if not pattern or not (self.own or is_inside(pattern)):
            raise RecordingError(f"pattern={pattern!r} must be relative to the data root, without '..'", code="outside")
        whole = _at_home(pattern) if self.own else Path(pattern)
        parts = [*whole.parts] + ["*"] * (pattern.endswith("/") or whole.name == "**")
        known, top = Path(), self._top(folder)
        while parts and (not glob.has_magic(parts[0]) or os.path.lexists(top / known / parts[0])):
            known /= self._spelled_in(top / known, parts.pop(0))
        if ".." in parts:
            raise RecordingError(f"pattern={pattern!r} must not have '..' after a wildcard", code="outside")
        if not parts and (top / known).is_dir():
            raise RecordingError(is_a_folder(pattern))
        return known, "/".join(parts)

    def _spelled_in(self, parent: Path, name: str) -> str:
        """Return `spelled_in`, where a link has not led out of the root: a refusal tells nothing of what lies there."""
        try:
            inside = self.root is None or parent.resolve().is_relative_to(self.root)
        except (OSError, RuntimeError):  # a loop of links
            inside = False
        return spelled_in(parent, name) if inside else name

    def _top(self, folder: str) -> Path:
        """Return where relative names begin."""
        return self.root if self.root and not self.own else Path(folder or self.root or ".")

    def trouble(self) -> str:
        """Return why the root cannot be read, or nothing."""
        if self.root is None:
            return ""
        try:
            with os.scandir(self.root) as entries:
                next(entries, None)
        except OSError as error:
            return f"the data root {self.root.name!r} cannot be read: {error.strerror}"
        return ""

    def facts(self) -> dict[str, str | int]:
        """Return the root's last name, how many entries it has, a digest of their names, and why it cannot be read."""
        trouble = self.trouble()
        names = sorted(entry.name for entry in self.root.iterdir()) if self.root and not trouble else []
        digest = hashlib.blake2b("/".join(names).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
        return {
            "name": self.root.name if self.root else "",
            "entries": len(names),
            "digest": digest,
            "trouble": trouble,
        }

    def open(self, real: Path) -> int:
        """Open a regular file that `resolve` gave, and return its descriptor, which the caller closes.

        Raises
        ------
        FileNotFoundError, OSError
            As the system has it.
        RecordingError
            If it is a folder, device or pipe, or a link was put in its way.
        """
        top = self.root or Path(real.anchor)
        parts = real.relative_to(top).parts
        if not parts:
            raise RecordingError(f"{str(real)!r} is a folder, not a sound file")
        folder = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in parts[:-1]:
                inner = os.open(part, _OPEN | os.O_DIRECTORY, dir_fd=folder)
                os.close(folder)
                folder = inner
            file = os.open(parts[-1], _OPEN, dir_fd=folder)
        finally:
            os.close(folder)
        mode = os.fstat(file).st_mode
        if not stat.S_ISREG(mode):
            os.close(file)
            if stat.S_ISDIR(mode):
                raise RecordingError(is_a_folder(real.name))
            raise RecordingError(f"{real.name!r} is not a regular file, so it is not opened")
        return file
