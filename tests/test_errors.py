"""Errors carry a code beside their sentence."""

from __future__ import annotations

import pickle

import pytest

from battycoda_nb.errors import CODES, BattycodaError, ClusterError, RecordingError, RequestError


@pytest.mark.parametrize(
    ("kind", "code"), [(RecordingError, "unreadable"), (RequestError, "invalid"), (ClusterError, "failed")]
)
def test_an_error_has_the_code_of_its_class_or_one_of_its_own(kind: type[BattycodaError], code: str) -> None:
    assert kind("a sentence").code == code
    assert kind("a sentence", code="missing").code == "missing"
    again = pickle.loads(pickle.dumps(kind("a sentence", code="missing")))
    assert (type(again), str(again), again.code) == (kind, "a sentence", "missing")


def test_a_code_that_is_not_listed_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="code='mising' is none of missing, changed"):
        RecordingError("a sentence", code="mising")
    assert all(meaning for meaning in CODES.values())
