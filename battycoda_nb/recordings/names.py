"""Names of files as people mean them: spelled either way, with an ending in any letters, and without hidden ones."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

# What systems keep of deleted files, and what they add to cards, archives and shares (all others begin with a point).
_NO_RECORDINGS = {
    "$recycle.bin",
    "recycler",
    "recycled",
    "#recycle",
    "@recycle",
    "@eadir",
    "__macosx",
    "lost+found",
    "system volume information",
    "network trash folder",
    "trash",
}


def is_hidden(name: str) -> bool:
    """Return whether a file or folder is hidden or a trash folder: what lies there is no recording.

    macOS leaves ``._a.wav`` beside ``a.wav``, with 4 kB about it.
    """
    return name.startswith(".") or name.casefold() in _NO_RECORDINGS


def plain(name: str) -> str:
    """Return a name as it is compared.

    "ü" is one letter as most people type it, and two in what was copied from a Mac. Recorders write ``.WAV``.
    """
    name = unicodedata.normalize("NFC", name)
    ending = PurePath(name).suffix
    return name.removesuffix(ending) + ending.lower()


def find(name: str, names: Iterable[str]) -> str | None:
    """Return the one of some names that is meant: the same, or else in another spelling, or else with another ending.

    The ending is only that in other letters. None if there is no such name.
    """
    names = list(names)
    if name in names:
        return name
    composed = unicodedata.normalize("NFC", name)
    return next(
        (other for other in names if unicodedata.normalize("NFC", other) == composed),
        next((other for other in names if plain(other) == plain(name)), None),
    )


class FolderNames:
    """The names in a folder of thousands, of which some are looked for many times."""

    def __init__(self, names: Iterable[str]) -> None:
        self._named: dict[str, list[str]] = {}
        for name in sorted(names):
            self._named.setdefault(_folded(name), []).append(name)

    def beside(self, name: str, recording: str) -> str | None:
        """Return the name that is meant as that of a file beside a recording, as `find` does; None if there is none.

        What follows the recording's stem may be in other letters: detectors write ``x.wav.json`` beside ``x.WAV``.
        """
        names = self._named.get(_folded(name))
        if names is None:
            return None
        length = len(unicodedata.normalize("NFC", PurePath(recording).stem))

        def key(text: str) -> str:
            text = unicodedata.normalize("NFC", text)
            return text[:length] + text[length:].casefold()

        return find(name, names) or next((other for other in names if key(other) == key(name)), None)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def spelled_in(folder: Path, name: str) -> str:
    """Return a name in the spelling of what is in a folder; as it is where nothing there is meant."""
    if os.path.lexists(folder / name):
        return name
    try:
        return find(name, sorted(path.name for path in folder.iterdir())) or name
    except (OSError, ValueError):  # the latter: a NUL
        return name


def matching(base: Path, pattern: str) -> list[Path]:
    """Return what fits a pattern below a folder, by name: ``**`` for any folders, ``*``, ``?`` and ``[...]``.

    Hidden files and folders are passed over where the pattern's part does not begin with a point itself, and links to
    folders are not followed by ``**``.

    Raises
    ------
    ValueError
        If ``**`` is joined to other letters.
    """
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    if any("**" in part and part != "**" for part in parts):
        raise ValueError("'**' stands alone between slashes")
    return sorted(set(_below(base, parts)))


def _below(folder: Path, parts: list[str]) -> Iterator[Path]:
    if not parts:
        yield folder
        return
    part, *rest = parts
    if part == "**":
        yield from _below(folder, rest)
        for entry in _entries(folder):
            if not is_hidden(entry.name) and not entry.is_symlink() and _is_folder(entry):
                yield from _below(folder / entry.name, parts)
        return
    wanted = plain(part)
    fits = re.compile(fnmatch.translate(wanted)).match if glob.has_magic(part) else wanted.__eq__
    for entry in _entries(folder):
        if is_hidden(entry.name) and not part.startswith(".") and entry.name != part:
            continue
        if fits(plain(entry.name)) and (not rest or _is_folder(entry)):
            yield from _below(folder / entry.name, rest)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a loop of links
        return False


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (PermissionError, FileNotFoundError, NotADirectoryError):
        return []
