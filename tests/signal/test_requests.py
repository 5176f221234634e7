from __future__ import annotations

import pytest

from battycoda_nb.errors import RequestError
from battycoda_nb.signal.requests import SCALES, SoundRequest, SpectrogramRequest, hop_for, window_around

GOOD = {
    "time_expansion": 1,
    "recording": "0123456789abcdef" * 2, "channel": 0, "start": 1000, "stop": 6000,
    "window": "tukey", "win_length": 256, "n_fft": 256, "hop_length": 16, "pool": 1, "scale": "linear",
}  # fmt: skip


def test_the_digest_names_the_result_and_nothing_else() -> None:
    request = SpectrogramRequest(**GOOD)
    assert request.digest == SpectrogramRequest.from_json(request.to_json()).digest
    assert len(request.digest) == 32
    others = {
        "recording": "f" * 32, "channel": 1, "start": 999, "stop": 6001, "window": "hann", "win_length": 255,
        "n_fft": 512, "hop_length": 17, "pool": 2, "scale": "pcen", "time_expansion": 10,
    }  # fmt: skip
    digests = {SpectrogramRequest(**{**GOOD, name: value}).digest for name, value in others.items()}
    assert len(digests | {request.digest}) == len(others) + 1


def test_the_digest_is_the_same_on_every_machine_and_tomorrow() -> None:
    assert SpectrogramRequest(**GOOD).digest == "630803296d684fe02d51fe639742892c"
    sound = SoundRequest(GOOD["recording"], 0, 1000, 6000)
    assert sound.digest == "f6583e08e906eb3d29e282fc733bbdd0"
    assert SoundRequest(**{**sound.to_json(), "expansion": 1, "heterodyne": 40_000}).digest == (
        "25cc4e3b2117fb3192279efdc784584f"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"recording": "../../etc/passwd"},
        {"recording": 7}, {"recording": "F" * 32}, {"channel": -1}, {"channel": True},
        {"channel": 0.0}, {"channel": 5000}, {"start": -1}, {"start": "0"}, {"stop": 1000}, {"stop": 1100},
        {"stop": 2**60}, {"stop": 10**9}, {"stop": float("nan")}, {"window": "boxcar"}, {"window": None}, {"n_fft": 0},
        {"n_fft": 255}, {"n_fft": 2**20}, {"n_fft": None}, {"hop_length": 0}, {"hop_length": 257}, {"hop_length": -1},
        {"win_length": 15}, {"win_length": 257}, {"win_length": 100.0}, {"pool": 0}, {"pool": 2**21}, {"pool": None},
        {"scale": "bark"}, {"scale": 3}, {"time_expansion": 0}, {"time_expansion": 10.0}, {"time_expansion": True},
        {"time_expansion": 1001},
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_with_its_value(change: dict[str, object]) -> None:
    with pytest.raises(RequestError) as error:
        SpectrogramRequest.from_json({**GOOD, **change})
    assert len(str(error.value)) < 200
    name, value = next(iter(change.items()))
    assert name == "stop" or str(value) in str(error.value)


