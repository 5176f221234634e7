"""The length of a step by its old name; windows and their number are tested in test_sequence.py."""

from __future__ import annotations

import copy

import pytest

from battycoda_nb.client.recording import Recording
from battycoda_nb.client.sequence import RecordingSequence
from battycoda_nb.client.steps import Stepped


def test_the_old_name_is_taken_with_a_warning_where_it_is_used_and_not_offered() -> None:
    stepped = Stepped()
    stepped.step_length = 0.5
    with pytest.warns(DeprecationWarning, match=r"\.step_length") as warned:
        assert stepped.window == 0.5
    assert warned[0].filename == __file__
    assert "window" not in dir(stepped)
    assert issubclass(Recording, Stepped)
    assert issubclass(RecordingSequence, Stepped)


def test_any_other_name_is_still_none() -> None:
    with pytest.raises(AttributeError, match="'Stepped' object has no attribute 'client'"):
        Stepped().client  # noqa: B018
    assert isinstance(copy.copy(Stepped()), Stepped)
