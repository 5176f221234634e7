"""The kinds of work that workers do on a recording, and one piece of it: what to compute, from which file.

A new kind of work is an entry of `KINDS`, and in `tasks` the function that computes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Any, Generic, TypeVar

from battycoda_nb.errors import RequestError
from battycoda_nb.signal.peak_frequency import PeakRequest, read_peaks
from battycoda_nb.signal.png import read_header
from battycoda_nb.signal.requests import SoundRequest, SpectrogramRequest
from battycoda_nb.signal.wav import read_wav

from . import protocol

SLICE = 4  # calls of one message: a user's request waits for so many at most

Request = SpectrogramRequest | SoundRequest | PeakRequest
R_co = TypeVar("R_co", bound=Request, covariant=True)
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Kind:
    """A kind of work.

    Attributes
    ----------
    task : str
        Name of its Celery task.
    request : type
        What describes one piece of it; its digest names the result.
    check : callable
        Raises a `ClusterError` if the bytes that came are no result of the request: ``check(blob, request=request)``.
    words : str
        What stands before the recording's name where people read of it.
    """

    task: str
    request: type[Request]
    check: Callable[..., object]
    words: str = ""


SPECTROGRAM = Kind("battycoda.spectrogram", SpectrogramRequest, read_header)
SOUND = Kind("battycoda.sound", SoundRequest, read_wav, words="sound of ")
PEAKS = Kind("battycoda.peaks", PeakRequest, read_peaks, words="peak frequencies of ")

KINDS = {kind.task: kind for kind in (SPECTROGRAM, SOUND, PEAKS)}
_BY_REQUEST: dict[type, Kind] = {kind.request: kind for kind in KINDS.values()}


@dataclass(frozen=True)
class Location:
    """Where a recording lies, as a hint for the worker: it checks that the file has the content that is asked for.

    Attributes
    ----------
    site : str
        Whose workers can read it; empty for workers without a site.
    path : str
        Below the workers' root, or absolute for a worker of the user's own.
    folder : str
        Where a relative path begins, for a worker of the user's own.
    size : int or None
        Bytes of the file when it was opened, if they are known.
    call, window : int or None
        The step that the work is about, from 0; for people, in the status and in Flower.
    """

    site: str
    path: str
    folder: str = ""
    size: int | None = None
    call: int | None = None
    window: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The fields that say something, as a JSON object, as they cross the broker."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, value: object) -> Location:
        """The location in a JSON object, which is not trusted; what it holds beside is passed over.

        Raises
        ------
        RequestError
            If it does not say where a recording lies.
        """
        fields = value if isinstance(value, dict) else {}
        path, folder, size = fields.get("path"), fields.get("folder", ""), fields.get("size")
        if not (isinstance(path, str) and isinstance(folder, str) and isinstance(size, int | None)):
            raise RequestError("The hint of where the recording lies must be a path, a folder, and a size in bytes")
        site, steps = fields.get("site"), [fields.get(unit) for unit in ("call", "window")]
        call, window = (step if isinstance(step, int) else None for step in steps)
        return cls(site if isinstance(site, str) else "", path, folder, size, call, window)


@dataclass(frozen=True)
class Work(Generic[R_co, T_co]):
    """One result that workers can be asked for.

    Attributes
    ----------
    request : SpectrogramRequest, SoundRequest or PeakRequest
        What to compute: all that the result depends on.
    location : Location
        Where the recording lies now.
    read : callable
        Makes of the bytes that come what the user gets.

    Examples
    --------
    >>> request = SpectrogramRequest("0123456789abcdef" * 2, channel=0, start=0, stop=6000)
    >>> work = Work(request, Location("attic", "2024/night1.wav", call=3), bytes)
    >>> str(work), work.kind is SPECTROGRAM
    ('night1.wav, call 4', True)
    >>> Location.from_json(work.arguments()["location"]) == work.location
    True
    """

    request: R_co
    location: Location
    read: Callable[[bytes], T_co]

    @property
    def kind(self) -> Kind:
        return _BY_REQUEST[type(self.request)]

    @property
    def digest(self) -> str:
        """Name of the result, and of the task that a user waits for."""
        return self.request.digest

    @property
    def site(self) -> str:
        """Whose workers can do it."""
        return self.location.site

    def arguments(self) -> dict[str, Any]:
        """What its task is sent."""
        return {"request": self.request.to_json(), "location": self.location.to_json()}

    def item(self) -> dict[str, Any]:
        """The same for a message that carries several pieces of work, of whatever kind."""
        return {"task": self.kind.task, **self.arguments()}

    def check(self, blob: bytes) -> None:
        """Raise a `ClusterError` if these bytes are no result of this request."""
        self.kind.check(blob, request=self.request)

    def __str__(self) -> str:
        return described(self.kind.task, self.arguments())


def slices(items: Sequence[T_co]) -> Iterator[Sequence[T_co]]:
    """Yield pieces of work by the message, as prefetching sends them: `SLICE` in each."""
    return (items[first : first + SLICE] for first in range(0, len(items), SLICE))


def described(task: str, arguments: dict[str, Any]) -> str:
    """What a task is about, in a few words for people: the status, Flower and the logs show it.

    What comes over the broker may be anything, so nothing is taken to be there.
    """
    if task == protocol.TASK_PREFETCH:
        items = arguments.get("items")
        items = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        calls = [described(str(item.get("task")), item) for item in items]
        return f"ahead: {'; '.join(calls)}"[:200]
    if task in KINDS:
        location, request = (arguments.get(name) for name in ("location", "request"))
        location, request = (value if isinstance(value, dict) else {} for value in (location, request))
        channel = request.get("channel")
        parts = [KINDS[task].words + PurePath(str(location.get("path", "?"))).name]
        for unit in ("call", "window"):
            parts += [f"{unit} {step + 1}"] if isinstance(step := location.get(unit), int) else []
        parts += [f"channel {channel + 1}"] if isinstance(channel, int) and channel else []
        return ", ".join(parts)[:200]
    verb = task.rpartition(".")[2]
    subject = next((str(arguments[name]) for name in ("path", "pattern", "hash") if name in arguments), "")
    return f"{verb} {subject}".strip()[:200]
