"""The explorer without a browser: what Python can steer, what the front end is told, what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import pytest
import soundfile
from traitlets import TraitError

import battycoda_nb as bc
from battycoda_nb.client.client import Client
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.store import Store
from battycoda_nb.cluster.work import Location
from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.signal.png import decode
from battycoda_nb.widgets.explorer import saved_views
from battycoda_nb.widgets.explorer.messages.describe import token_of

RATE = 250_000


class Screen:
    """What an explorer tells its front end, and a way to say what a front end would."""

    def __init__(self, explorer: bc.CallExplorer, until: Callable[..., object]) -> None:
        self.explorer, self.until = explorer, until
        self.messages: list[tuple[dict[str, Any], list[bytes]]] = []
        explorer.send = lambda content, buffers=None: self.messages.append((content, list(buffers or [])))  # type: ignore[method-assign]
        self.say("ready")

    def say(self, kind: str, **content: Any) -> None:
        data = {"method": "custom", "content": {"type": kind, **content}}
        self.explorer.comm.handle_msg({"content": {"data": data}, "buffers": []})

    @property
    def named(self) -> dict[str, Any]:
        """The picture on the screen, as a front end names it."""
        here = {name: getattr(self.explorer, name) for name in ("call", "channel", "overview")}
        return {**here, "transform": token_of(self.explorer.transform)}

    def received(self, kind: str, **wanted: Any) -> list[tuple[dict[str, Any], list[bytes]]]:
        return [
            (content, buffers)
            for content, buffers in list(self.messages)
            if content["type"] == kind and all(content.get(name) == value for name, value in wanted.items())
        ]

    def first(self, kind: str, **wanted: Any) -> tuple[dict[str, Any], list[bytes]]:
        self.until(lambda: self.received(kind, **wanted), f"a message of type {kind} with {wanted}", 60)
        return self.received(kind, **wanted)[0]


@pytest.fixture
def explore(
    until: Callable[..., object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[bc.CallExplorer, Screen]]:
    """An explorer and its screen, with settings of its own."""
    monkeypatch.setenv("BATTYCODA_SETTINGS", str(tmp_path / "settings"))

    def make(recording: Any, **options: Any) -> tuple[bc.CallExplorer, Screen]:
        explorer = bc.CallExplorer(recording, **options)
        return explorer, Screen(explorer, until)

    return make


@pytest.fixture
def night(tmp_path: Path, record: Callable[..., None]) -> Path:
    """Three files: two with calls, and between them one without."""
    folder = tmp_path / "night 1 ü"
    record(folder / "a b.wav", 30_000)
    record(folder / "c.wav", 60_000)
    (folder / "c.wav.csv").unlink()
    record(folder / "d.wav", 90_000, calls=4)
    return folder


def test_python_steers_what_keys_steer(client: Client, tones: Path, explore: Callable[..., Any]) -> None:
    explorer, screen = explore(client.open(tones))
    explorer.last()
    assert explorer.call == 599
    explorer.next()
    explorer.previous()
    assert explorer.call == 598
    explorer.first()
    explorer.previous()
    assert explorer.call == 0
    start, stop = explorer.shown_times()
    # half a window into 10 ms on either side, and at the end one more column
    assert (start, stop) == (pytest.approx(-0.00952), pytest.approx(0.014544))
    explorer.zoom_in(2)
    assert explorer.times == (pytest.approx(-0.003504), pytest.approx(0.008528))
    explorer.pan(0.5)
    assert explorer.times == (pytest.approx(0.002512), pytest.approx(0.014544))
    explorer.zoom(frequencies=(20_000, 60_000))
    explorer.pan(up=0.25)
    assert (explorer.times, explorer.frequencies) == (None, (30_000, 70_000))
    explorer.zoom_reset()
    assert (explorer.times, explorer.frequencies) == (None, None)
    explorer.preset = "bat 2 ms"
    assert (explorer.window, explorer.window_length, explorer.overlap, explorer.preset) == ("hann", 2, 0.75, "bat 2 ms")
    explorer.window_length = 1.5
    assert explorer.preset == "custom"
    before = explorer.cmap
    explorer.next_colours()
    explorer.toggle("waveform")
    assert explorer.cmap != before and explorer.waveform
    explorer.back()
    explorer.play()
    explorer.stop()
    assert [content["type"] for content, _ in screen.messages if content["type"] in ("act", "play", "stop")] == [
        "act", "play", "stop",
    ]  # fmt: skip
    assert explorer.mapping == "range"
    explorer.contrast = 5
    assert explorer.mapping == "contrast", "who sets BattyCoda's contrast wants to see it"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("high", -45.0, "40 to 100"),
        ("low", float("nan"), "finite"),
        ("times", (0.2, 0.1), "lower one first"),
        ("frequencies", (0.0, float("inf")), "finite"),
        ("window", "boxcar", "window"),
        ("window_length", 1000.0, "window_length"),
        ("overlap", 1.0, "overlap"),
        ("markers", [(0, 1), (1, 2), (2, 3)], "markers"),
        ("call", 600, "600 calls"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    client: Client, tones: Path, explore: Callable[..., Any], name: str, value: Any, says: str
) -> None:
    explorer, _ = explore(client.open(tones))
    with pytest.raises(TraitError, match=says):
        setattr(explorer, name, value)


def test_sentences_for_what_is_not_there(client: Client, tones: Path, explore: Callable[..., Any]) -> None:
    explorer, _ = explore(client.open(tones))
    for wrong, says in (
        (lambda: explorer.goto(600), "600 calls"),
        (lambda: explorer.toggle("curtain"), "waveform, spectrum"),
        (lambda: setattr(explorer, "preset", "best"), "battycoda, bat 2 ms"),
        (lambda: bc.CallExplorer(client.open(tones), call=600), "call=600"),
        (lambda: explorer.save("x.bmp"), ".png, .pdf or .svg"),
        (lambda: bc.CallExplorer(client.open(tones), colour="hot"), "colour='hot' is nothing"),
        (lambda: bc.CallExplorer("night1.wav"), "client.open"),  # type: ignore[arg-type]
    ):
        with pytest.raises(bc.RequestError, match=says):
            wrong()


def test_the_range_moves_as_one(client: Client, tones: Path, explore: Callable[..., Any]) -> None:
    explorer, _ = explore(client.open(tones), low=-110.0, high=-20.0)
    assert (explorer.look.low, explorer.look.high) == (-110, -20)
    with explorer.hold_trait_notifications():
        explorer.low, explorer.high = -50.0, 0.0
    assert explorer.look.high - explorer.look.low == 50
    assert explorer.look.reference == pytest.approx(20 * np.log10(client.open(tones).info.peak))


def test_all_files_of_a_sequence_are_shown_from_one_reference(
    client: Client, tmp_path: Path, explore: Callable[..., Any], until: Callable[..., object]
) -> None:
    for name, peak in (("a", 0.0), ("b", 0.5), ("c", 0.05)):
        samples = np.random.default_rng(1).normal(0, 1, RATE // 4)
        soundfile.write(tmp_path / f"{name}.wav", peak * samples / np.abs(samples).max(), RATE, subtype="FLOAT")
    explorer, screen = explore(client.open(f"{tmp_path}/"))
    for call, name in enumerate("abc"):
        explorer.goto(call)
        until(lambda name=name: explorer.title.startswith(name) and explorer.recording is not None, name)
        until(lambda: explorer.look.rms == pytest.approx(explorer.recording.info.rms), "its facts")
        loudest = {"a": 0.0}.get(name, 20 * np.log10(0.5))  # silence has no peak
        until(lambda loudest=loudest: explorer.look.reference == pytest.approx(loudest, abs=0.01), "the reference")
    screen.first("recording", file=2)
    assert all("reference" not in content for content, _ in screen.received("recording"))
    again, _ = explore(client.open(f"{tmp_path}/"))
    until(lambda: again.recording is not None, "it is open")
    assert (again.call, again.reference) == (2, explorer.reference), "taken up where it was left"
    other, _ = explore(client.open(tmp_path / "c.wav"))
    assert other.reference == pytest.approx(20 * np.log10(0.05), abs=0.01), "another recording has its own"
    assert explore(client.open(f"{tmp_path}/"), reference=-3.0)[0].reference == -3


def test_a_view_is_taken_up_where_it_was_left(
    client: Client, tones: Path, explore: Callable[..., Any], record: Callable[..., None], tmp_path: Path
) -> None:
    explorer, _ = explore(client.open(tones), cmap="magma")
    explorer.goto(17)
    explorer.zoom(times=(0.0, 0.004), frequencies=(10_000.0, 90_000.0))
    explorer.preset = "fine time"
    explorer.waveform = True
    again, _ = explore(client.open(tones))
    assert (again.call, again.times, again.frequencies) == (17, (0.0, 0.004), (10_000, 90_000))
    assert (again.cmap, again.preset, again.waveform) == ("magma", "fine time", True)
    given, _ = explore(client.open(tones), call=3, cmap="hot")
    assert (given.call, given.cmap, given.frequencies) == (3, "hot", (10_000, 90_000))
    record(tmp_path / "other.wav", 50_000)
    other, _ = explore(client.open(tmp_path / "other.wav"))
    assert (other.call, other.times, other.preset) == (0, None, "fine time"), "the look goes along, the place does not"
    plain, _ = explore(client.open(tones), remember=False)
    assert (plain.call, plain.cmap, plain.preset) == (0, "roseus", "battycoda")


def test_who_went_back_from_the_contrast_to_the_range_begins_with_the_range(
    client: Client, tones: Path, explore: Callable[..., Any]
) -> None:
    explorer, _ = explore(client.open(tones))
    explorer.contrast = 5
    explorer.mapping = "range"
    again, _ = explore(client.open(tones))
    assert (again.contrast, again.mapping) == (5, "range")


@pytest.mark.parametrize("content", ["{", "[]", '{"look": {"cmap": "jet"}, "recordings": {}}', '{"look": 7}', "\x00"])
def test_a_damaged_memory_of_views_costs_nothing(
    client: Client, tones: Path, explore: Callable[..., Any], tmp_path: Path, content: str
) -> None:
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "views.json").write_text(content)
    explorer, _ = explore(client.open(tones))
    assert (explorer.call, explorer.cmap) == (0, "roseus")
    explorer.goto(5)
    saved_views.flush()
    again, _ = explore(client.open(tones))
    assert again.call == 5


def test_the_front_end_is_told_of_the_recording_and_gets_its_pictures(
    client: Client, tones: Path, explore: Callable[..., Any]
) -> None:
    recording = client.open(tones)
    explorer, screen = explore(recording)
    facts, (onsets, offsets) = screen.first("recording")
    assert (facts["title"], facts["count"], facts["unit"], facts["nyquist"]) == ("tones.wav", 600, "call", 125_000)
    np.testing.assert_array_equal(np.frombuffer(onsets), recording.calls.onsets)
    np.testing.assert_array_equal(np.frombuffer(offsets), recording.calls.offsets)
    token = token_of(explorer.transform)
    for call in (0, 1, 2, 8):
        picture, [blob] = screen.first("picture", call=call, overview=False, transform=token)
        request = recording.request(call)
        assert picture["digest"] == request.digest
        assert picture["meta"]["call"]["onset"] == recording.calls[call].onset
        levels, _ = decode(blob, request)
        assert list(levels.shape) == picture["meta"]["shape"]


def test_a_change_of_transform_is_computed_here_first_and_then_for_the_neighbours(
    client: Client, tones: Path, explore: Callable[..., Any]
) -> None:
    explorer, screen = explore(client.open(tones), call=20)
    screen.first("picture", call=21)
    explorer.preset = "fine frequency"
    token = token_of(explorer.transform)
    screen.first("picture", call=21, transform=token)
    screen.first("picture", call=20, transform=token)


def test_going_backwards_the_calls_before_are_computed_ahead(
    client: Client, tones: Path, explore: Callable[..., Any], until: Callable[..., object]
) -> None:
    explorer, screen = explore(client.open(tones), call=400)
    screen.first("picture", call=408)
    explorer.previous()
    wanted = set(range(391, 409))  # eight ahead of either place, and two behind the first
    until(lambda: {content["call"] for content, _ in screen.received("picture")} == wanted, "those and no others")


def test_what_fails_ahead_is_said_when_the_user_gets_there(
    client: Client, tmp_path: Path, explore: Callable[..., Any], record: Callable[..., None]
) -> None:
    record(tmp_path / "gap.wav", 40_000)
    samples, _ = soundfile.read(tmp_path / "gap.wav")
    samples[round(0.13 * RATE) : round(0.18 * RATE)] = np.nan
    soundfile.write(tmp_path / "gap.wav", samples, RATE, subtype="FLOAT")
    explorer, screen = explore(client.open(tmp_path / "gap.wav"))
    screen.first("picture", call=2)  # which was asked for after the one that fails
    assert not screen.received("failed")
    explorer.next()
    failed, _ = screen.first("failed", call=1)
    assert "not a number" in failed["message"]


def test_a_closer_picture_is_the_one_that_figures_use(client: Client, tones: Path, explore: Callable[..., Any]) -> None:
    from battycoda_nb.display.viewport import Viewport, close_span

    recording = client.open(tones)
    explorer, screen = explore(recording, call=3)
    explorer.zoom(times=(0.0, 0.004))
    onset = recording.calls[3].onset
    start, stop = close_span(Viewport(onset, onset + 0.004, 0.0, 125_000.0), recording.info.duration)
    asked = {
        "file": 0,
        "call": 3,
        "channel": 0,
        "transform": token_of(explorer.transform),
        "start": start,
        "stop": stop,
    }
    screen.say("close", **asked, ahead=False)
    answer, [blob] = screen.first("close", call=3)
    spec = explorer.spectrogram()
    assert answer["digest"] == spec.request.digest
    assert spec.levels.shape[0] > 129, "four times as many frequencies"
    assert spec.times[0] <= start + 1e-5 and spec.times[-1] >= stop - 2e-5, "columns over all of it"
    levels, _ = decode(blob, spec.request)
    np.testing.assert_array_equal(levels, spec.levels)
    screen.say("close", **{**asked, "transform": "another"}, ahead=False)
    assert screen.first("close", dropped=True)
    screen.say("close", **{**asked, "start": 70.0, "stop": 71.0}, ahead=False)
    failed, _ = screen.first("close", start=70.0)
    assert "must lie one after the other" in failed["failed"]


def test_the_strip_comes_in_pieces_that_cover_the_recording(
    client: Client, tones: Path, explore: Callable[..., Any], until: Callable[..., object]
) -> None:
    _, screen = explore(client.open(tones))
    screen.say("strip", file=0, channel=0, call=0)

    def columns() -> int:
        return sum(meta["shape"][1] for content, _ in screen.received("strip") for meta in content["metas"])

    first, _ = screen.first("strip")
    total = first["metas"][0]["total"]
    until(lambda: columns() == total, "all of it", 30)
    assert 2048 <= total <= 4096
    metas = [meta for content, _ in screen.received("strip") for meta in content["metas"]]
    assert len(metas) > 3
    end = max(meta["time"][0] + (meta["shape"][1] - 0.5) * meta["time"][1] for meta in metas)
    assert end == pytest.approx(60, abs=0.1)


def test_the_filmstrip_gets_what_it_shows(client: Client, tones: Path, explore: Callable[..., Any]) -> None:
    _, screen = explore(client.open(tones))
    screen.say("want", calls=[300, 301, "x", -1, 10**9])
    for call in (300, 301):
        screen.first("picture", call=call)
    assert not screen.received("picture", call=302)


def test_labels_are_told_kept_and_written(
    client: Client, tones: Path, explore: Callable[..., Any], tmp_path: Path
) -> None:
    explorer, screen = explore(client.open(tones))
    explorer.label("FM")
    explorer.goto(1)
    explorer.accept()  # the CSV calls every one a tone
    screen.say("judge", action="remove", call=2, label=None)
    last, _ = screen.received("labels")[-1]
    assert last["labelled"] == pytest.approx(3 / 600)
    explorer.undo()
    assert explorer.call == 2
    explorer.redo()
    screen.say("judge", action="explode", call=2)
    assert "explode" in screen.received("labels")[-1][0]["problem"]
    again, fresh = explore(client.open(tones))
    labels, _ = fresh.first("labels")
    assert labels["entries"] == [[0, "FM", "labelled"], [1, "tone", "accepted"], [2, "tone", "removed"]]
    path = again.export(tmp_path / "tones.selections.txt")
    rows = path.read_text().splitlines()
    assert rows[0].startswith("Selection\tView\tChannel\tBegin Time (s)")
    assert len(rows) == 1 + 599
    assert rows[1].split("\t")[7] == "FM"
    with pytest.raises(bc.RequestError, match="already"):
        again.export(path)
    assert client.open(tones, calls=path).calls[1].label == "tone"


def test_keys_of_the_users_own_and_what_is_wrong_with_them_is_said(
    client: Client, tones: Path, explore: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "settings").mkdir()
    keys = {"next": ["n"], "fly": ["f"], "labels": {"m": "Myotis"}}
    (tmp_path / "settings" / "keys.json").write_text(json.dumps(keys))
    explorer, _ = explore(client.open(tones))
    assert explorer.bindings["next"] == ["n"]
    assert explorer.label_keys["m"] == "Myotis"
    assert "Noise" in explorer.label_keys.values()
    assert "fly" in explorer.notice


def test_a_sequence_is_stepped_through_across_its_files(
    client: Client, night: Path, explore: Callable[..., Any], until: Callable[..., object]
) -> None:
    night.joinpath("e broken.wav").write_bytes(b"RIFF nonsense")
    sequence = client.open(f"{night}/")
    explorer, screen = explore(sequence)
    assert (explorer.count, len(sequence.files)) == (3 + 1 + 4 + 1, 4)
    for call in range(8):  # all of it is within the eight that are asked for ahead
        screen.first("picture", call=call)
    titles = {
        facts["file"]: (facts["title"], facts["first"], facts["unit"]) for facts, _ in screen.received("recording")
    }
    assert titles == {
        0: ("a b.wav (file 1 of 4)", 0, "call"),
        1: ("c.wav (file 2 of 4)", 3, "window"),
        2: ("d.wav (file 3 of 4)", 4, "call"),
    }
    explorer.last()
    failed, _ = screen.first("failed", call=8)
    assert "e broken.wav" in failed["message"]
    assert (explorer.title, explorer.notice) == ("e broken.wav (file 4 of 4)", ""), "not those of the file before"
    explorer.goto(3)
    until(lambda: explorer.unit == "window" and explorer.title == "c.wav (file 2 of 4)", "the traits follow")
    assert explorer.recording is not None and explorer.recording.info.name == "c.wav"
    screen.say("judge", action="label", call=3, label="FM")
    assert "no call" in screen.received("labels")[-1][0]["problem"]
    for call in (2, 4):
        explorer.goto(call)
        explorer.label("FM")
    explorer.goto(3)
    for turn, call in ((explorer.undo, 4), (explorer.undo, 2), (explorer.redo, 2), (explorer.redo, 4)):
        turn()
        assert explorer.call == call, "in whichever file something was said last"
    explorer.redo()
    assert explorer.call == 4, "nothing to redo"
    explorer.goto(5)
    levels, _ = decode(screen.first("picture", call=5)[1][0], explorer.spectrogram().request)
    [image] = explorer.figure().axes[0].images
    assert (image.get_array() == explorer.spectrogram().low + 0.5 * levels).all(), "what the screen was sent"
    again, _ = explore(client.open(f"{night}/"))
    assert again.call == 5, "a sequence is taken up where it was left"


def test_what_failed_for_want_of_a_worker_is_asked_for_again_once_one_is_there(
    explore: Callable[..., Any],
    server: Any,
    start_worker: Callable[..., Any],
    tones: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody presses a key or a button: picture, closer picture, strip and peak frequencies come by themselves."""
    monkeypatch.setattr("battycoda_nb.cluster.dispatch.GIVE_UP_AFTER", 0.5)
    client = Client(server.url, server.url)
    recording = bc.Recording(client.workers, *Archive(Fence(None, own=True)).open(str(tones)), Location("", str(tones)))
    explorer, screen = explore(recording, call=3, remember=False)
    failed, _ = screen.first("failed", call=3)
    assert "No worker has been heard of lately" in failed["message"]
    close = {"file": 0, "call": 3, "channel": 0, "start": 0.35, "stop": 0.36, "ahead": False}
    screen.say("close", **close, transform=token_of(explorer.transform))
    screen.say("strip", file=0, channel=0, call=3)
    for kind in ("close", "strip"):
        screen.until(lambda kind=kind: any("failed" in content for content, _ in screen.received(kind)), kind)
    start_worker(server.url, "--pool", "solo", BATTYCODA_DATA_ROOT=str(tones.parent))
    picture, _ = screen.first("picture", call=3)
    assert picture["digest"] == failed["digest"]
    for kind in ("close", "strip"):
        screen.first(kind, dropped=True)  # the front end asks again then
    peaks, _ = screen.first("peaks", first=0)
    assert peaks["peaks"][3][0] == pytest.approx(20_450, abs=20)
    client.close()


