"""A result that has been asked for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future, TimeoutError
from typing import Generic, TypeVar

from battycoda_nb.errors import ClusterError

T = TypeVar("T")
U = TypeVar("U")


class Pending(Generic[T]):
    """What was asked for and may not be there yet.

    Attributes
    ----------
    task_id : str
        Names the work, for `Client.task_status`; for a spectrogram it is the request's digest.

    Notes
    -----
    Any thread may use it. Callbacks run in the client's listening thread and must not wait.

    Examples
    --------
    >>> pending = Pending("0" * 32, bytes.decode)
    >>> pending.state
    'pending'
    >>> pending.resolve(b"an answer")
    >>> pending.state, pending.result()
    ('success', 'an answer')
    """

    def __init__(self, task_id: str, read: Callable[[bytes], T], hurry: Callable[[], object] | None = None) -> None:
        self.task_id = task_id
        self._future: Future[bytes] = Future()
        self._read = read
        self._hurry = hurry

    @property
    def state(self) -> str:
        """``"pending"``, ``"success"``, ``"error"`` or ``"cancelled"``, as far as this process knows; never waits."""
        if not self._future.done():
            return "pending"
        if self._future.cancelled():
            return "cancelled"
        return "error" if self._future.exception() else "success"

    def result(self, timeout: float | None = None) -> T:
        """Wait for the result; what was only being computed ahead is now asked for at once.

        Raises
        ------
        BattycodaError
            What kept the worker from computing it, or that no worker or server is there.
        TimeoutError
            After `timeout` s; the work goes on, and `result` can be called again.
        """
        if self._hurry is not None and not self._future.done():
            self._hurry()
        return self._read(self.blob(timeout))

    def blob(self, timeout: float | None = None) -> bytes:
        """The answer as it came, checked against its request. Waits and raises as `result` does."""
        try:
            return self._future.result(timeout)
        except CancelledError:
            raise ClusterError("This was dropped before it was computed; ask for it again", code="dropped") from None
        except TimeoutError:
            raise TimeoutError(
                f"No result within {timeout:g} s; the work goes on, and result() can be called again"
            ) from None

    def map(self, function: Callable[[T], U]) -> Pending[U]:
        """This answer as another: `function` is applied to the result each time it is read."""
        mapped = Pending(self.task_id, lambda blob: function(self._read(blob)), self._hurry)
        mapped._future = self._future
        return mapped

    def add_done_callback(self, function: Callable[[Pending[T]], object]) -> None:
        """Call `function` with this when it is done; at once if it is."""
        self._future.add_done_callback(lambda _: function(self))

    def error(self) -> BaseException | None:
        """What went wrong, once it is done; None if nothing did or it is not done."""
        return self._future.exception() if self._future.done() and not self._future.cancelled() else None

    def resolve(self, blob: bytes | None, error: BaseException | None = None) -> None:
        """For the client: the answer is here. A second answer changes nothing."""
        if self._future.done() or not self._future.set_running_or_notify_cancel():
            return
        if error is not None:
            self._future.set_exception(error)
        else:
            self._future.set_result(blob or b"")

    def cancel(self) -> None:
        """For the client: nobody waits for this any more."""
        self._future.cancel()
        if self._future.cancelled():
            self._future.set_running_or_notify_cancel()

    def __repr__(self) -> str:
        return f"<Pending {self.task_id}: {self.state}>"
