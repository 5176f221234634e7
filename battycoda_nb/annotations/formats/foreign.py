"""Files of programs that are known but not read: each is refused with what to export there instead."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import NamedTuple

from battycoda_nb.errors import RecordingError

from .cells import NUMBER

_HEAD = 4096  # bytes or characters that tell what a file is


class _Program(NamedTuple):
    """A program by its files' endings or by what they begin with, and what to do with them."""

    endings: tuple[str, ...]
    beginning: re.Pattern[bytes]
    what: str
    advice: str


_PROGRAMS = (
    _Program(
        (".xlsx", ".xls", ".xlsm", ".ods"),
        re.compile(rb"PK\x03\x04|\xd0\xcf\x11\xe0"),
        "is a spreadsheet",
        "save the sheet with the calls as CSV (in Excel: CSV UTF-8)",
    ),
    _Program(
        (".svl", ".sv"),
        re.compile(rb"(?s).{0,200}<!DOCTYPE sonic-visualiser|BZh[1-9]1AY&SY"),
        "is of Sonic Visualiser",
        "export the layer as CSV there, and name its columns onset, value, duration, label in a first row",
    ),
    _Program(
        (".data",),
        re.compile(rb'(?s)\s*\[\s*(?:\{(?=[^}]{0,2000}"(?:Operator|Reviewer)")|\[[^\[\]{}]{1,200}\[\s*\{\s*"species")'),
        "is of AviaNZ",
        "write its segments as CSV with columns onset, offset and label (its Excel output has them)",
    ),
    _Program(
        (".boris",),
        re.compile(rb'(?s)\s*\{(?=.{0,4000}"(?:project_format_version|behaviors_conf|subjects_conf)")'),
        "is a project of BORIS",
        "export its aggregated events as CSV",
    ),
    _Program((), re.compile(rb"ooBinaryFile"), "is a binary file of Praat", "save the TextGrid as a text file"),
)
ENDINGS = tuple(ending for program in _PROGRAMS for ending in program.endings)

_BORIS_EVENTS = re.compile(r'"?observation id"?[,;\t](?!.*start \(s\))', re.IGNORECASE)


def refuse(name: str, data: bytes) -> None:
    """Raise the RecordingError for a file that is known by its name, or by how it begins."""
    ending, head = PurePosixPath(name).suffix.lower(), data[:_HEAD].removeprefix(b"\xef\xbb\xbf")
    for program in _PROGRAMS:
        if ending in program.endings or program.beginning.match(head):
            raise RecordingError(f"{name} {program.what}, which is not read; {program.advice}")


def refuse_text(name: str, text: str) -> None:
    """Raise the RecordingError for a table that is known by its first row."""
    first = text[:_HEAD].lstrip("\ufeff\r\n").partition("\n")[0].strip()
    if _BORIS_EVENTS.match(first):
        raise RecordingError(
            f"{name} has single events of BORIS, which have no end; export its aggregated events as CSV"
        )
    cells = [cell.strip() for cell in re.split(r"[\t,;]", first)]
    if len(cells) > 1 and NUMBER.fullmatch(cells[0]):
        raise RecordingError(
            f"{name} has no header, as the layers that Sonic Visualiser exports; name its columns in a first row, such "
            "as onset, value, duration, label"
        )
    if first.startswith("<"):
        raise RecordingError(f"{name} is XML, which is not read; export the calls as CSV")
