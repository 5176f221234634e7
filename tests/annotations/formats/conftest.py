"""Parts that the tests of several formats share: a refusal, and calls that a text format can hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import strategies as st

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats.cells import MISSING
from battycoda_nb.annotations.formats.entry import one_line
from battycoda_nb.annotations.formats.read import read_calls
from battycoda_nb.errors import RecordingError

Refusal = Callable[..., str]
CALLS = Calls(
    [
        Call(0.346348, 0.348148, "Große Hufeisennase 🦇", 20_000, 45_000.5, 0),
        Call(1, 2, "", 30_000, 200_000, 1),
        Call(1 / 3, 2 / 3, 'odd "one", with, commas; and=1', 1_234.5678, None),
        Call(0, 0.00125, "FM"),
    ]
)


@pytest.fixture(scope="session")
def refused() -> Refusal:
    """Read a segment file that cannot be read; the message, which names the file and is short."""

    def read(name: str, data: bytes, recording_name: str | None = None) -> str:
        with pytest.raises(RecordingError) as raised:
            read_calls(name, data, recording_name)
        message = str(raised.value)
        assert message.startswith(name)
        assert len(message) < 400
        return message

    return read


@pytest.fixture(scope="session")
def some_calls() -> Callable[..., st.SearchStrategy[Calls]]:
    """Make a strategy for calls with times in whole steps and labels of one line, as text formats hold them.

    `second` and `hertz` are the steps in a second and in a hertz; `bands` is a strategy for pairs of frequencies in
    such steps.
    """

    def strategy(
        *,
        second: int,
        hertz: int,
        bands: st.SearchStrategy[tuple[int | None, int | None]],
        channels: st.SearchStrategy[int | None],
    ) -> st.SearchStrategy[Calls]:
        labels = (
            st.text(max_size=20)
            .map(one_line)
            .map(str.strip)
            .filter(lambda label: label == one_line(label) and label not in MISSING)
        )

        def call(onset: int, length: int, label: str, band: tuple[int | None, int | None], channel: int | None) -> Call:
            low, high = (None if edge is None else edge / hertz for edge in band)
            return Call(onset / second, (onset + length) / second, label, low, high, channel)

        times = st.integers(0, 3600 * second), st.integers(1, 10 * second)
        return st.lists(st.builds(call, *times, labels, bands, channels), max_size=5).map(Calls)

    return strategy


@pytest.fixture(scope="session")
def four_calls() -> Calls:
    """Calls with and without label, frequencies and channel."""
    return CALLS