@pytest.mark.parametrize(
    "change",
    [
        {"expansion": 3}, {"expansion": 0}, {"expansion": 10.0}, {"heterodyne": -1}, {"heterodyne": 40_000},
        {"heterodyne": 10**9, "expansion": 1}, {"stop": 0}, {"stop": 2**60}, {"recording": "../x"}, {"channel": -1},
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_played_is_refused(change: dict[str, object]) -> None:
    good = SoundRequest(GOOD["recording"], 0, 0, 6250).to_json()
    with pytest.raises(RequestError):
        SoundRequest.from_json({**good, **change})


def test_a_request_has_exactly_its_fields() -> None:
    for value in (None, [], "x", {}, {**GOOD, "contrast": 4}, {name: GOOD[name] for name in list(GOOD)[1:]}):
        with pytest.raises(RequestError, match="exactly the fields"):
            SpectrogramRequest.from_json(value)


def test_too_much_memory_is_refused_with_size_and_limit() -> None:
    for scale, size in (("linear", r"20,6\d\d"), ("mel", r"4\d,\d\d\d")):
        with pytest.raises(RequestError, match=rf"{size} MB .* limit is 256 MB"):
            SpectrogramRequest(**{**GOOD, "stop": 1000 + 200_000_000, "scale": scale, "n_fft": 512})


def test_the_limit_is_256_mb_of_memory() -> None:
    """A sample takes 12 bytes, and 1/16 of a column of 129 values of 6 bytes: 4.4 million samples."""
    assert SpectrogramRequest(**{**GOOD, "stop": 1000 + 4_300_000}).columns > 268_000
    with pytest.raises(RequestError, match=r"2[67]\d MB .* limit is 256 MB"):
        SpectrogramRequest(**{**GOOD, "stop": 1000 + 4_600_000})


def test_what_a_pooled_request_needs_does_not_grow_with_its_samples() -> None:
    for scale in ("linear", "mel", "pcen"):
        request = SpectrogramRequest(**{**GOOD, "stop": 1000 + 2**31, "hop_length": 256, "pool": 8192, "scale": scale})
        assert request.columns == 1024
    with pytest.raises(RequestError, match=r"4,294,968,296 samples is too long, and the limit is 4,294,967,296"):
        SpectrogramRequest(**{**GOOD, "stop": 2**32 + 2000, "hop_length": 256, "pool": 8192})
    with pytest.raises(RequestError, match="MB"):  # its result does
        SpectrogramRequest(**{**GOOD, "stop": 2**30, "hop_length": 256, "pool": 2})


@pytest.mark.parametrize(
    ("length", "pool", "frames", "columns"),
    [
        (256, 1, 1, 1),
        (456, 1, 3, 3),
        (500, 1, 4, 4),
        (457, 1, 4, 4),
        (500, 2, 4, 2),
        (500, 3, 4, 2),
        (500, 4, 4, 1),
        (456, 2, 3, 2),
        (256, 9, 1, 1),
    ],
)
def test_a_request_has_a_frame_for_its_last_sample(length: int, pool: int, frames: int, columns: int) -> None:
    request = SpectrogramRequest(**{**GOOD, "stop": 1000 + length, "hop_length": 100, "pool": pool})
    assert (request.frames, request.columns) == (frames, columns)


def test_rows_are_frequencies_or_mel_bands() -> None:
    rows = {scale: SpectrogramRequest(**{**GOOD, "n_fft": 1024, "scale": scale}).bins for scale in SCALES}
    assert rows == {"linear": 513, "mel": 128, "pcen": 513}


def test_the_hop_keeps_to_the_column_budget_and_to_the_transform() -> None:
    assert hop_for(5000, 256) == 16  # never finer than n_fft / 16
    for frames in (300, 27_500, 55_000, 200_000):
        hop = hop_for(frames, 256)
        assert 16 <= hop <= 256
        assert SpectrogramRequest(GOOD["recording"], 0, 0, frames, hop_length=hop).columns <= 1000
    assert hop_for(10_000_000, 256) == 256  # never skips a sample


def test_a_view_is_the_call_and_its_padding_within_the_recording() -> None:
    view = {"sample_rate": 250_000, "frames": 250_000, "win_length": 256}
    assert window_around(0.5, 0.505, padding=0.01, **view) == (122_500, 128_750)
    assert window_around(0.001, 0.004, padding=0.05, **view) == (0, 13_500)
    assert window_around(0.99, 1.0, padding=0.01, **view)[1] == 250_000
    assert window_around(0.99, 1.2, padding=0.01, **view) == (245_000, 250_000)  # shown as far as it goes
    start, stop = window_around(0.9999, 1.0, padding=0.0, **view)
    assert (start, stop) == (250_000 - 256, 250_000)  # moved inwards to hold one transform
    with pytest.raises(RequestError, match=r"beyond the end .* 1\.0000 s long"):
        window_around(1.01, 1.2, padding=0.01, **view)
