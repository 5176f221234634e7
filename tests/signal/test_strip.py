"""The strip of a whole recording: its pieces fit together, and nothing falls between them."""

from __future__ import annotations

import numpy as np
import pytest

from battycoda_nb.signal.scales import time_axis
from battycoda_nb.signal.stft import compute_levels
from battycoda_nb.signal.strip import column_length, segments

HASH = "0123456789abcdef" * 2
HOUR = 900_000_000


@pytest.mark.parametrize(
    "frames",
    [
        256,
        257,
        5000,
        131_072,
        131_073,
        262_145,
        2**20 + 1,
        2**21,
        2**21 + 255,
        2**21 + 256,
        12_345_678,
        HOUR,
        2**34 + 99,
    ],
)
def test_the_pieces_are_the_whole(frames: int) -> None:
    column, pieces = column_length(frames), segments(HASH, 1, frames)
    assert pieces[0].start == 0 and pieces[-1].stop == frames
    total = 0
    for piece, following in zip(pieces, [*pieces[1:], None], strict=True):
        assert (piece.recording, piece.channel, piece.window, piece.win_length) == (HASH, 1, "tukey", 256)
        assert piece.hop_length <= 256 and piece.hop_length * piece.pool == column
        assert piece.start == total * column
        assert following is None or (
            following.start == piece.stop and piece.columns * column == piece.stop - piece.start
        )
        total += piece.columns
    assert len(pieces) <= 512
    assert column & (column - 1) == 0
    assert total <= 4097 and (total > 2040 or column == 64)
    step = time_axis(pieces[0], 250_000)[1]
    for piece in pieces:
        first = time_axis(piece, 250_000)[0] - time_axis(pieces[0], 250_000)[0]
        assert first == pytest.approx(piece.start // column * step)


def test_an_hour_is_some_hundred_pieces_and_a_moment_is_none() -> None:
    assert len(segments(HASH, 0, HOUR)) == 430
    assert segments(HASH, 0, 255) == []


@pytest.mark.parametrize("frames", [1000, 70_000, 2**20 + 77, 2**21 + 300])
def test_no_sample_is_left_out(frames: int) -> None:
    """A click somewhere, on the last samples too, is the brightest column and the highest wave where it is."""
    rng = np.random.default_rng(frames)
    column = column_length(frames)
    for at in (0, 40, frames // 2 + 50, frames - 40, frames - 1):
        samples = rng.normal(0, 1e-4, frames).astype(np.float32)
        samples[at] = 0.9
        read = lambda start, stop, samples=samples: samples[start:stop]  # noqa: E731
        pictures = [compute_levels(read, piece, sample_rate=250_000) for piece in segments(HASH, 0, frames)]
        waves = np.concatenate([picture.wave * (picture.peak / 127) for picture in pictures])
        wanted = min(at // column, len(waves) - 1)
        assert abs(int(waves[:, 1].argmax()) - wanted) <= 2
        if at not in (0, frames - 1):  # where the taper leaves nothing
            powers = np.concatenate([picture.levels[64] for picture in pictures])
            assert abs(int(powers.argmax()) - wanted) <= 4


def test_silence_is_part_of_a_recording() -> None:
    samples = np.zeros(2**22, np.float32)
    samples[2**21 + 5000] = 0.5
    pictures = [
        compute_levels(lambda start, stop: samples[start:stop], piece, sample_rate=250_000)
        for piece in segments(HASH, 0, 2**22)
    ]
    assert not pictures[0].levels.any() and not pictures[0].wave.any() and pictures[0].peak == 0
    assert pictures[1].levels.any() and pictures[1].peak == pytest.approx(0.5)
