"""Many recordings as one: a detector's short files, stepped through from the last call of one to the first of the next.

Nothing but the list is read when a sequence is opened; each file is when somebody gets there.
"""

from __future__ import annotations

import threading
import uuid
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import accumulate
from typing import Any

from battycoda_nb.cluster.pending import Pending
from battycoda_nb.errors import BattycodaError, RecordingError, RequestError
from battycoda_nb.formatting import counted
from battycoda_nb.recordings.listing import Listed, Listing
from battycoda_nb.signal.peak_frequency import PeakFrequency
from battycoda_nb.signal.requests import SpectrogramRequest
from battycoda_nb.signal.sound import Sound
from battycoda_nb.signal.spectrogram import Spectrogram

from .recording import Recording
from .recording_work import is_whole
from .steps import STEP, Stepped, check_step, steps_listed
from .workers import Workers


@dataclass(frozen=True)
class Step:
    """One step of a sequence, located: `RecordingSequence.step` makes it, once for each key press or message.

    Attributes
    ----------
    number : int
        Counted over the whole sequence, from 0.
    file, within : int
        Its file, an index into `RecordingSequence.files`, and which of that file's steps it is; both from 0.
    name : str
        The file's, as the list has it.
    recording : Recording or None
        None while the file is not open.
    problem : BattycodaError or None
        Why there is nothing to compute from: the file is not open yet or could not be opened, or has fewer steps now.
    """

    number: int
    file: int
    within: int
    name: str
    recording: Recording | None = None
    problem: BaseException | None = None

    def found(self) -> Recording:
        """Return the recording, which has the step `within`; raise `problem` if there is one."""
        if self.recording is None or self.problem is not None:
            raise self.problem or RequestError(f"{self.name} has not been opened")
        return self.recording

    @property
    def unit(self) -> str:
        """``"call"`` or ``"window"``; a call while that is not known."""
        return self.recording.unit if self.recording else "call"

    def channel_shown(self, channel: Any) -> Any:
        """Return the channel to show where one is chosen: the first, in a file that has fewer than another."""
        fewer = self.recording is not None and type(channel) is int and channel >= self.recording.info.channels
        return 0 if fewer else channel


