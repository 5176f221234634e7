"""The HTTP status of an error goes by its code, never by its words."""

from __future__ import annotations

import pytest

from battycoda_nb.errors import BattycodaError, ClusterError, RecordingError, RequestError
from battycoda_nb.server.http_status import http_status


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RecordingError("x", code="missing"), 404),
        (RequestError("x", code="missing"), 404),
        (RecordingError("x", code="mismatch"), 409),
        (RecordingError("x", code="outside"), 400),
        (RecordingError("x", code="misnamed"), 400),
        (RecordingError("There is no file, and it does not fit"), 422),
        (RequestError("x", code="too-large"), 422),
    ],
    ids=repr,
)
def test_the_code_decides_and_else_the_part_of_the_work_that_failed(error: BattycodaError, status: int) -> None:
    assert http_status(error, 422) == status


@pytest.mark.parametrize("code", ["no-server", "no-worker", "version", "closed", "dropped", "failed"])
def test_what_is_wrong_with_the_cluster_is_worth_another_try_later(code: str) -> None:
    assert http_status(ClusterError("x", code=code)) == 503


def test_what_takes_too_long_has_a_status_of_its_own() -> None:
    assert http_status(TimeoutError("x")) == http_status(TimeoutError("x"), 422) == 504
