"""When the message of something that somebody waits for counts as lost."""

from __future__ import annotations

import pytest

from battycoda_nb.cluster.in_flight import Entry, is_lost
from battycoda_nb.cluster.work import SPECTROGRAM


def sent(times: int) -> Entry:
    """A request whose message was sent, for the last time at 100 s."""
    return Entry(SPECTROGRAM.task, {}, None, [], True, sent=100.0, times_sent=times)


def test_what_was_never_sent_is_lost() -> None:
    entry = Entry(SPECTROGRAM.task, {}, None, [], True)
    assert is_lost(entry, 0.0, queue_empty=False)


@pytest.mark.parametrize(("times", "patience"), [(1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 80), (100, 80)])
def test_each_time_it_is_sent_again_after_twice_as_long(times: int, patience: int) -> None:
    """A busy worker must not find its queue filled with copies of what it is asked for already."""
    assert not is_lost(sent(times), 100.0 + patience - 0.1, queue_empty=False)
    assert is_lost(sent(times), 100.0 + patience, queue_empty=False)


@pytest.mark.parametrize("times", [1, 5])
def test_an_empty_queue_has_lost_it_after_a_second(times: int) -> None:
    assert not is_lost(sent(times), 100.9, queue_empty=True)
    assert is_lost(sent(times), 101.0, queue_empty=True)
