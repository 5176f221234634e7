"""Seconds and Hz of segment files to the animal's and back; what cannot be is refused with an option named."""

from __future__ import annotations

import pytest

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.time_expansion import check_frequencies, counted_by, rescaled
from battycoda_nb.errors import RecordingError

FILE_RATE = 38_400
TABLE = Calls([Call(5.0, 5.1, "Pip", 4_000, 5_500.5, 1), Call(0.07, 0.1)])


def test_a_files_own_seconds_become_the_animals_and_are_written_back_as_they_were() -> None:
    animal = rescaled(TABLE, counted=1, time_expansion=10)
    assert animal == Calls([Call(0.5, 0.51, "Pip", 40_000, 55_005, 1), Call(0.007, 0.01)])
    assert rescaled(animal, counted=10, time_expansion=1) == TABLE


def test_calls_that_count_as_the_recording_does_are_left_alone() -> None:
    assert rescaled(TABLE, counted=8, time_expansion=8) is TABLE


def test_what_the_user_says_comes_before_what_the_file_says() -> None:
    says = Calls([], time_expansion=10)
    assert (counted_by(says), counted_by(says, 5), counted_by(Calls([])), counted_by(Calls([]), 5)) == (10, 5, 1, 5)


@pytest.mark.parametrize("band", [(20_000, 60_000), (1_000, 19_300), (19_300, None), (None, 45_000)])
def test_a_table_with_the_animals_hertz_is_refused_unless_its_expansion_is_known(
    band: tuple[float | None, float | None],
) -> None:
    calls = Calls([Call(0.1, 0.2), Call(0.5, 0.6, low_freq=band[0], high_freq=band[1])])
    with pytest.raises(
        RecordingError, match=r"^a\.txt: call 2 has .* above the 19200 Hz .* calls_time_expansion=10\)$"
    ):
        check_frequencies(calls, "a.txt", file_rate=FILE_RATE)
    check_frequencies(calls, "a.txt", file_rate=FILE_RATE, given=10)


def test_a_frequency_at_nyquist_is_none_above_it() -> None:
    check_frequencies(Calls([Call(0, 1, low_freq=0, high_freq=19_200.49)]), "a.txt", file_rate=FILE_RATE)


def test_a_file_that_says_its_expansion_may_estimate_an_upper_edge_above_nyquist_but_no_call() -> None:
    def calls(low: float) -> Calls:
        return Calls([Call(0, 1, low_freq=low, high_freq=210_000)], time_expansion=10)

    check_frequencies(calls(180_000), "a.json", file_rate=FILE_RATE)
    with pytest.raises(RecordingError, match=r"193000 Hz, above the 192000 Hz .* by a time expansion of 10"):
        check_frequencies(calls(193_000), "a.json", file_rate=FILE_RATE)