def test_a_slow_picture_that_nobody_looks_at_any_more_is_not_computed(
    explore: Callable[..., Any],
    server: Any,
    start_worker: Callable[..., Any],
    tones: Path,
    until: Callable[..., object],
) -> None:
    """While the worker is away the user goes far; on its return it does what is on the screen, not what was."""
    client = Client(server.url, server.url)
    recording = bc.Recording(client.workers, *Archive(Fence(None, own=True)).open(str(tones)), Location("", str(tones)))
    explorer, screen = explore(recording, call=3, remember=False, ahead=1, behind=0)
    for call in (100, 200, 300):
        explorer.goto(call)
    close = {"file": 0, "call": 300, "channel": 0, "ahead": False, "transform": token_of(explorer.transform)}
    for start in (30.0, 30.1, 30.2):
        screen.say("close", **close, start=start, stop=start + 0.01)
    parts = [recording.work.part(start, start + 0.01).digest for start in (30.0, 30.1, 30.2)]
    store = Store(redis_client(server.url))
    dropped = [recording.request(call).digest for call in (3, 100, 200)] + parts[:2]
    until(lambda: _dropped(server.url) >= set(dropped), "the workers know")
    start_worker(server.url, "--pool", "solo", BATTYCODA_DATA_ROOT=str(tones.parent))
    screen.first("picture", call=300)
    screen.first("close", start=30.2, digest=parts[2])
    assert store.finished(dropped) == (set(), set()), "they were passed over"
    explorer.goto(100)
    screen.first("picture", call=100)  # who comes back to it has it computed
    client.close()


