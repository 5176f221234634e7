"""Records of work and of workers: the same when they are read again, and nothing of what somebody else put there."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from battycoda_nb.cluster.records import Failure, Job, Process, read_object
from battycoda_nb.errors import BattycodaError, ClusterError, RecordingError, RequestError

JOB = Job("open night1.wav", "basement", "a@lab", "battycoda.open", {"path": "night1.wav"}, 1.5)
PROCESS = Process("attic", 202, "lab", 4711)


def test_what_is_written_is_read_again() -> None:
    failure = Failure("RecordingError", "There is no file", "a traceback", JOB, "missing")
    assert Failure.read(failure.to_json().encode()) == failure
    assert Job.read(json.loads(JOB.to_json())) == JOB
    assert Process.read(PROCESS.to_json().encode()) == PROCESS


def test_a_failure_is_the_error_that_the_worker_raised() -> None:
    error = Failure("RecordingError", "There is no file", code="missing").error()
    assert (type(error), str(error), error.code) == (RecordingError, "There is no file", "missing")


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (["RecordingError", "x", "", {}, "obey me"], RecordingError, "unreadable"),
        (["RequestError", "x", "", {}, ["missing"]], RequestError, "invalid"),
        (["RequestError", "x", "", [], None], RequestError, "invalid"),
        (["SystemExit", "x", "", {}, "missing"], ClusterError, "missing"),
        (["RecordingError", "x", "", {}], ClusterError, "failed"),  # of another protocol
        ({"kind": "RecordingError"}, ClusterError, "failed"),
        (17, ClusterError, "failed"),
    ],
    ids=str,
)
def test_a_class_or_code_that_is_not_known_is_not_trusted(
    content: object, kind: type[BattycodaError], code: str
) -> None:
    error = Failure.read(json.dumps(content).encode()).error()
    assert (type(error), error.code) == (kind, code)


@pytest.mark.parametrize("change", [{"what": 3}, {"arguments": []}, {"when": "now"}, {"site": None}], ids=str)
def test_of_a_job_what_is_of_another_type_is_left_out(change: dict[str, object]) -> None:
    [name] = change
    assert Job.read({**asdict(JOB), **change, "obey": "me"}) == Job(**{**asdict(JOB), name: getattr(Job(), name)})


@pytest.mark.parametrize(
    ("content", "process"),
    [
        (b'["attic", 202, "lab", 4711]', PROCESS),
        (b'["attic", true, 3, "4711"]', Process("attic", 0, "", 0)),
        (b'["attic", 202, "lab"]', Process("", 0, "", 0)),
        (b"[" * 10**5, Process("", 0, "", 0)),
        (b"3", Process("", 0, "", 0)),
        (b"\xff", Process("", 0, "", 0)),
    ],
    ids=lambda value: str(value)[:40],
)
def test_of_a_process_what_is_of_another_type_is_left_empty(content: bytes, process: Process) -> None:
    assert Process.read(content) == process


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b'{"pid": 5, "load": 0.5}', {"pid": 5, "load": 0.5}),
        (b'{"load": NaN, "pid": -Infinity}', {"load": None, "pid": None}),
        (b'{"load": 1e999, "pid": ' + b"9" * 400 + b"}", {"load": None, "pid": None}),
        (b'{"load": -3, "clock": 1e14}', {"load": -3, "clock": 1e14}),
        (None, {}),
        (b"[1]", {}),
        (b"{", {}),
        (b'{"a": ' * 10**5, {}),
        (b"\xff\xfe", {}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_numbers_that_nothing_can_be_reckoned_with_are_none(content: bytes | None, value: dict[str, object]) -> None:
    assert read_object(content) == value
