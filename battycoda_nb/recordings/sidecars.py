"""Segment files beside a recording: found by their names, and read; one that cannot be is left aside, with a notice.

Recorders, loggers and people leave files of such names for many reasons: none of them keeps a recording from opening.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from battycoda_nb.annotations.calls import Calls
from battycoda_nb.annotations.formats.entry import Segments, joined
from battycoda_nb.annotations.formats.read import sidecar_names
from battycoda_nb.errors import RecordingError

from .names import FolderNames


class Beside(NamedTuple):
    """What lies beside a recording.

    Attributes
    ----------
    calls : Calls or None
        As they stand in the first file that can be read; None if there is none.
    notice : str
        Why others were left aside, and what to know of how the calls were read; empty if there is nothing.
    """

    calls: Calls | None = None
    notice: str = ""


def sidecars(recording: str, names: FolderNames) -> list[str]:
    """Return which of the names in its folder a recording's segment file may have, the preferred one first."""
    found = (names.beside(name, recording) for name in sidecar_names(recording))
    return list(dict.fromkeys(name for name in found if name))


def read_beside(names: Iterable[str], read: Callable[[str], Segments]) -> Beside:
    """Return the calls in the first of some segment files that can be read.

    Parameters
    ----------
    names : iterable of str
        As `sidecars` gives them.
    read : callable
        Name to calls; a `RecordingError` says why it cannot be read.
    """
    problems: list[str] = []
    for name in names:
        try:
            calls, notice = read(name)
        except FileNotFoundError:  # a link that leads nowhere, or gone by now
            continue
        except RecordingError as error:
            problems.append(str(error).rstrip("."))
            continue
        return Beside(calls, joined(_left_aside(problems, f"the calls are those in {name}"), notice))
    return Beside(None, _left_aside(problems, "no calls were taken; calls=False opens it without looking for any"))


def _left_aside(problems: list[str], instead: str) -> str:
    return f"Left aside: {'. '.join(problems)}. So {instead}." if problems else ""