def test_an_explorer_that_is_closed_leaves_nothing_to_compute(
    explore: Callable[..., Any], server: Any, tones: Path, until: Callable[..., object]
) -> None:
    client, redis = Client(server.url, server.url), redis_client(server.url)
    recording = bc.Recording(client.workers, *Archive(Fence(None, own=True)).open(str(tones)), Location("", str(tones)))
    explorer, screen = explore(recording, call=3, remember=False)
    screen.say("strip", file=0, channel=0, call=3)
    wanted = lambda: [id for name in redis.keys("battycoda:wanted:*") for id in redis.smembers(name)]  # noqa: E731
    until(lambda: len(wanted()) > 10, "the workers know what is wanted ahead")
    explorer.close()
    until(lambda: not wanted() and recording.request(3).digest in _dropped(server.url), "nothing is")
    client.close()


def _dropped(url: str) -> set[str]:
    """What the workers are not to compute."""
    redis = redis_client(url)
    return {id.decode() for name in redis.keys("battycoda:dropped:*") for id in redis.smembers(name)}


def test_why_a_call_is_still_grey_is_said_in_its_place(
    until: Callable[..., object],
    tmp_path: Path,
    explore: Callable[..., Any],
    server: Any,
    start_worker: Callable[..., Any],
    tones: Path,
) -> None:
    worker = start_worker(server.url, "--pool", "solo", BATTYCODA_DATA_ROOT=str(tones.parent))
    client = Client(server.url, server.url)
    until(lambda: "" in client.sites(), "a worker is there")
    explorer, screen = explore(client.open(tones.name), call=0)
    screen.first("picture", call=0)
    worker.kill()
    worker.wait()
    explorer.goto(400)

    def reason() -> str:
        screen.say("need", **screen.named)
        return " ".join(content["message"] for content, _ in screen.received("waiting", call=400))

    until(lambda: "silent" in reason() or "heard of" in reason(), "it says that nobody is there", 15)
    start_worker(server.url, "--pool", "solo", BATTYCODA_DATA_ROOT=str(tones.parent))
    screen.say("retry", **screen.named)
    screen.first("picture", call=400)
    client.close()


