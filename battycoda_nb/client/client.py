"""The client of a server: open recordings, list and prepare them, see what the workers do."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from redis.exceptions import RedisError

from battycoda_nb.cluster import environment, protocol
from battycoda_nb.cluster.address import normal, trouble
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.cluster.records import Job
from battycoda_nb.cluster.status import Sites, Status
from battycoda_nb.errors import ClusterError, RecordingError, RequestError
from battycoda_nb.formatting import counted
from battycoda_nb.recordings.listing import Listed, Listing, read_listing
from battycoda_nb.recordings.time_expansion import AS_THE_FILES_SAY, Expansions

from .locator import is_pattern, only_site, place
from .preparation import Part, Preparation
from .recording import Recording
from .recording_work import RecordingWork
from .sequence import RecordingSequence
from .steps import STEP, check_step
from .workers import Description, TaskStatus, Workers, read_description


class Client:
    """Open recordings and ask workers for their spectrograms. `connect` makes one.

    Attributes
    ----------
    workers : Workers
        The way to the server's workers, for what is not a recording's.

    Notes
    -----
    Any thread may call any method. `retry` and `close` never wait for a worker; the rest waits for the server, and
    `open`, `recordings` and `prepare` also for a worker.

    Examples
    --------
    >>> import battycoda_nb as bc
    >>> client = bc.connect()
    >>> client.open(bc.sample_recording("sample_bats.wav"))
    <Recording sample_bats.wav: 6.00 s, 250 kHz, 1 channel(s), 43 calls>
    >>> client.recordings(pattern="sample_*.wav")
    recording        kHz  channels  duration (s)  calls
    sample_bats.wav  250  1         6.00          43
    >>> len(client.status().workers) > 0
    True
    """

    def __init__(self, broker: str, results: str, *, describe: Callable[[], str] | None = None) -> None:
        self.workers = Workers(broker, results, describe=describe)

    @property
    def broker(self) -> str:
        """The server's address, without its password."""
        return self.workers.broker

    def open(
        self,
        name: str | os.PathLike[str],
        *,
        calls: str | os.PathLike[str] | Literal[False] | None = None,
        folder: str | os.PathLike[str] | None = None,
        hash: str | None = None,
        step: float = STEP,
        time_expansion: int | None = None,
        calls_time_expansion: int | None = None,
        calls_label: str | None = None,
        window: float | None = None,
    ) -> Recording | RecordingSequence:
        """Open a recording, or many as one; waits for a worker to describe it and to read its calls.

        Parameters
        ----------
        name : str
            Relative to the worker's data root, or to this folder where the worker is the notebook's own. With several
            sites ``"basement:2024/night1.wav"``. A content hash (32 hex digits) opens that recording wherever it lies.
            A folder with its slash, ``"night1/"``, or a pattern, ``"2024/**/*.wav"``, opens all recordings that fit as
            one `RecordingSequence`, for which they are only listed now; where a file has that very name, that file.
        calls : str, optional
            A segment file to take the calls from; by default the first one found beside the recording. False: none.
        folder : str, optional
            Where a relative name begins, for the notebook's own worker; by default the current folder.
        hash : str, optional
            The content hash that the file must have, ours or its MD5.
        step : float
            How much a step shows of a recording without calls, in s.
        time_expansion : int, optional
            How many times slower than the animal's the sound in the file is; by default as its GUANO or WAMD metadata
            say, or BatDetect2's ``time_exp``, else 1. Rate, times, frequencies and playing are the animal's everywhere.
        calls_time_expansion : int, optional
            The time expansion by which the segment file's seconds and Hz have been corrected; by default as that file
            says (BatDetect2), else 1: Raven, Audacity and other tables count the file's own seconds and Hz.
        calls_label : str, optional
            Which column of a table, or which key of the tags in AOEF, is the label; by default the first of the usual
            ones that there is, and a notice says which where there could be several.
        window : float, optional
            The name that `step` had; deprecated.

        Raises
        ------
        RecordingError
            If the file is missing, no sound file, not the one with `hash`, or its segment file cannot be read or has
            frequencies above Nyquist; if no recording fits a pattern.
        RequestError
            If there are several sites and none is named; if `calls` or `hash` are given for many recordings; if a time
            expansion is no whole number from 1 to 1000.
        ClusterError
            If no worker or no server answers.
        """
        if window is not None:
            warnings.warn("open(window=...) is now open(step=...)", DeprecationWarning, stacklevel=2)
            step = window
        name, folder, step = os.fspath(name), str(folder or Path.cwd()), check_step(step)
        expansions = Expansions(time_expansion, calls_time_expansion)
        site, path = place(self.workers, name)
        if is_pattern(name):
            files = self.workers.listing(site, path, folder, expansions)
            if not files.literal:
                return self._sequence(
                    name,
                    files,
                    folder,
                    calls=calls,
                    hash=hash,
                    step=step,
                    expansions=expansions,
                    calls_label=calls_label,
                )
        return self._open(
            site, path, folder, calls=calls, hash=hash, step=step, expansions=expansions, calls_label=calls_label
        ).result()

    def open_one(
        self,
        name: str,
        *,
        folder: str | os.PathLike[str] | None = None,
        hash: str | None = None,
        time_expansion: int | None = None,
        calls_time_expansion: int | None = None,
    ) -> Recording:
        """As `open`, for a name that is no pattern, whatever its letters."""
        expansions = Expansions(time_expansion, calls_time_expansion)
        site, path = place(self.workers, name)
        return self._open(site, path, str(folder or Path.cwd()), hash=hash, expansions=expansions).result()

    def _open(
        self,
        site: str,
        path: str,
        folder: str,
        *,
        calls: str | os.PathLike[str] | Literal[False] | None = None,
        hash: str | None = None,
        step: float = STEP,
        expansions: Expansions = AS_THE_FILES_SAY,
        calls_label: str | None = None,
    ) -> Pending[Recording]:
        """Ask a site's workers to open a file, without waiting."""

        def recording(description: Description) -> Recording:
            opened = self._recording(description, step)
            if calls is False:
                opened.notice = opened.info.notice  # who wants no calls need not read how to get some
            return opened

        return self.workers.open(
            site, path, folder, calls=calls, hash=hash, expansions=expansions, calls_label=calls_label
        ).map(recording)

    def _recording(self, description: Description, step: float = STEP) -> Recording:
        return Recording(self.workers, description.info, description.calls, description.location, step=step)

    def _sequence(
        self,
        name: str,
        files: Listing,
        folder: str,
        *,
        calls: object,
        hash: str | None,
        step: float,
        expansions: Expansions,
        calls_label: str | None,
    ) -> RecordingSequence:
        for word, value in (("calls", calls or None), ("hash", hash)):
            if value is not None:
                raise RequestError(
                    f"{word}={str(value)[:40]!r} belongs to one recording, and {name!r} stands for "
                    f"{counted(len(files), 'recording')}: open the one by its name"
                )
        if not len(files):
            below = f"; with those in folders below it: {name + '**'!r}" if name.endswith("/") else ""
            raise RecordingError(f"No recording fits {name!r}: is the name right{below}?", code="missing")
        option: Literal[False] | None = False if calls is False else None

        def open_file(entry: Listed) -> Pending[Recording]:
            return self._open(
                entry.site, entry.path, folder, calls=option, step=step, expansions=expansions, calls_label=calls_label
            )

        return RecordingSequence(self.workers, files, open_file, name=name, with_calls=option is None, step=step)

    def recordings(
        self,
        site: str | None = None,
        pattern: str = "**/*",
        *,
        time_expansion: int | None = None,
        calls_time_expansion: int | None = None,
    ) -> Listing:
        """The recordings of a site, with rate, channels, duration and number of calls; waits for a worker.

        Parameters
        ----------
        site : str, optional
            By default the only one that there is.
        pattern : str
            Names relative to the worker's root, ``**`` for any folders between: ``"2024/**/*.wav"``; ``"2024/"`` for
            the files of a folder.
        time_expansion, calls_time_expansion : int, optional
            As for `open`.
        """
        expansions = Expansions(time_expansion, calls_time_expansion)
        site = only_site(self.workers) if site is None else environment.check_site(site)
        return self.workers.listing(site, pattern, str(Path.cwd()), expansions)

    def sites(self) -> Sites:
        """The sites that have living workers, each with these; waits for the server."""
        return self.workers.alive()

    def prepare(
        self,
        site: str | None = None,
        pattern: str = "**/*",
        *,
        channel: int | None = None,
        overview: bool | None = None,
        time_expansion: int | None = None,
        calls_time_expansion: int | None = None,
    ) -> Preparation:
        """Have the calls of all recordings of a site that fit a pattern computed in the background; lists them first.

        Parameters
        ----------
        site, pattern
            As for `recordings`.
        channel : int, optional
            By default the one that the segment file names for each call.
        overview : bool, optional
            Only the overviews, or only the detail views; by default both.
        time_expansion, calls_time_expansion : int, optional
            As for `open`.
        """
        expansions = Expansions(time_expansion, calls_time_expansion)
        listed = [entry for entry in self.recordings(site, pattern, **expansions.to_json()) if entry.calls]
        parts = [Part(entry.name, entry.site, entry.calls or 0, self._opener(entry, expansions)) for entry in listed]
        return self.workers.prepare(parts, channel=channel, overview=overview)

    def _opener(self, entry: Listed, expansions: Expansions) -> Callable[[], RecordingWork]:
        folder = str(Path.cwd())
        return lambda: self._open(entry.site, entry.path, folder, expansions=expansions).result().work

    def task_status(self, task_id: str) -> TaskStatus:
        """What is known of a task, from the server.

        Raises
        ------
        RequestError
            If `task_id` is not one.
        ClusterError
            If the server does not answer.
        """
        return self.workers.task_status(task_id)

    def why(self, task_id: str) -> str:
        """Why what was asked for here is not there yet, and what to do: a sentence or two for its place on the screen.

        Waits for the server, about 2 s at most; that it does not answer is an answer too.

        Raises
        ------
        RequestError
            If `task_id` is not one.
        """
        return self.workers.why(task_id)

    def status(self) -> Status:
        """Server, sites, workers, queues, running and failed tasks as they are now; waits for the server.

        Raises
        ------
        ClusterError
            If the server does not answer.
        """
        return self.workers.status()

    def retry(self, task_id: str) -> Pending[Any]:
        """Send a task that failed once more.

        Its result is what the first one was to give: a `Recording`, a `Listing`. That of a spectrogram or a sound is
        the PNG or WAV file, as bytes: the recording gives the picture or the player of the same call at once then.

        Raises
        ------
        RequestError
            If `task_id` is not one, or no failure of it is known any more.
        ClusterError
            If the server does not answer.
        """
        return self.workers.retry(task_id, self._read_again)

    def _read_again(self, job: Job, blob: bytes) -> Recording | Listing | bytes:
        if job.task == protocol.TASK_LIST:
            return read_listing(job.site, blob)
        if job.task == protocol.TASK_OPEN:
            return self._recording(read_description(job, blob))
        return blob

    def close(self) -> None:
        """End the client's threads. What was asked for and has not come fails."""
        self.workers.close()

    @property
    def closed(self) -> bool:
        return self.workers.closed

    def __repr__(self) -> str:
        return f"<Client of {self.broker}>"


