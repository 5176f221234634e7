"""Work on a recording: every kind of it carries the time expansion, and views are the animal's."""

from __future__ import annotations

from typing import Any

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.client.recording_work import RecordingWork
from battycoda_nb.cluster.work import KINDS, Location, Work
from battycoda_nb.recordings.info import RecordingInfo
from battycoda_nb.signal.transform import Transform


def work_on(time_expansion: int) -> RecordingWork:
    """Of a file at 38.4 kHz of 5 s as it plays, with a call where it plays from 2 to 2.05 s."""
    info = RecordingInfo("a.wav", "0" * 32, 38_400, 1, 192_000, 0.1).expanded(time_expansion, "")
    steps = Calls([Call(2.0 / time_expansion, 2.05 / time_expansion)])
    return RecordingWork(info, steps, "call", 1.0, Location("", "a.wav"))


def test_every_kind_of_work_carries_the_time_expansion_in_its_digest() -> None:
    """A kind that forgets it is computed at the header's rate, and shares results with who knows no better."""

    def of_all(work: RecordingWork) -> list[Work[Any, Any]]:
        return [work.call(0), work.part(0.1, 0.2), work.strip(0)[0], work.sound(0), work.peaks(0)]

    plain, true = of_all(work_on(1)), of_all(work_on(10))
    assert {each.kind.task for each in true} == KINDS.keys(), "a kind that is not asked for here"
    for one, other in zip(plain, true, strict=True):
        assert (one.request.time_expansion, other.request.time_expansion) == (1, 10)
        assert one.digest != other.digest


def test_a_view_is_as_long_in_the_animals_time_and_as_fine_at_its_rate() -> None:
    transform = Transform("hann", 2.0, 0.75)
    request = work_on(10).request(0, transform=transform)
    assert request.win_length == 768, "2 ms at 384 kHz"
    assert (request.start, request.stop) == (76_800 - 3_840, 78_720 + 3_840), "10 ms at 384 kHz on either side"
