"""Journal: a file that only grows, an entry a line, kept for good as soon as it is written."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

from battycoda_nb.errors import RecordingError
from battycoda_nb.files import sync_folder

MAX_BYTES = 2**30  # about five million entries

_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # a pipe is not waited on
_WRITE = _READ | os.O_RDWR | os.O_APPEND


class Journal:
    """One file of JSON entries, to which several processes may append.

    Parameters
    ----------
    path : Path
        It comes to be with the first entry.
    heading : dict
        What is written before the first entry, for who finds the file in ten years.

    Attributes
    ----------
    damaged : int
        Lines that are no entries: passed over, and left as they are.
    problem : str
        What went wrong after an entry was written: a sentence for the user; empty if all is well.

    Notes
    -----
    What `append` returns from is with the operating system, so no end of this process loses it: 0.02 ms on ext4, and
    0.06 ms at most of 400 entries at 30 a second while a thread had the disk take them. That takes 2 ms, up to 20, and
    only a power cut could come between; nobody waits for it. `append` and `flush` may be called from any thread, `read`
    from one at a time.
    """

    def __init__(self, path: Path, heading: dict[str, Any]) -> None:
        self.path, self.heading = path, heading
        self.damaged = 0
        self.problem = ""
        self._place: tuple[int, int, int] | None = None  # device and inode of the file, and how much of it was read
        self._lock = threading.Condition()  # of the four below
        self._descriptor: int | None = None  # open while there is something to sync; only the thread closes it
        self._outdated: list[int] = []  # of files that somebody has moved away since
        self._new = self._dirty = self._syncing = False

    def read(self) -> tuple[list[dict[str, Any]], bool]:
        """Return the entries that are new since the last call, and whether the file is another than then.

        Where it is, the entries are all that it has.

        Raises
        ------
        RecordingError
            If the file is there but cannot be read.
        """
        try:
            descriptor = os.open(self.path, _READ)
        except (FileNotFoundError, NotADirectoryError):
            restarted, self._place = self._place is not None, None
            return [], restarted
        except OSError as error:
            raise self._failed("read", error) from error
        try:
            return self._read(descriptor)
        except OSError as error:
            raise self._failed("read", error) from error
        finally:
            os.close(descriptor)

    def append(self, entry: dict[str, Any]) -> None:
        """Write an entry. `read` returns it, and what others have written meanwhile.

        Raises
        ------
        RecordingError
            If it could not be written: then it is not there.
        """
        try:
            with self._lock:
                self._write(entry)
        except OSError as error:
            raise self._failed("written", error) from error

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until the disk has everything; False if it has not after `timeout` s."""
        with self._lock:
            return self._lock.wait_for(lambda: not self._syncing, timeout)

    def _write(self, entry: dict[str, Any]) -> None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            found = None
            self.path.parent.mkdir(parents=True, exist_ok=True)
        if self._descriptor is not None and not (found and os.path.samestat(found, os.fstat(self._descriptor))):
            self._outdated.append(self._descriptor)
            self._descriptor = None
        if self._descriptor is None:
            descriptor = os.open(self.path, _WRITE | os.O_CREAT, 0o666)
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                raise OSError("it is no regular file")
            self._descriptor = descriptor
        # The line break comes first: behind an entry that a full disk has cut off, this one is still whole. One call,
        # as what others append must not come between.
        data = b"".join(b"\n" + _line(item) for item in ([entry] if found else [self.heading, entry]))
        self._new |= not found
        self._dirty = True
        try:
            if os.write(self._descriptor, data) < len(data):
                raise OSError("the disk is full")
        finally:
            self._start_sync()

    def _start_sync(self) -> None:
        if self._syncing:
            return
        try:
            # No daemon: a process that ends normally ends when the disk has everything.
            threading.Thread(target=self._sync, name="battycoda-journal").start()
        except RuntimeError:  # no more threads, or the interpreter ends: the system itself writes within a minute
            return
        self._syncing = True

    def _read(self, descriptor: int) -> tuple[list[dict[str, Any]], bool]:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError("it is no regular file")
        if found.st_size > MAX_BYTES:
            raise OSError(f"it has more than {MAX_BYTES} bytes")
        before, restarted = self._place, False
        if before is None or before[:2] != (found.st_dev, found.st_ino) or before[2] > found.st_size:
            restarted, before = before is not None, (found.st_dev, found.st_ino, 0)
            self.damaged = 0
        os.lseek(descriptor, before[2], os.SEEK_SET)
        with os.fdopen(os.dup(descriptor), "rb") as file:
            data = file.read(found.st_size - before[2])
        *lines, last = data.split(b"\n")
        entries = [entry for entry in map(self._entry, lines) if entry]
        ending = _parsed(last)  # not yet there as a whole, or for ever torn: the next line break decides
        taken = len(data) if ending else len(data) - len(last)
        self._place = (*before[:2], before[2] + taken)
        return entries + ([ending] if ending else []), restarted

    def _entry(self, line: bytes) -> dict[str, Any] | None:
        entry = _parsed(line)
        if entry is None and line.strip():
            self.damaged += 1
        return entry

    def _sync(self) -> None:
        while True:
            with self._lock:
                done, self._outdated = self._outdated, []
                if self._dirty:
                    descriptor, new = self._descriptor, self._new
                    self._new = self._dirty = False
                else:
                    done += [self._descriptor] if self._descriptor is not None else []
                    descriptor = self._descriptor = None
            self._safe([*done, *([] if descriptor is None else [descriptor])])
            for old in done:
                os.close(old)  # here, as a network drive writes when it closes
            if descriptor is not None and new:
                sync_folder(self.path.parent)
            with self._lock:
                if not self._dirty and self._descriptor is None:
                    self._syncing = False
                    self._lock.notify_all()
                    return

    def _safe(self, descriptors: list[int]) -> None:
        for descriptor in descriptors:
            try:
                os.fsync(descriptor)
            except OSError as error:  # kept for good: the next one may succeed without what this one lost
                self.problem = str(self._failed("kept safe", error))

    def _failed(self, what: str, error: OSError) -> RecordingError:
        reason = error.strerror or error
        return RecordingError(f"{self.path} cannot be {what} ({reason}); make room for it, or see who may write there")


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, allow_nan=False).encode()


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None
