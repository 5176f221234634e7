"""Peak frequencies: one number for a call, in the explorer's messages, in Python, in figures and in exports."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import battycoda_nb as bc
from battycoda_nb.annotations.formats.read import read_calls
from battycoda_nb.client.client import Client

Sent = list[dict[str, Any]]


@pytest.fixture
def explore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[bc.CallExplorer, Sent]]:
    """An explorer, and its messages of type ``peaks``."""
    monkeypatch.setenv("BATTYCODA_SETTINGS", str(tmp_path / "settings"))

    def make(recording: Any, **options: Any) -> tuple[bc.CallExplorer, Sent]:
        explorer, sent = bc.CallExplorer(recording, **options), []

        def send(content: dict[str, Any], buffers: object = None) -> None:
            if content["type"] == "peaks":
                sent.append(content)

        explorer.send = send  # type: ignore[method-assign]
        ready(explorer)
        return explorer, sent

    return make


def ready(explorer: bc.CallExplorer) -> None:
    """A browser has come that holds nothing."""
    data = {"method": "custom", "content": {"type": "ready"}}
    explorer.comm.handle_msg({"content": {"data": data}, "buffers": []})


def peak_in(sent: Sent, call: int, channel: int = 0) -> Any:
    """What the browser knows of a call; () for nothing."""
    found: Any = ()
    for message in list(sent):
        within = call - message["first"]
        if message["channel"] == channel and 0 <= within < len(message["peaks"]):
            found = message["peaks"][within]
    return found


def test_it_is_the_same_number_everywhere_and_at_any_view(
    client: Client, tones: Path, explore: Callable[..., Any], until: Callable[..., object], tmp_path: Path
) -> None:
    recording = client.open(tones)
    explorer, sent = explore(recording, call=100)
    until(lambda: peak_in(sent, 100), "it is sent")
    hertz, at_edge = peak_in(sent, 100)
    assert (hertz, at_edge) == (pytest.approx(20_000 + 150 * 100, abs=20), False)
    peak = recording.peak_frequency(100)
    assert peak is not None and (peak.hertz, peak.at_edge) == (hertz, at_edge)
    for change in (
        lambda: setattr(explorer, "preset", "fine time"),
        lambda: explorer.zoom(times=(0.001, 0.002), frequencies=(80_000, 90_000)),
        lambda: setattr(explorer, "overview", True),
        lambda: setattr(explorer, "scale", "mel"),
    ):
        change()
        assert explorer.peak_frequency() == peak
    until(lambda: {message["first"] for message in list(sent)} == {80, 96, 112}, "its block, and those beside it")
    assert {message["peaks"][4][0] for message in list(sent) if message["first"] == 96} == {hertz}
    explorer.spectrum = True
    assert explorer.figure().axes[1].get_title() == f"peak {hertz / 1e3:.1f} kHz"
    with explorer.export(tmp_path / "all.csv").open() as file:
        row = list(csv.DictReader(file))[100]
    annotation = json.loads(explorer.export(tmp_path / "all.json").read_text())["annotation"][100]
    assert float(row["peak_frequency"]) == annotation["peak_frequency"] == pytest.approx(hertz, abs=0.06)
    assert (row["peak_at_edge"], annotation["peak_at_edge"]) == ("False", False)
    for name in ("all.csv", "all.json"):
        again = read_calls(name, (tmp_path / name).read_bytes(), "tones.wav")
        assert [(call.onset, call.label) for call in again] == [(call.onset, call.label) for call in recording.calls]
    plain = explorer.export(tmp_path / "plain.csv", peaks=False).read_text()
    assert plain.splitlines()[0] == "onset,offset,label"


def test_all_of_a_recording_are_measured_each_in_its_channel_and_band(client: Client, tmp_path: Path) -> None:
    rate = 250_000
    samples = np.random.default_rng(0).normal(0, 1e-4, (rate, 2))
    t = np.arange(rate) / rate
    samples += 0.1 * np.sin(2 * np.pi * np.array([30_000, 60_000]) * t[:, None])
    samples[:, 0] += np.sin(2 * np.pi * 50_000 * t)
    soundfile.write(tmp_path / "two.wav", samples, rate, subtype="FLOAT")
    header = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tAnnotation"
    rows = [(1, 0.1, 0.11, 20e3, 40e3), (2, 0.2, 0.21, 0, 125e3), (1, 0.3, 0.31, 0, 125e3), (1, 0.4, 0.40002, 0, 125e3)]
    rows += [(1, 0.5, 0.51, 20e3, 49.8e3)]
    lines = [f"{n}\tSpectrogram 1\t" + "\t".join(map(str, row)) + "\tx" for n, row in enumerate(rows, 1)]
    (tmp_path / "two.Table.1.selections.txt").write_text("\n".join([header, *lines]) + "\n")
    recording = client.open(tmp_path / "two.wav", calls=tmp_path / "two.Table.1.selections.txt")
    found = recording.peak_frequencies()
    assert [peak and (round(peak.hertz, -2), peak.at_edge) for peak in found] == [
        (30_000, False), (60_000, False), (50_000, False), None, (49_800, True),
    ]  # fmt: skip
    beside = recording.peak_frequencies(channel=1)[2]
    assert beside is not None and beside.hertz == pytest.approx(60_000, abs=20)
    assert recording.peak_frequency(4) == found[4]


def test_a_browser_that_comes_later_is_sent_them_too_and_so_are_those_further_on(
    client: Client, tones: Path, explore: Callable[..., Any], until: Callable[..., object]
) -> None:
    explorer, sent = explore(client.open(tones), call=20)
    until(lambda: {message["first"] for message in list(sent)} == {0, 16, 32}, "its block, and those beside it")
    explorer.next()
    explorer.goto(40)
    until(lambda: peak_in(sent, 50) != (), "further on")
    del sent[:]
    ready(explorer)
    until(lambda: peak_in(sent, 40) != (), "again")


def test_windows_have_one_too_and_files_count_on(
    client: Client,
    tmp_path: Path,
    record: Callable[..., None],
    explore: Callable[..., Any],
    until: Callable[..., object],
) -> None:
    for name, tone in (("a.wav", 30_000), ("b.wav", 60_000)):
        record(tmp_path / name, tone)
    (tmp_path / "b.wav.csv").unlink()
    explorer, sent = explore(client.open(f"{tmp_path}/"), call=3)
    until(lambda: peak_in(sent, 3) != (), "the window")
    assert peak_in(sent, 3)[0] == pytest.approx(60_000, abs=20)
    explorer.goto(2)
    until(lambda: peak_in(sent, 2) != (), "a call")
    assert peak_in(sent, 2)[0] == pytest.approx(30_000, abs=20)
    assert explorer.sequence.peak_frequency(3) == explorer.sequence.opened(1).peak_frequency(0)


def test_a_recording_played_slower_has_the_frequencies_of_the_animal(
    client: Client, tmp_path: Path, record: Callable[..., None]
) -> None:
    record(tmp_path / "slow.wav", 5_000)
    recording = client.open(tmp_path / "slow.wav", time_expansion=10)
    for call in range(3):
        peak = recording.peak_frequency(call)
        assert peak is not None and peak.hertz == pytest.approx(50_000, abs=200)
