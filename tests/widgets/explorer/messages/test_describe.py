"""Descriptions of recordings for the front end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from battycoda_nb.client.client import Client
from battycoda_nb.client.sequence import as_sequence
from battycoda_nb.widgets.explorer.messages.describe import facts_of, title_of


def test_the_front_end_is_told_when_a_recording_began(
    client: Client, record: Callable[..., None], tmp_path: Path
) -> None:
    record(tmp_path / "a.wav", 40_000)
    plain = client.open(tmp_path / "a.wav")
    assert not plain.metadata
    assert facts_of(as_sequence(plain), 0, plain, "")[0]["recorded"] == ""

    text = b"Timestamp: 2024-06-01 22:15:03+02:00\nLoc Position: -12.5 -71.25\nOAD|Battery: 4.1V\n"
    data = (tmp_path / "a.wav").read_bytes() + b"guan" + len(text).to_bytes(4, "little") + text
    (tmp_path / "b.wav").write_bytes(data)
    recording = client.open(tmp_path / "b.wav")
    assert recording.metadata.position == (-12.5, -71.25)
    assert recording.metadata.guano["OAD|Battery"] == "4.1V", "also across the broker"
    message, _ = facts_of(as_sequence(recording), 0, recording, "")
    assert message["recorded"] == "2024-06-01T22:15:03.000+02:00"
    [entry] = client.recordings(pattern=f"{tmp_path}/b.wav")
    assert entry.metadata.timestamp == recording.metadata.timestamp


def test_the_title_says_the_time_expansion(client: Client, record: Callable[..., None], tmp_path: Path) -> None:
    record(tmp_path / "a.wav", 40_000)
    plain, slow = (client.open(tmp_path / "a.wav", time_expansion=expansion) for expansion in (None, 10))
    assert [title_of(as_sequence(recording), 0) for recording in (plain, slow)] == ["a.wav", "a.wav (10x expanded)"]
    message, _ = facts_of(as_sequence(slow), 0, slow, "")
    assert (message["nyquist"], message["duration"]) == (slow.info.sample_rate / 2, plain.info.duration / 10)