def test_a_file_with_fewer_channels_than_the_one_before_shows_its_first(
    client: Client, tmp_path: Path, explore: Callable[..., Any]
) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (RATE // 2, 2))
    (tmp_path / "both").mkdir()
    soundfile.write(tmp_path / "both" / "a.wav", noise, RATE)
    soundfile.write(tmp_path / "both" / "b.wav", noise[:, 0], RATE)
    sequence = client.open(f"{tmp_path}/both/")
    explorer, screen = explore(sequence)
    explorer.channel = 1
    screen.first("picture", call=0, channel=1)
    explorer.next()
    picture, _ = screen.first("picture", call=1, channel=1)
    assert picture["digest"] == sequence.request(1, channel=0).digest


def test_eight_channels_and_silence(client: Client, tmp_path: Path, explore: Callable[..., Any]) -> None:
    samples = np.random.default_rng(1).normal(0, 0.1, (RATE // 2, 8))
    samples[:, 5] = 0
    soundfile.write(tmp_path / "eight.wav", samples, RATE)
    explorer, screen = explore(client.open(tmp_path / "eight.wav"))
    assert (explorer.channels, explorer.unit, explorer.count) == (8, "window", 1)
    explorer.channel = 7
    picture, _ = screen.first("picture", channel=7)
    assert picture["digest"]
    explorer.channel = 5
    failed, _ = screen.first("failed", channel=5)
    assert "digital silence" in failed["message"]


def test_its_public_attributes_are_those_meant_for_users() -> None:
    """What `explorer.<TAB>` offers, less what every widget has and the traits."""
    own = {name for name in dir(bc.CallExplorer) if not name.startswith("_")}
    assert own - {*dir(anywidget.AnyWidget)} - {*bc.CallExplorer.class_trait_names()} == {
        "accept", "back", "export", "figure", "first", "goto", "label", "labels", "last", "look", "next",
        "next_colours", "pan", "peak_frequency", "play", "preset", "previous", "recording", "redo", "reject", "remove",
        "save", "shown_times", "spectrogram", "stop", "toggle", "transform", "undo", "zoom", "zoom_in", "zoom_out",
        "zoom_reset",
    }  # fmt: skip


def test_an_explorer_has_no_other_public_attributes_than_its_class(
    client: Client, tones: Path, explore: Callable[..., Any]
) -> None:
    explorer, _ = explore(client.open(tones))
    assert {name for name in vars(explorer) if not name.startswith("_")} == {"sequence", "send"}, "a test replaced send"


def test_no_attribute_hides_a_trait_of_ipywidgets(client: Client, tones: Path, explore: Callable[..., Any]) -> None:
    """One named ``_view_name`` would leave the browser without a view; without a browser nothing else would show it."""
    explorer, _ = explore(client.open(tones))
    plain = anywidget.AnyWidget()
    names = [name for name in plain.trait_names(sync=True) if name.startswith(("_view", "_model"))]
    assert {name: getattr(explorer, name) for name in names} == {name: getattr(plain, name) for name in names}
    assert "_view_name" in names
