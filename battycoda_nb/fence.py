"""What a worker may open: regular files below its root, whatever a path says.

A path is resolved first and then walked from the root folder without following a single link, so that a link or a
folder that is swapped in between cannot lead out.
"""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from .errors import RecordingError

# O_NONBLOCK: opening a pipe or a device that somebody put there must not hang the worker.
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK

_NO_NAME = ("Cc", "Cs")  # control characters, and the lone surrogates that stand for bytes which are no text


def has_odd_bytes(name: str) -> bool:
    """Whether a name holds what no name should."""
    return any(unicodedata.category(letter) in _NO_NAME for letter in name)


def is_inside(name: str) -> bool:
    """Whether a name or pattern, by its words alone, stays below the folder that it is relative to."""
    return not Path(name).is_absolute() and ".." not in Path(name).parts


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
        """The real path of a name, which need not exist, or a `RecordingError` if it lies outside."""
        if not path or len(path) > 4096 or has_odd_bytes(path):
            raise RecordingError(f"{path[:80]!a} is not the name of a file: it is empty, too long, or has odd bytes")
        if self.own:
            wanted = Path(folder, path).expanduser()
        elif not is_inside(path):
            raise RecordingError(f"{path!r} must be a name relative to the worker's data root, without '..'")
        else:
            wanted = Path(self.root or "", path)
        try:
            real = wanted.resolve()
        except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name that is too long
            raise RecordingError(f"{path!r} cannot be followed to a file: {error}") from error
        if self.root and not real.is_relative_to(self.root):
            raise RecordingError(f"{path!r} lies outside the worker's data root, so it is not opened")
        return real

    def files(self, pattern: str, folder: str = "") -> Iterator[tuple[str, Path]]:
        """Name and real path of each regular file that fits a pattern such as ``"2024/**/*.wav"``, by name.

        Links that lead out are passed over, and so are names that `resolve` would refuse.
        """
        if not pattern or not is_inside(pattern):
            raise RecordingError(f"pattern={pattern!r} must be relative to the data root, without '..'")
        top = self.root if self.root and not self.own else Path(folder or self.root or ".")
        try:
            found = sorted(top.glob(pattern))
        except (ValueError, NotImplementedError) as error:
            raise RecordingError(f"pattern={pattern!r} is not one: {error}; such as '2024/**/*.wav'") from error
        for path in found:
            name = path.relative_to(top).as_posix()
            try:
                real = self.resolve(name, folder or str(top))
                if real.is_file():
                    yield name, real
            except (RecordingError, OSError):
                continue

    def trouble(self) -> str:
        """Why the root cannot be read, or nothing."""
        if self.root is None:
            return ""
        try:
            with os.scandir(self.root) as entries:
                next(entries, None)
        except OSError as error:
            return f"the data root {self.root.name!r} cannot be read: {error.strerror}"
        return ""

    def facts(self) -> dict[str, str | int]:
        """The root's last name, how many entries it has, a digest of their names, and why it cannot be read."""
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
        """A descriptor of a regular file that `resolve` gave; the caller closes it.

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
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise RecordingError(f"{real.name!r} is not a regular file, so it is not opened")
        return file
