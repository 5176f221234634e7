"""Everything that this package raises on purpose.

    BattycodaError
    ├── RecordingError   a sound file or its segment file: missing, unreadable, not what was asked for
    ├── RequestError     a question that cannot be answered: out of range, too large, contradictory
    └── ClusterError     no server, no worker, or an answer that cannot be trusted

A message is one sentence or two for the person who asked: what is wrong, with the value, and what to do.
Python, the widget and the terminal all show that same sentence.
"""

from __future__ import annotations


class BattycodaError(Exception):
    """Base of all errors of this package."""


class RecordingError(BattycodaError):
    """A recording or its segment file is missing, unreadable, or not the one that was asked for."""


class RequestError(BattycodaError, ValueError):
    """A request that cannot be answered as it stands, and would not be if it were tried again."""


class ClusterError(BattycodaError):
    """The server or the workers are not there, or sent something that cannot be trusted."""
