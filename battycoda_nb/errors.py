"""Everything that this package raises on purpose.

    BattycodaError
    ├── RecordingError   a sound file or its segment file: missing, unreadable, not what was asked for
    ├── RequestError     a question that cannot be answered: out of range, too large, contradictory
    └── ClusterError     no server, no worker, or an answer that cannot be trusted

A message is one sentence or two for the person who asked: what is wrong, with the value, and what to do.
Python, the widget and the terminal all show that same sentence. A `code` stands beside it for programs, also where the
error has crossed the broker: a sentence may be reworded, and nothing of ours reads its words.
"""

from __future__ import annotations

from typing import ClassVar

CODES = {
    # of a recording
    "missing": "there is no such file, folder, call or channel",
    "changed": "the file is another one than when it was opened: open it again",
    "mismatch": "the file has another content than the hash that came with the question",
    "outside": "the name leads out of the folder that may be read",
    "misnamed": "the name cannot be a file's",
    "unreadable": "the file cannot be read, or not be drawn",
    # of a question
    "invalid": "the question contradicts itself, or breaks a rule",
    "too-large": "the answer would need more memory or time than there is",
    "worn-out": "each attempt ended its worker",
    # of the cluster
    "no-server": "no server answers, or it lets nobody in",
    "no-worker": "no worker is there for it",
    "version": "the workers there do not understand this version",
    "closed": "the client was closed, or belongs to another process",
    "dropped": "nobody wanted it any more",
    "failed": "it failed in a way that nobody foresaw, or an answer cannot be trusted",
}


class BattycodaError(Exception):
    """Base of all errors of this package.

    Parameters
    ----------
    message : str
        The sentence for the person who asked.
    code : str, optional
        What is wrong, for programs: one of `CODES`; by default what its class stands for.

    Raises
    ------
    ValueError
        If there is no such code.

    Examples
    --------
    >>> error = RecordingError("There is no file 'night1.wav': is the name right?", code="missing")
    >>> error.code, str(error)
    ('missing', "There is no file 'night1.wav': is the name right?")
    >>> RecordingError("night1.wav is empty (0 bytes)").code
    'unreadable'
    """

    default_code: ClassVar[str] = "failed"

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = self.default_code if code is None else code
        if self.code not in CODES:
            raise ValueError(f"code={self.code!r} is none of {', '.join(CODES)}")


class RecordingError(BattycodaError):
    """A recording or its segment file is missing, unreadable, or not the one that was asked for."""

    default_code = "unreadable"


class RequestError(BattycodaError, ValueError):
    """A request that cannot be answered as it stands, and would not be if it were tried again."""

    default_code = "invalid"


class ClusterError(BattycodaError):
    """The server or the workers are not there, or sent something that cannot be trusted."""
