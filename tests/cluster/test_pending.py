"""A result that has been asked for: resolved once, or cancelled."""

from __future__ import annotations

import pytest

from battycoda_nb.cluster.pending import Pending
from battycoda_nb.errors import ClusterError


def test_a_second_answer_changes_nothing() -> None:
    calls: list[str] = []
    pending = Pending("0" * 32, bytes.decode)
    pending.add_done_callback(lambda done: calls.append(done.state))
    pending.resolve(b"first")
    pending.resolve(b"second")
    pending.resolve(None, ClusterError("late"))
    assert (pending.result(), pending.state, pending.error(), calls) == ("first", "success", None, ["success"])


def test_what_was_cancelled_stays_so() -> None:
    pending = Pending("0" * 32, bytes.decode)
    pending.cancel()
    pending.resolve(b"late")
    assert (pending.state, pending.error()) == ("cancelled", None)
    with pytest.raises(ClusterError, match="dropped") as dropped:
        pending.result()
    assert dropped.value.code == "dropped"


def test_what_has_come_cannot_be_cancelled() -> None:
    pending = Pending("0" * 32, bytes.decode)
    pending.resolve(b"first")
    pending.cancel()
    assert (pending.state, pending.result()) == ("success", "first")
