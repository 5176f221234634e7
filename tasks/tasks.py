"""The tasks: read the samples, compute, keep the result. What they compute is in battycoda_nb."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from celery import Task
from celery.worker.control import inspect_command
from redis.exceptions import RedisError

from battycoda_nb.cluster import protocol
from battycoda_nb.cluster.store import KEEP_ANSWER
from battycoda_nb.cluster.work import KINDS, PEAKS, SOUND, SPECTROGRAM, Location
from battycoda_nb.errors import BattycodaError, RequestError
from battycoda_nb.recordings.time_expansion import Expansions
from battycoda_nb.signal.peak_frequency import PeakRequest, encode_peaks, measure
from battycoda_nb.signal.png import encode
from battycoda_nb.signal.requests import SoundRequest, SpectrogramRequest, Window
from battycoda_nb.signal.sound import render
from battycoda_nb.signal.stft import Read, compute_levels
from battycoda_nb.signal.wav import encode_wav

from .app import app
from .attempt import RETRY, ReportingTask, TryAgainError, attempt, failure_of, job_of
from .process import archive, catalogue, store


def _reader(request: Window, location: Location) -> tuple[Read, int]:
    """Return what reads the samples of a request, and their rate."""
    return catalogue().reader(request, location.path, location.folder, location.size)


def spectrogram_png(request: SpectrogramRequest, location: Location) -> bytes:
    read, sample_rate = _reader(request, location)
    return encode(compute_levels(read, request, sample_rate=sample_rate), request, sample_rate=sample_rate)


def sound_wav(request: SoundRequest, location: Location) -> bytes:
    read, sample_rate = _reader(request, location)
    sound, gain = render(read(request.start, request.stop), request, sample_rate=sample_rate)
    return encode_wav(sound, request, sample_rate=sample_rate, gain=gain)


def peaks_json(request: PeakRequest, location: Location) -> bytes:
    read, sample_rate = _reader(request, location)
    return encode_peaks(measure(read, request, sample_rate=sample_rate), request)


# To each kind of work in battycoda_nb/cluster/work.py, what computes it.
COMPUTE: dict[str, Callable[[Any, Location], bytes]] = {
    SPECTROGRAM.task: spectrogram_png,
    SOUND.task: sound_wav,
    PEAKS.task: peaks_json,
}


def _attempt(task: str, arguments: dict[str, Any], worker: str, client: str = "") -> None:
    """Do one piece of work, whose arguments are not trusted."""
    request = KINDS[task].request.from_json(arguments["request"])
    compute = partial(COMPUTE[task], request)
    location = arguments["location"]
    job = job_of(task, arguments, worker)
    attempt(request.digest, job, lambda: compute(Location.from_json(location)), client=client)


def _compute(self: Task, request: dict[str, Any], location: dict[str, Any], client: str = "") -> None:
    """Compute one result that a user of `client` waits for, or waited for."""
    _attempt(self.name, {"request": request, "location": location}, self.request.hostname, client)


for name in COMPUTE:
    app.task(name=name, base=ReportingTask, bind=True, **RETRY)(_compute)


@app.task(name=protocol.TASK_PREFETCH, base=ReportingTask, bind=True)
def prefetch(self: Task, client: str, items: list[dict[str, Any]]) -> None:
    """Compute a few calls ahead of their user, less those that the user has walked away from."""
    for item in items:
        task, arguments = item["task"], {"request": item["request"], "location": item["location"]}
        digest = KINDS[task].request.from_json(item["request"]).digest
        if not store().is_wanted(client, digest):
            continue
        try:
            _attempt(task, arguments, self.request.hostname)
        except TryAgainError:
            continue  # the user's own request will try
        except RedisError:
            raise  # nothing could be told of it; it is sent again
        except Exception as error:  # noqa: BLE001 - whatever it is, the next of the slice may well succeed
            trace = "" if isinstance(error, BattycodaError) else traceback.format_exc()
            store().fail(digest, failure_of(error, job_of(task, arguments, self.request.hostname), trace))


def _answer(self: Task, ask: Callable[[], Any]) -> None:
    """Keep a short answer under the task's own id, as JSON."""
    job = job_of(self.name, self.request.kwargs, self.request.hostname)
    attempt(self.request.id, job, lambda: json.dumps(ask()).encode(), keep=KEEP_ANSWER)


@app.task(name=protocol.TASK_OPEN, base=ReportingTask, bind=True, **RETRY)
def open_recording(
    self: Task,
    path: str,
    folder: str = "",
    segments: str | Literal[False] | None = None,
    expected: str | None = None,
    time_expansion: int | None = None,
    calls_time_expansion: int | None = None,
    calls_label: str = "",
) -> None:
    """Describe a recording and read its calls."""

    def describe() -> dict[str, Any]:
        if not all(isinstance(text, str) for text in (path, folder, segments or "", expected or "", calls_label)):
            raise RequestError("The name of a recording must be a text")
        expansions = Expansions(time_expansion, calls_time_expansion)
        info, calls = archive().open(
            path, folder, expected=expected, segments=segments, expansions=expansions, label=calls_label
        )
        return {"info": info.to_json(), "calls": calls.to_json() if calls is not None else None}

    _answer(self, describe)


@app.task(name=protocol.TASK_LIST, base=ReportingTask, bind=True, **RETRY)
def list_recordings(
    self: Task,
    pattern: str,
    folder: str = "",
    time_expansion: int | None = None,
    calls_time_expansion: int | None = None,
) -> None:
    """List the recordings below the root whose names fit a pattern."""
    _answer(self, lambda: catalogue().listing(pattern, folder, Expansions(time_expansion, calls_time_expansion)))


@app.task(name=protocol.TASK_FIND, base=ReportingTask, bind=True, **RETRY)
def find_recording(self: Task, hash: str) -> None:
    """Name the recording with this content hash, wherever it lies now; null if it does not lie here."""
    _answer(self, lambda: catalogue().find(hash))


@app.task(name=protocol.TASK_CHECK, base=ReportingTask, bind=True)
def check(self: Task) -> None:
    """Answer that tasks are done, and by whom."""
    _answer(self, lambda: {"worker": self.request.hostname})


@inspect_command(name=protocol.COMMAND_ROOT)
def root(state: Any, **_: Any) -> dict[str, Any]:
    """Report what each worker alone can know of itself, for `battycoda doctor`: its root, whether it can be read."""
    return archive().fence.facts()
