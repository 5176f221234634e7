"""The screen as a value: which part of a recording is shown, in Python as in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from battycoda_nb.client.client import Client
from battycoda_nb.client.recording import Recording
from battycoda_nb.display.colours import Look
from battycoda_nb.signal.transform import Transform
from battycoda_nb.widgets.explorer.messages.describe import picture_meta
from battycoda_nb.widgets.explorer.screen import Screen


@pytest.fixture
def recording(client: Client, tones: Path) -> Recording:
    recording = client.open(tones)
    assert isinstance(recording, Recording)
    return recording


def screen(recording: Recording, call: int, **options: Any) -> Screen:
    options = {
        "channel": 0, "overview": False, "transform": Transform(), "times": None, "frequencies": None,
        "look": Look("range", -80.0, 0.0), "markers": (), "panels": {}, **options,
    }  # fmt: skip
    return Screen(recording, call, **options)


@pytest.mark.parametrize(
    "options",
    [
        {"frequencies": (20_000.0, 50_000.0)},
        {"times": (-0.008, 0.002), "transform": Transform(scale="mel")},
        {"overview": True},
    ],
)
def test_a_view_has_the_edges_that_the_browser_reckons(recording: Recording, options: dict[str, Any]) -> None:
    """The browser knows the picture's meta only, and must ask for the same closer one."""
    shown = screen(recording, 3, **options)
    view = {name: options[name] for name in ("overview", "transform") if name in options}
    pending = recording.submit(3, **view)
    meta = picture_meta(recording, 3, recording.request(3, **view), pending.blob(30))
    (t0, dt), columns = meta["time"], meta["shape"][1]
    assert (shown.home.left, shown.home.right) == (pytest.approx(t0 - dt / 2), pytest.approx(t0 + (columns - 0.5) * dt))
    left, right = options.get("times") or (shown.home.left - shown.onset, shown.home.right - shown.onset)
    assert shown.shown_times == (pytest.approx(left), pytest.approx(right))


def test_limits_of_a_recording_of_a_higher_rate_are_not_those_of_this_one(recording: Recording) -> None:
    assert screen(recording, 3, frequencies=(200_000.0, 250_000.0)).viewport.bottom == pytest.approx(0, abs=500)


def test_what_is_zoomed_into_is_computed_closer(recording: Recording) -> None:
    whole, close = screen(recording, 3).spectrogram(), screen(recording, 3, times=(0.0, 0.004)).spectrogram()
    assert whole.request == recording.request(3)
    assert close.levels.shape[0] > 3 * whole.levels.shape[0], "four times as many frequencies"
    assert close.times[0] <= recording.calls[3].onset