class RecordingSequence(Stepped):
    """Recordings one after the other. `Client.open` makes one of a folder or a pattern.

    Its length is the number of its steps: calls, or windows of the files that have none. A file that cannot be read is
    one step, and its problem is shown there. Iterating gives the names of the files.

    Attributes
    ----------
    files : Listing
        The files by name, with what the list says of each; ``file`` below is an index into it.
    name : str
        What was opened.
    step_length : float
        How much of a recording without calls a step shows, in s.
    notice : str
        What the user should know: that there are more files than a list holds. Empty if there is nothing.
    workers : Workers
        Who computes what is asked of it.

    Notes
    -----
    Any thread may call any method; only `spectrogram` and `sound` wait.

    Examples
    --------
    >>> import battycoda_nb as bc
    >>> files = [bc.sample_recording(f"night/{name}.wav", seed=seed) for seed, name in enumerate("ab")]
    >>> night = bc.connect().open("night/")
    >>> list(night), len(night)
    (['night/a.wav', 'night/b.wav'], 86)
    >>> step = night.step(50)
    >>> step.name, step.within, step.recording  # which is opened when somebody gets there
    ('night/b.wav', 7, None)
    >>> night.spectrogram(50).title
    'b.wav, call 8 of 43'
    """

    def __init__(
        self,
        workers: Workers,
        files: Listing,
        open_file: Callable[[Listed], Pending[Recording]],
        *,
        name: str = "",
        with_calls: bool = True,
        step: float = STEP,
        opened: dict[int, Recording] | None = None,
    ) -> None:
        self.workers, self.files, self.name = workers, files, name
        self.step_length = check_step(step)
        self.notice = ""
        if files.more:
            self.notice = (
                f"More than {len(files)} recordings fit {name!r}, and a list holds no more: the first {len(files)} by "
                "name are here. Use a narrower pattern for the others."
            )
        self._open_file, self._with_calls = open_file, with_calls
        counts = (steps_listed(entry, self.step_length, with_calls=with_calls) for entry in files)
        self._firsts = list(accumulate(counts, initial=0))  # of each file its first step, and one past the last
        self._lock = threading.Lock()  # guards the two below, and is not held while anything is waited for
        self._pendings: dict[int, Pending[Recording]] = {}
        self._opened: dict[int, Recording] = dict(opened or {})

    def __len__(self) -> int:
        return self._firsts[-1]

    def __iter__(self) -> Iterator[str]:
        return (entry.name for entry in self.files)

    def step(self, number: int) -> Step:
        """Locate a step, counted from 0: its file, which step of that it is, and the recording if it is open.

        Never waits.

        Raises
        ------
        RequestError
            If there is no such step.
        """
        if not is_whole(number) or not 0 <= number < len(self):
            raise RequestError(f"step={number!r} is not there: {self!r} counts them from 0 to {len(self) - 1}")
        file = bisect_right(self._firsts, number) - 1
        within, name = int(number) - self._firsts[file], self.files[file].name
        recording: Recording | None = None
        problem: BaseException | None = None
        try:
            recording = self.opened(file)
        except BattycodaError as error:  # the worker's answer cannot be believed
            problem = error
        if recording is None:
            with self._lock:
                pending = self._pendings.get(file)
            problem = problem or (pending.error() if pending else None)
            problem = problem or RequestError(f"{name} has not been opened: call open({file}) first")
        elif within >= len(recording):
            problem = RequestError(self._changed(file, recording))
        return Step(int(number), file, within, name, recording, problem)

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
            If what the worker answered cannot be believed.
        """
        with self._lock:
            recording, pending = self._opened.get(self._checked(file)), self._pendings.get(file)
        if recording is None and pending is not None and pending.state == "success":
            return pending.result()  # the worker has answered; nobody has read it
        return recording

    def open(self, file: int) -> Pending[Recording]:
        """Have a file opened, without waiting for it; joins who asked before, and tries again what failed."""
        entry = self.files[self._checked(file)]
        try:
            self.opened(file)
            failed = False
        except BattycodaError:  # it was answered, and the answer cannot be believed
            failed = True
        with self._lock:
            pending = self._pendings.get(file)
            if failed or pending is None or pending.state in ("error", "cancelled"):
                pending = self._pendings[file] = self._begin(file, entry)
        return pending

    def request(self, step: int, **options: Any) -> SpectrogramRequest:
        """As `Recording.request`, for a step of a file that has been opened.

        Raises
        ------
        RequestError
            If there is no such step, or its file has not been opened, or has fewer steps than the list has.
        RecordingError, ClusterError
            If its file could not be opened.
        """
        where = self.step(step)
        return where.found().request(where.within, **options)

    def submit(self, step: int, **options: Any) -> Pending[Spectrogram]:
        """As `Recording.submit`, for a step of a file that has been opened. Raises as `request` does."""
        where = self.step(step)
        return where.found().submit(where.within, **options)

    def prefetch(self, steps: Iterable[int], **options: Any) -> list[Pending[Spectrogram]]:
        """As `Recording.prefetch`, for steps of files that have been opened. Raises as `request` does."""
        found = [self.step(step) for step in steps]
        return self.workers.prefetch([where.found().work.call(where.within, **options) for where in found])

    def spectrogram(self, step: int, *, timeout: float | None = 60.0, **options: Any) -> Spectrogram:
        """A step's spectrogram, `options` as for `Recording.spectrogram`; opens its file and waits for both.

        Raises
        ------
        BattycodaError
            With the reason, if the file cannot be opened or the spectrogram cannot be computed.
        """
        self.open(self.step(step).file).result(timeout)
        return self.submit(step, **options).result(timeout)

    def sound(self, step: int, *, timeout: float | None = 60.0, **options: Any) -> Sound:
        """A step made audible, `options` as for `Recording.sound`; opens its file and waits for both."""
        self.open(self.step(step).file).result(timeout)
        where = self.step(step)
        return where.found().sound(where.within, timeout=timeout, **options)

    def peak_frequency(
        self, step: int, *, channel: int | None = None, timeout: float | None = 60.0
    ) -> PeakFrequency | None:
        """A step's peak frequency, as `Recording.peak_frequency` measures it; opens its file and waits for both."""
        self.open(self.step(step).file).result(timeout)
        where = self.step(step)
        return where.found().peak_frequency(where.within, channel=channel, timeout=timeout)

    def _begin(self, file: int, entry: Listed) -> Pending[Recording]:
        """Ask for a file that is not open; what is open or cannot be asked for is answered here."""
        if file in self._opened or not entry.nameable:
            problem = None if file in self._opened else RecordingError(f"{entry.name}: {entry.problem}")
            return _answered(lambda: self._opened[file], problem)
        return self._open_file(entry).map(lambda recording: self._keep(file, recording))

    def _keep(self, file: int, recording: Recording) -> Recording:
        """The one recording of a file, however many threads read the worker's answer."""
        with self._lock:
            if file not in self._opened:
                recording.notice = " ".join(filter(None, [self._changed(file, recording), recording.notice]))
            return self._opened.setdefault(file, recording)

    def _changed(self, file: int, recording: Recording) -> str:
        """A sentence if a file has other steps than the list said, else nothing."""
        entry, listed = self.files[file], self.count(file)
        unit = "call" if entry.calls and self._with_calls else "window"
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
        paragraphs = "".join(f"<p>{escape(text)}</p>" for text in (repr(self), self.notice) if text)
        return paragraphs + self.files._repr_html_()


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
        time_expansion=info.time_expansion,
        metadata=info.metadata,
    )
    return RecordingSequence(
        recording.workers,
        Listing([entry]),
        lambda _: _answered(lambda: recording),
        name=info.name,
        step=recording.step_length,
        opened={0: recording},
    )


def _answered(read: Callable[[], Recording], problem: RecordingError | None = None) -> Pending[Recording]:
    """Return a question that needs no worker, with its answer."""
    answered = Pending(uuid.uuid4().hex, lambda _: read())
    answered.resolve(b"", problem)
    return answered
