"""Descriptions of recordings, which a notebook does not trust."""

from __future__ import annotations

import pytest

from battycoda_nb.errors import RecordingError
from battycoda_nb.recordings.info import RecordingInfo
from battycoda_nb.recordings.metadata import Metadata


@pytest.mark.parametrize(
    "change",
    [
        {"hash": "x"},
        {"frames": 0},
        {"frames": "9"},
        {"channels": -1},
        {"frames": 10**400},
        {"rms": float("nan")},
        {"rms": 10**400},
        {"peak": -0.1},
        {"notice": 5},
        {"x": 1},
        {"metadata": None},
        {"metadata": {"guano": {"TE": 10}}},
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_description_that_is_not_sound_is_refused(change: dict[str, object]) -> None:
    good = RecordingInfo("x.wav", "0" * 32, 250_000, 1, 1000, 0.1, metadata=Metadata({"TE": "10"}))
    assert RecordingInfo.from_json(good.to_json()) == good
    with pytest.raises(RecordingError, match="not sound"):
        RecordingInfo.from_json({**good.to_json(), **change})
