"""Records of work and of workers as JSON: one process writes them, and another that reads them trusts none of it."""

from __future__ import annotations

import json
from dataclasses import asdict, astuple, dataclass, field
from typing import Any

from battycoda_nb.errors import CODES, BattycodaError, ClusterError, RecordingError, RequestError

_ERRORS: dict[str, type[BattycodaError]] = {
    error.__name__: error for error in (RecordingError, RequestError, ClusterError)
}


@dataclass(frozen=True)
class Job:
    """A piece of work as people and a second attempt need it.

    Attributes
    ----------
    what : str
        Such as "night1.wav, channel 1, 3.204 to 3.230 s".
    site, worker : str
        Whose it is; who does or did it.
    task, arguments
        What to send again.
    when : float
        s since the epoch: begun, or failed.
    """

    what: str = ""
    site: str = ""
    worker: str = ""
    task: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    when: float = 0.0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, value: object) -> Job:
        """Return work as another process described it; what is not of the right type is left out."""
        kinds: dict[str, Any] = {**dict.fromkeys(("what", "site", "worker", "task"), str), "arguments": dict}
        kinds["when"] = (int, float)
        known = value if isinstance(value, dict) else {}
        return cls(**{name: known[name] for name, kind in kinds.items() if isinstance(known.get(name), kind)})


@dataclass(frozen=True)
class Process:
    """A process that becomes a worker."""

    site: str
    protocol: int
    host: str
    pid: int

    def to_json(self) -> str:
        return json.dumps(astuple(self))

    @classmethod
    def read(cls, content: bytes) -> Process:
        """Return a process as somebody announced it; what is not of the right type is left empty."""
        try:
            site, understood, host, pid = _parsed(content)
        except (ValueError, TypeError):
            return cls("", 0, "", 0)
        return cls(
            site if isinstance(site, str) else "",
            understood if type(understood) is int else 0,
            host if isinstance(host, str) else "",
            pid if type(pid) is int else 0,
        )


@dataclass(frozen=True)
class Failure:
    """Why a task gave no result: the error's class, its sentence and its code, and what the task was."""

    kind: str
    message: str
    traceback: str = ""
    job: Job = Job()
    code: str = ""

    def error(self) -> BattycodaError:
        """Return the exception that the worker raised, or a `ClusterError` where that is not one of ours.

        A code that is not known here is replaced by the one that the class stands for.
        """
        return _ERRORS.get(self.kind, ClusterError)(self.message, code=self.code if self.code in CODES else None)

    def to_json(self) -> str:
        return json.dumps([self.kind, self.message, self.traceback, asdict(self.job), self.code])

    @classmethod
    def read(cls, content: bytes) -> Failure:
        """Return a failure as another process wrote it, or the one that its reason cannot be read."""
        try:
            kind, message, traceback, job, code = _parsed(content)
        except (ValueError, TypeError):
            return cls("ClusterError", "The worker failed and its reason could not be read")
        return cls(str(kind), str(message), str(traceback), Job.read(job), code if isinstance(code, str) else "")


def read_object(content: bytes | None) -> dict[str, Any]:
    """Return a JSON object that somebody else wrote; an empty one if it is not that."""
    try:
        value = _parsed(content or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _parsed(content: bytes) -> Any:
    """Return JSON that somebody else wrote; raise ValueError, also for what is nested too deep."""
    try:
        return json.loads(content, parse_int=_number, parse_float=_number, parse_constant=lambda _: None)
    except RecursionError as error:
        raise ValueError(str(error)) from error


def _number(text: str) -> float | int | None:
    """Return a number that can be reckoned with: JSON has some that no float holds, and Python's some that are none."""
    value = float(text)
    if not abs(value) < 1e15:
        return None
    return int(text) if text.lstrip("-").isdigit() else value
