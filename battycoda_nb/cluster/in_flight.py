"""A piece of work that somebody in this process waits for, and when its message can be taken for lost."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from battycoda_nb.errors import ClusterError

from . import protocol
from .pending import Pending
from .records import Failure

log = logging.getLogger(__name__)

LOOK_AFTER = 1.0  # s until a result that has not been announced is looked for, and its message if that is lost
SEND_AGAIN_AFTER = 5.0  # s until it is sent again though its queue is not empty; twice as long each time

Check = Callable[[bytes], object]


@dataclass
class Entry:
    """One piece of work that somebody here waits for."""

    task: str
    arguments: dict[str, Any]
    check: Check | None
    pendings: list[Pending[Any]]
    urgent: bool
    site: str = ""  # whose workers can do it
    late: bool = False  # after what is wanted ahead, as a preparation is
    owners: dict[str, Pending[Any]] = field(default_factory=dict)  # who wants it ahead
    asked: float = field(default_factory=time.monotonic)
    sent: float | None = None
    looked: float = field(default_factory=time.monotonic)
    times_sent: int = 0
    message: str = ""  # the task that carries it now; a slice is one for several
    failed: Failure | None = None  # as it was known before it was asked for anew

    @property
    def queue(self) -> str:
        return protocol.queues(self.site)[0 if self.urgent else 2 if self.late else 1]

    def refusal(self, blob: bytes) -> ClusterError | None:
        """Return why a result is none, if it is not. Never raises: who waits would not be told."""
        if self.check is None:
            return None
        try:
            self.check(blob)
        except ClusterError as error:
            return error
        except Exception as error:  # what comes is not trusted, and costs itself alone
            log.exception("The check of an answer met what it was not made for")
            return ClusterError(f"The answer cannot be read ({type(error).__name__}: {error}): ask again")
        return None


def is_lost(entry: Entry, now: float, queue_empty: bool) -> bool:
    """Whether a message can be taken for lost, or for stuck, though nobody said so."""
    if entry.sent is None:
        return True
    age = now - entry.sent
    return age >= (LOOK_AFTER if queue_empty else SEND_AGAIN_AFTER * 2 ** min(entry.times_sent - 1, 4))
