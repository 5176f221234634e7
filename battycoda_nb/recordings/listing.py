"""Listing: a site's recordings as a notebook sees them."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from battycoda_nb.errors import ClusterError, RecordingError
from battycoda_nb.formatting import as_html_table, as_text_table

from .metadata import Metadata

_SHOWN = 200
_NOTE_SHOWN = 60  # letters
_FROM_METADATA: dict[str, Callable[[Metadata], str]] = {  # columns that are there where a file has something for them
    "recorded": lambda metadata: metadata.timestamp.isoformat(" ", "seconds") if metadata.timestamp else "",
    "position": lambda metadata: "{:.5f}, {:.5f}".format(*metadata.position) if metadata.position else "",
    "recorder": lambda metadata: " ".join(filter(None, [metadata.make, metadata.model])),
    "species": lambda metadata: metadata.species,
    "note": lambda metadata: textwrap.shorten(metadata.note, _NOTE_SHOWN, placeholder=" …"),
}


@dataclass(frozen=True)
class Listed:
    """One recording of a list.

    Attributes
    ----------
    site, path : str
        Where it lies.
    sample_rate, channels, frames, size : int
        Hz, the animal's; number of channels; samples a channel; bytes. 0 where the file could not be read.
    calls : int or None
        How many calls the segment file beside it has; None if there is none.
    problem : str
        Why it, or its segment file, could not be read.
    notice : str
        What else one should know: that the file is cut short, or still being written.
    nameable : bool
        Whether `Client.open` can be asked for it.
    time_expansion : int
        How many times slower than the animal's the sound in the file is.
    metadata : Metadata
        When, where and with what it was recorded, by the file itself; without the keys that nothing here knows.
    """

    site: str
    path: str
    sample_rate: int = 0
    channels: int = 0
    frames: int = 0
    size: int = 0
    calls: int | None = None
    problem: str = ""
    notice: str = ""
    nameable: bool = True
    time_expansion: int = 1
    metadata: Metadata = field(default_factory=Metadata)

    @property
    def name(self) -> str:
        """Name that `Client.open` takes."""
        return f"{self.site}:{self.path}" if self.site else self.path

    @property
    def duration(self) -> float:
        """s."""
        return self.frames / self.sample_rate if self.sample_rate else 0.0


class Listing(Sequence[Listed]):
    """Recordings by name; shows itself as a table.

    Attributes
    ----------
    more : bool
        There are more files than a list holds: use a narrower pattern.
    literal : bool
        What was asked for is no pattern, but the name of this one file.

    Examples
    --------
    >>> listing = Listing([Listed("attic", "a.wav", 250_000, 1, 500_000, calls=42)])
    >>> listing
    recording    kHz  channels  duration (s)  calls
    attic:a.wav  250  1         2.00          42
    >>> listing[0].name, listing[0].duration
    ('attic:a.wav', 2.0)
    """

    def __init__(self, entries: Sequence[Listed], *, more: bool = False, literal: bool = False) -> None:
        self._entries, self.more, self.literal = tuple(entries), more, literal

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> Listed: ...
    @overload
    def __getitem__(self, index: slice) -> Listing: ...
    def __getitem__(self, index: int | slice) -> Listed | Listing:
        return Listing(self._entries[index], more=self.more) if isinstance(index, slice) else self._entries[index]

    def _table(self) -> list[list[str]]:
        shown = self._entries[:_SHOWN]
        known = [name for name in _FROM_METADATA if any(_FROM_METADATA[name](entry.metadata) for entry in shown)]
        rows = [["recording", "kHz", "channels", "duration (s)", "calls", *known, ""]]
        for entry in shown:
            slower = f" ({entry.time_expansion}x expanded)" if entry.time_expansion > 1 else ""
            facts = [f"{entry.sample_rate / 1e3:g}{slower}", str(entry.channels), f"{entry.duration:.2f}"]
            calls = "none" if entry.calls is None else str(entry.calls)
            more = [_FROM_METADATA[name](entry.metadata) for name in known]
            facts = facts if entry.sample_rate else [""] * 3
            rows.append([entry.name, *facts, calls, *more, entry.problem or entry.notice])
        hidden = len(self) - _SHOWN
        if hidden > 0 or self.more:
            rest = f"and {hidden} more" if not self.more else "and more than a list holds: use a narrower pattern"
            rows.append([f"… {rest}", *[""] * (len(rows[0]) - 1)])
        return rows

    def __repr__(self) -> str:
        return as_text_table(self._table())

    def _repr_html_(self) -> str:
        return as_html_table(self._table())


def read_listing(site: str, blob: bytes) -> Listing:
    """Return the list in a worker's answer, which is not trusted.

    Raises
    ------
    ClusterError
        If it is not one.
    """
    kinds = {"path": str, "sample_rate": int, "channels": int, "frames": int, "size": int, "time_expansion": int}
    kinds |= {"problem": str, "notice": str, "nameable": bool}
    kinds["calls"] = int | None  # type: ignore[assignment]
    try:
        answer = json.loads(blob)
        entries = [
            Listed(
                site,
                **{name: _of(kind, entry[name]) for name, kind in kinds.items() if name in entry},
                metadata=Metadata.from_json(entry.get("metadata", {})),
            )
            for entry in answer["entries"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecordingError) as error:
        raise ClusterError(f"The worker's list cannot be read ({error}): is it of the same version?") from error
    return Listing(entries, more=answer.get("more") is True, literal=answer.get("literal") is True)


def _of(kind: Any, value: Any) -> Any:
    if not isinstance(value, kind) or (isinstance(value, int) and not 0 <= value < 2**53):
        raise TypeError(f"{str(value)[:40]!r} is not {kind}")
    return value
