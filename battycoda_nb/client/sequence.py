"""Many recordings as one: a detector's short files, stepped through from the last call of one to the first of the next.

Nothing but the list is read when a sequence is opened; each file is when somebody gets there.
"""

from __future__ import annotations

import threading
import uuid
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal

from battycoda_nb.cluster.pending import Pending
from battycoda_nb.errors import RecordingError, RequestError
from battycoda_nb.formatting import counted
from battycoda_nb.recordings.listing import Listed, Listing
from battycoda_nb.signal.requests import SoundRequest, SpectrogramRequest
from battycoda_nb.signal.sound import Sound
from battycoda_nb.signal.spectrogram import Spectrogram

from .recording import Recording, is_whole
from .steps import WINDOW, check_window, steps_listed

if TYPE_CHECKING:
    from .client import Client


class RecordingSequence:
    """Recordings one after the other. `Client.open` makes one of a folder or a pattern.

    Its length is the number of its steps: calls, or windows of the files that have none. A file that cannot be read is
    one step, and its problem is said there. Iterating gives the names of the files.

    Attributes
    ----------
    files : Listing
        The files by name, with what the list says of each; ``file`` below is an index into it.
    name : str
        What was opened.
    window : float
        How much of a recording without calls a step shows, in s.
    notice : str
        What the user should know: that there are more files than a list holds. Empty if there is nothing.

    Notes
    -----
    Any thread may call any method; only `spectrogram` and `sound` wait.
    """

    def __init__(
        self,
        client: Client,
        files: Listing,
        *,
        name: str = "",
        folder: str = "",
        calls: Literal[False] | None = None,
        window: float = WINDOW,
        opened: dict[int, Recording] | None = None,
    ) -> None:
        self.client, self.files, self.name = client, files, name
        self.window = check_window(window)
        self.notice = ""
        if files.more:
            self.notice = (
                f"More than {len(files)} recordings fit {name!r}, and a list holds no more: the first {len(files)} by "
                "name are here. Use a narrower pattern for the others."
            )
        self._folder, self._calls = folder, calls
        counts = (steps_listed(entry, self.window, with_calls=calls is None) for entry in files)
        self._firsts = list(accumulate(counts, initial=0))  # of each file its first step, and one past the last
        self._lock = threading.Lock()  # guards the two below, and is not held while anything is waited for
        self._pendings: dict[int, Pending[Recording]] = {}
        self._opened: dict[int, Recording] = dict(opened or {})

    def __len__(self) -> int:
        return self._firsts[-1]

    def __iter__(self) -> Iterator[str]:
        return (entry.name for entry in self.files)

    def locate(self, step: int) -> tuple[int, int]:
        """The file of a step, and the step within it, all counted from 0.

        Raises
        ------
        RequestError
            If there is no such step.
        """
        if not is_whole(step) or not 0 <= step < len(self):
            raise RequestError(f"step={step!r} is not there: {self!r} counts them from 0 to {len(self) - 1}")
        file = bisect_right(self._firsts, step) - 1
        return file, int(step) - self._firsts[file]

    def first(self, file: int) -> int:
        """The first step of a file."""
        return self._firsts[self._checked(file)]

    def count(self, file: int) -> int:
        """How many steps a file has, as the list has it."""
        return self._firsts[self._checked(file) + 1] - self._firsts[file]

    def opened(self, file: int) -> Recording | None:
        """The recording of a file if it has been opened; never waits.

        Raises
        ------
        BattycodaError
            If what the worker said of it cannot be believed.
        """
        with self._lock:
            recording, pending = self._opened.get(self._checked(file)), self._pendings.get(file)
        if recording is None and pending is not None and pending.state == "success":
            return pending.result()  # the worker has answered; nobody has read it
        return recording

    def open(self, file: int) -> Pending[Recording]:
        """Have a file opened, without waiting for it; joins who asked before, and tries again what failed."""
        entry = self.files[self._checked(file)]
        with self._lock:
            pending = self._pendings.get(file)
            if pending is None or pending.state in ("error", "cancelled"):
                pending = self._pendings[file] = self._begin(file, entry)
        return pending

    def request(self, step: int, **options: Any) -> SpectrogramRequest:
        """As `Recording.request`, for a step of a file that has been opened.

        Raises
        ------
        RequestError
            If there is no such step, or its file has not been opened, or has fewer steps than the list said.
        RecordingError, ClusterError
            If its file could not be opened.
        """
        recording, within = self._found(step)
        return recording.request(within, **options)

    def asked(
        self, step: int, **options: Any
    ) -> tuple[SpectrogramRequest, dict[str, Any], Callable[[bytes], Spectrogram]]:
        """As `Recording.asked`, for a step of a file that has been opened. Raises as `request` does."""
        recording, within = self._found(step)
        return recording.asked(within, **options)

    def sound_asked(self, step: int, **options: Any) -> tuple[SoundRequest, dict[str, Any], Callable[[bytes], Sound]]:
        """As `Recording.sound_asked`, for a step of a file that has been opened. Raises as `request` does."""
        recording, within = self._found(step)
        return recording.sound_asked(within, **options)

    def submit(self, step: int, **options: Any) -> Pending[Spectrogram]:
        """As `Recording.submit`, for a step of a file that has been opened. Raises as `request` does."""
        return self.client.submit(*self.asked(step, **options))

    def prefetch(self, steps: Iterable[int], **options: Any) -> list[Pending[Spectrogram]]:
        """As `Recording.prefetch`, for steps of files that have been opened. Raises as `request` does."""
        return self.client.prefetch([self.asked(step, **options) for step in steps])

    def spectrogram(self, step: int, *, timeout: float | None = 60.0, **options: Any) -> Spectrogram:
        """A step's spectrogram, `options` as for `Recording.spectrogram`; opens its file and waits for both.

        Raises
        ------
        BattycodaError
            With the reason, if the file cannot be opened or the spectrogram cannot be computed.
        """
        self.open(self.locate(step)[0]).result(timeout)
        return self.submit(step, **options).result(timeout)

    def sound(self, step: int, *, timeout: float | None = 60.0, **options: Any) -> Sound:
        """A step made audible, `options` as for `Recording.sound`; opens its file and waits for both."""
        self.open(self.locate(step)[0]).result(timeout)
        recording, within = self._found(step)
        return recording.sound(within, timeout=timeout, **options)

    def _begin(self, file: int, entry: Listed) -> Pending[Recording]:
        """Ask for a file that is not open; what is open or cannot be asked for is answered here."""
        if file in self._opened or not entry.nameable:
            answered: Pending[Recording] = Pending(uuid.uuid4().hex, lambda _: self._opened[file])
            problem = None if file in self._opened else RecordingError(f"{entry.name}: {entry.problem}")
            answered.resolve(b"", problem)
            return answered
        keep = partial(self._keep, file)
        return self.client.opening(
            entry.site, entry.path, self._folder, calls=self._calls, window=self.window, keep=keep
        )

    def _keep(self, file: int, recording: Recording) -> Recording:
        """The one recording of a file, however many threads read the worker's answer."""
        with self._lock:
            if file not in self._opened:
                recording.notice = " ".join(filter(None, [self._changed(file, recording), recording.notice]))
            return self._opened.setdefault(file, recording)

    def _found(self, step: int) -> tuple[Recording, int]:
        file, within = self.locate(step)
        recording = self.opened(file)
        if recording is None:
            error = self._pendings[file].error() if file in self._pendings else None
            raise error or RequestError(f"{self.files[file].name} has not been opened: call open({file}) first")
        if within >= len(recording):
            raise RequestError(self._changed(file, recording))
        return recording, within

    def _changed(self, file: int, recording: Recording) -> str:
        """A sentence if a file has other steps than the list said, else nothing."""
        entry, listed = self.files[file], self.count(file)
        unit = "call" if entry.calls and self._calls is None else "window"
        if (listed, unit) == (len(recording), recording.unit):
            return ""
        before = "could not be read" if entry.problem else f"had {counted(listed, unit)}"
        return (
            f"{recording.info.name} has {counted(len(recording), recording.unit)} now, and {before} when {self.name!r} "
            "was listed: open that again to step through all of it."
        )

    def _checked(self, file: int) -> int:
        if not is_whole(file) or not 0 <= file < len(self.files):
            raise RequestError(f"file={file!r} is not there: {self!r} counts them from 0 to {len(self.files) - 1}")
        return int(file)

    def __repr__(self) -> str:
        return (
            f"<RecordingSequence {self.name!r}: {counted(len(self.files), 'recording')}, {counted(len(self), 'step')}>"
        )

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(text)}</p>" for text in (repr(self), self.notice) if text)
        return said + self.files._repr_html_()


def as_sequence(recording: Recording | RecordingSequence) -> RecordingSequence:
    """One recording as a sequence of one file, which is open; a sequence as it is."""
    if isinstance(recording, RecordingSequence):
        return recording
    if not isinstance(recording, Recording):
        raise RequestError(f"{str(recording)[:80]!r} is no recording: open it first, client.open(name)")
    info = recording.info
    entry = Listed(
        recording.site,
        info.path,
        sample_rate=info.sample_rate,
        channels=info.channels,
        frames=info.frames,
        size=info.size,
        calls=len(recording.calls) or None,
        notice=info.notice,
    )
    return RecordingSequence(
        recording.client, Listing([entry]), name=info.name, window=recording.window, opened={0: recording}
    )
