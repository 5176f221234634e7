"""Small files of a user: written whole or not at all, never over one another by accident."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


def write_whole(path: Path, data: bytes, *, overwrite: bool = True) -> None:
    """Put `data` at `path`: whoever reads there finds the old content or the new, whatever is killed and when.

    A link is followed, and a file that is replaced keeps its permissions.

    Raises
    ------
    FileExistsError
        If `overwrite` is False and there is something at `path`, even if it came there just now.
    OSError
        If it cannot be written; what was there is still there.
    """
    path = Path(os.path.realpath(path))
    aside = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if overwrite:
                with contextlib.suppress(OSError):
                    aside.chmod(stat.S_IMODE(path.stat().st_mode))
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            aside.replace(path)
        else:
            _move_to_unused(aside, path)
    finally:
        aside.unlink(missing_ok=True)
    sync_folder(path.parent)


def move_aside(path: Path) -> Path:
    """Give the file at `path` a name of its own, such as ``views.damaged-2.json``, and return it."""
    number = 1
    while True:
        kept = path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")
        try:
            _move_to_unused(path, kept)
        except FileExistsError:
            number += 1
        else:
            return kept


def sync_folder(folder: Path) -> None:
    """Have a new name in `folder` survive a power cut, where the file system can promise that."""
    with contextlib.suppress(OSError):  # Windows opens no folders, some network drives sync none
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Be alone among the processes that lock `path`; waits. The lock of a process that is killed is free again.

    Where a drive knows no locks, nothing is held: those who use this survive that the last writer wins.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if fcntl is not None:
            with contextlib.suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _move_to_unused(source: Path, target: Path) -> None:
    """Rename `source`; FileExistsError if there is something at `target`."""
    try:
        os.link(source, target)  # unlike a rename, it never replaces
    except FileExistsError:
        raise
    except OSError:  # a memory stick knows no hard links
        if os.path.lexists(target):
            raise FileExistsError(str(target)) from None
        source.rename(target)
    else:
        source.unlink()