def connect(url: str | None = None, *, workers: int = 1) -> Client:
    """A client of the server at `url`, of the one that the settings name, or else of one started for this process.

    Parameters
    ----------
    url : str, optional
        Such as ``redis://lab:6379/0``; without it ``CELERY_BROKER_URL``, or the file that ``BATTYCODA_BROKER_FILE``
        names.
    workers : int
        How many worker processes to start with a server of our own.

    Raises
    ------
    ClusterError
        If no server answers there, or none can be started here.
    """
    url = normal(url) if url else environment.named_broker()
    with _CONNECTING:
        if url:
            results = _checked(url)
            return _client(url, results)
        from battycoda_nb.cluster.embedded import own_server

        server, started = own_server(workers)
        if started:
            print(server.greeting)
        return _client(server.url, server.url, server.trouble)


_CONNECTING = threading.Lock()
_CLIENTS: dict[tuple[int, str, str], Client] = {}


def _client(broker: str, results: str, describe: Callable[[], str] | None = None) -> Client:
    """This process's client of a server: a cell that is run again gets the same one, not two more threads."""
    key = (os.getpid(), broker, results)  # a forked child has none of its parent's threads
    client = _CLIENTS.get(key)
    if client is None or client.closed:
        client = _CLIENTS[key] = Client(broker, results, describe=describe)
    return client


def _checked(url: str) -> str:
    """Where a server keeps results, once both have answered."""
    results = environment.result_url(url)
    for address in {url, results}:
        redis = redis_client(address, timeout=2)
        try:
            redis.ping()
        except RedisError as error:
            raise ClusterError(
                f"{trouble(address, error)} (connect() without an address starts a server for this notebook)",
                code="no-server",
            ) from error
        finally:
            redis.close()
    return results
