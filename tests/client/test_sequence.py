"""Many recordings as one, and recordings as the field has them: odd names, many channels, still being written."""

from __future__ import annotations

import contextlib
import os
import threading
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

import battycoda_nb as bc
from battycoda_nb.client.client import Client
from battycoda_nb.client.sequence import RecordingSequence, Step, as_sequence
from battycoda_nb.client.steps import count_windows, windows
from battycoda_nb.cluster.embedded import EmbeddedServer
from battycoda_nb.cluster.pending import Pending
from battycoda_nb.recordings import catalogue
from battycoda_nb.recordings.archive import Archive
from battycoda_nb.recordings.data_root import Fence
from battycoda_nb.recordings.listing import Listed, Listing

RATE = 250_000
Record = Callable[..., None]
Sites = tuple[Client, dict[str, Path], EmbeddedServer]


@pytest.fixture
def night(tmp_path: Path, record: Record) -> Path:
    """Three calls, a file without calls of 2.3 s, one that is no sound, one whose table is broken, two calls."""
    night = tmp_path / "night 1"
    record(night / "a.wav", 30_000)
    soundfile.write(night / "b.wav", np.random.default_rng(0).normal(0, 1e-3, 23 * RATE // 10), RATE)
    (night / "c.wav").write_text("no sound")
    record(night / "d.wav", 50_000)
    (night / "d.wav.csv").write_text("onset,offset\n0.2,0.1\n")
    record(night / "e.wav", 60_000, calls=2)
    record(night / "deep" / "f.wav", 70_000, calls=4)
    (night / "notes.txt").write_text("not a recording")
    return night


def loudest(spec: bc.Spectrogram) -> float:
    return float(spec.frequencies[spec.db.max(axis=1).argmax()])


def test_a_folder_is_stepped_through_as_one_recording(client: Client, night: Path) -> None:
    sequence = client.open(f"{night}/")
    assert [Path(name).name for name in sequence] == ["a.wav", "b.wav", "c.wav", "d.wav", "e.wav"]
    assert (len(sequence), [sequence.count(file) for file in range(5)]) == (10, [3, 3, 1, 1, 2])
    assert [(step.file, step.within) for step in map(sequence.step, (0, 2, 3, 5, 6, 7, 8, 9))] == [
        (0, 0), (0, 2), (1, 0), (1, 2), (2, 0), (3, 0), (4, 0), (4, 1),
    ]  # fmt: skip
    assert [sequence.first(file) for file in range(5)] == [0, 3, 6, 7, 8]
    assert [sequence.opened(file) for file in range(5)] == [None] * 5  # each is read when it is reached
    with pytest.raises(bc.RequestError, match=r"a\.wav has not been opened: call open\(0\) first"):
        sequence.request(2)
    assert loudest(sequence.spectrogram(2, timeout=20)) == pytest.approx(30_000, abs=1000)
    assert sequence.spectrogram(5, timeout=20).title == "b.wav, window 3 of 3"
    assert loudest(sequence.spectrogram(9, timeout=20)) == pytest.approx(60_000, abs=1000)
    for attempt in (sequence.spectrogram, lambda step: sequence.step(step).found()):
        with pytest.raises(bc.RecordingError, match=r"c\.wav is not a sound file"):
            attempt(6)
    assert sequence.spectrogram(7, timeout=20).title == "d.wav, window 1 of 1"
    assert "offset=0.1 s must lie after" in sequence.step(7).found().notice
    assert [recording and recording.info.name for recording in map(sequence.opened, range(5))] == [
        "a.wav", "b.wav", None, "d.wav", "e.wav",
    ]  # fmt: skip
    assert [pending.result(20).title for pending in sequence.prefetch([0, 8])] == [
        "a.wav, call 1 of 3", "e.wav, call 1 of 2",
    ]  # fmt: skip
    assert sequence.submit(8, overview=True).result(20).request == sequence.opened(4).request(0, overview=True)
    assert sequence.sound(8, timeout=20).title == "e.wav, call 1 of 2"
    assert "5 recordings, 10 steps" in repr(sequence)
    assert "is not a sound file" in sequence._repr_html_()


def test_a_step_says_where_it_is_and_what_is_known_of_its_file(client: Client, night: Path) -> None:
    sequence = client.open(f"{night}/")
    before = sequence.step(1)
    assert (before.number, before.recording, before.unit, before.channel_shown(7)) == (1, None, "call", 7)
    with pytest.raises(bc.RequestError, match=r"a\.wav has not been opened"):
        before.found()
    for file in (0, 1, 2):
        with contextlib.suppress(bc.RecordingError):
            sequence.open(file).result(20)
    call, window, broken = map(sequence.step, (1, 4, 6))
    assert call.found() is call.recording is sequence.opened(0)
    assert (window.within, window.unit, window.channel_shown(7), window.channel_shown("x")) == (1, "window", 0, "x")
    with pytest.raises(bc.RecordingError, match=r"c\.wav is not a sound file"):
        broken.found()
    assert before.recording is None, "a step is what was so when it was located"


def test_a_window_of_another_length_counts_as_the_opened_recording_does(client: Client, night: Path) -> None:
    sequence = client.open(f"{night}/[ab].wav", step=0.6)
    assert (len(sequence), sequence.count(1)) == (7, 4)
    assert len(sequence.open(1).result(20)) == 4
    assert sequence.opened(1).notice.startswith("No calls were found beside it")


def test_without_calls_every_file_is_stepped_through_by_windows(client: Client, night: Path) -> None:
    sequence = client.open(f"{night}/", calls=False)
    assert [sequence.count(file) for file in range(5)] == [1, 3, 1, 1, 1]
    assert sequence.spectrogram(sequence.first(3), timeout=20).title == "d.wav, window 1 of 1"  # its table is not read


def test_what_a_pattern_finds(client: Client, night: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def names(pattern: str, **options: object) -> list[str]:
        return [Path(name).name for name in client.open(pattern, **options)]

    assert names(f"{night}/**") == ["a.wav", "b.wav", "c.wav", "d.wav", "f.wav", "e.wav"]  # of deep/ the f
    assert names(f"{night}/**/*.wav") == names(f"{night}/**")
    assert names("night 1/**/f*", folder=night.parent) == ["f.wav"]
    assert names("../night 1/a*", folder=night) == ["a.wav"]
    monkeypatch.chdir(night)
    assert names("deep/") == ["f.wav"]
    assert len(client.recordings(pattern="**")) == 6
    monkeypatch.setenv("HOME", str(night))
    assert [name for name, _ in Fence(None, own=True).files("~/deep/f*", "/")] == [
        f"{night}/deep/f.wav", f"{night}/deep/f.wav.csv",
    ]  # fmt: skip


def test_what_is_no_sequence_is_said(client: Client, night: Path) -> None:
    for name, options, error, sentence in (
        (night, {}, bc.RecordingError, r"not a regular file but a folder: .*night 1/', with its slash, opens"),
        (f"{night}/x*.wav", {}, bc.RecordingError, r"No recording fits '.*x\*\.wav': is the name right\?"),
        (f"{night.parent}/", {}, bc.RecordingError, r"No recording fits .* with those in folders below it: '.*/\*\*'"),
        (f"{night}/nowhere/", {}, bc.RecordingError, "There is no folder '.*nowhere'"),
        (f"{night}/*/../a.wav", {}, bc.RecordingError, r"must not have '\.\.' after a wildcard"),
        (f"{night}/", {"hash": "0" * 32}, bc.RequestError, "hash='0*' belongs to one recording, and .* 5 recordings"),
        (f"{night}/", {"calls": "x.csv"}, bc.RequestError, "calls='x.csv' belongs to one recording"),
        (f"{night}/", {"step": 0}, bc.RequestError, "step=0 must be"),
    ):
        with pytest.raises(error, match=sentence) as raised:
            client.open(name, **options)
        assert "\n" not in str(raised.value)


def test_a_step_or_file_that_is_not_there_is_said(client: Client, night: Path) -> None:
    sequence = client.open(f"{night}/")
    for step in (-1, 10, 1.5, None, True):
        with pytest.raises(bc.RequestError, match=r"step=.* is not there: .*10 steps.* from 0 to 9"):
            sequence.step(step)
    for file in (-1, 5, "a.wav"):
        with pytest.raises(bc.RequestError, match=r"file=.* is not there: .*5 recordings.* from 0 to 4"):
            sequence.open(file)


def test_many_threads_open_a_file_once(client: Client, night: Path) -> None:
    sequence, together = client.open(f"{night}/"), threading.Barrier(20)
    pendings, opened = [], []

    def ask() -> None:
        together.wait()
        pendings.append(sequence.open(0))
        opened.append(pendings[-1].result(20))

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({pending.task_id for pending in pendings}) == 1
    assert {id(recording) for recording in opened} == {id(sequence.opened(0))}


def test_a_file_that_changed_since_the_list_says_so_and_shifts_nothing(
    client: Client, night: Path, record: Record
) -> None:
    sequence = client.open(f"{night}/")
    record(night / "a.wav", 30_000, calls=2)
    record(night / "c.wav", 40_000, calls=3)
    (night / "b.csv").write_text("onset,offset\n0.1,0.2\n")
    assert sequence.spectrogram(1, timeout=20).title == "a.wav, call 2 of 2"
    notice = r"a\.wav has 2 calls now, and had 3 calls when '.*' was listed: open that again"
    with pytest.raises(bc.RequestError, match=notice):
        sequence.spectrogram(2, timeout=20)
    assert "a.wav has 2 calls now, and had 3 calls when" in sequence.opened(0).notice
    assert sequence.spectrogram(3, timeout=20).title == "b.wav, call 1 of 1"
    assert "has 1 call now, and had 3 windows" in sequence.opened(1).notice
    assert sequence.spectrogram(6, timeout=20).title == "c.wav, call 1 of 3"  # it has been mended
    assert "has 3 calls now, and could not be read when" in sequence.opened(2).notice
    step = sequence.step(8)
    assert (step.file, step.within) == (4, 0)
    (night / "e.wav").unlink()
    with pytest.raises(bc.RecordingError, match=r"There is no file '.*e\.wav'"):
        sequence.spectrogram(8, timeout=20)
    record(night / "e.wav", 60_000, calls=2)
    assert sequence.spectrogram(8, timeout=20).title == "e.wav, call 1 of 2"  # what failed is tried again


def test_one_recording_behaves_the_same(client: Client, night: Path) -> None:
    recording = client.open(night / "a.wav")
    sequence = as_sequence(recording)
    assert as_sequence(sequence) is sequence
    assert (len(sequence), list(sequence)) == (3, [str(night / "a.wav")])
    assert sequence.step(2) == Step(2, 0, 2, str(night / "a.wav"), recording)
    assert sequence.opened(0) is recording
    assert sequence.open(0).result(0) is recording
    assert sequence.request(2) == recording.request(2)
    assert (sequence.step(1).found(), sequence.step(1).within) == (recording, 1)
    quiet = as_sequence(client.open(night / "b.wav", step=0.5))
    assert (len(quiet), quiet.opened(0).unit) == (5, "window")


def test_a_site_and_its_patterns(two_sites: Sites) -> None:
    client, _, _ = two_sites
    sequence = client.open("basement:**/night*.wav")
    assert list(sequence) == ["basement:2024/night1.wav"]
    assert sequence.spectrogram(4, timeout=20).title == "night1.wav, call 5 of 5"
    assert list(client.open("basement:2024/")) == ["basement:2024/night1.wav"]
    hash = client.open("basement:2024/night1.wav").info.hash
    assert client.open(f"basement:{hash}").info.path == "2024/night1.wav"
    with pytest.raises(bc.RecordingError, match=r"No recording with the content hash .* lies at attic"):
        client.open(f"attic:{hash}")
    with pytest.raises(bc.RecordingError, match=r"must be relative to the data root"):
        client.open("basement:/etc/")
    with pytest.raises(bc.RecordingError, match=r"'2024' is not .* but a folder: '2024/', with its slash"):
        client.open("basement:2024")
    with pytest.raises(bc.RequestError, match="Recordings lie at attic, basement: say at which"):
        client.open("2024/")


# What the field has


@pytest.mark.parametrize(
    "name",
    ["Große Hufeisennase, Nacht 1 (ñ 蝙蝠).wav", "call[1].wav", "what?.wav", "all*.wav", "-rf ~.wav", "a:b.wav"],
)
def test_any_name_opens_that_very_file(client: Client, tmp_path: Path, record: Record, name: str) -> None:
    record(tmp_path / "night [2]" / name, 40_000)
    record(tmp_path / "night [2]" / "call1.wav", 50_000)
    for form in ("NFC", "NFD"):
        recording = client.open(tmp_path / "night [2]" / unicodedata.normalize(form, name))
        assert loudest(recording.spectrogram(1, timeout=20)) == pytest.approx(40_000, abs=1000)
        assert len(recording.calls) == 3
    assert [Path(path).name for path in client.open(f"{tmp_path}/night [2]/")] == sorted([name, "call1.wav"])
    assert [Path(path).name for path in client.open(f"{tmp_path}/night [2]/call1*")] == ["call1.wav"]


def test_a_name_in_two_letters_opens_with_its_calls_when_typed_in_one(
    client: Client, tmp_path: Path, record: Record
) -> None:
    typed = tmp_path / "Fledermäuse" / "müde Nacht.wav"
    record(Path(unicodedata.normalize("NFD", str(typed))), 40_000)
    recording = client.open(typed)
    assert (len(recording.calls), unicodedata.normalize("NFC", recording.info.name)) == (3, typed.name)
    assert loudest(recording.spectrogram(0, timeout=20)) == pytest.approx(40_000, abs=1000)


def test_eight_channels_are_shown_each(client: Client, tmp_path: Path) -> None:
    samples = np.random.default_rng(0).normal(0, 1e-3, (RATE // 2, 8))
    for channel in range(8):
        samples[:, channel] += 0.3 * np.sin(2 * np.pi * (20_000 + 5000 * channel) * np.arange(len(samples)) / RATE)
    soundfile.write(tmp_path / "array.wav", samples, RATE)
    sequence = client.open(f"{tmp_path}/")
    assert sequence.files[0].channels == 8
    for channel in range(8):
        spec = sequence.spectrogram(0, channel=channel, timeout=20)
        assert loudest(spec) == pytest.approx(20_000 + 5000 * channel, abs=1000)
    with pytest.raises(bc.RequestError, match="channel=8 is not there"):
        sequence.submit(0, channel=8)


def test_a_name_that_is_no_text_is_listed_with_its_problem(client: Client, tmp_path: Path, record: Record) -> None:
    record(tmp_path / "a.wav", 40_000)
    (tmp_path / os.fsdecode(b"caf\xe9.wav")).write_bytes((tmp_path / "a.wav").read_bytes())
    sequence = client.open(f"{tmp_path}/")
    assert [Path(name).name for name in sequence] == ["a.wav", r"caf\xe9.wav"]
    assert len(sequence) == 4
    with pytest.raises(bc.RecordingError, match=r"caf\\xe9\.wav: Its name has bytes that are no text .* rename it"):
        sequence.spectrogram(3, timeout=20)
    assert "rename it" in repr(sequence.files)


def unopened(entry: Listed) -> Pending[bc.Recording]:
    raise AssertionError(f"nobody opens {entry.name}")


def test_a_list_that_is_full_says_so(client: Client, night: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "MAX_LISTED", 3)
    answer = catalogue.Catalogue(Archive(Fence(night))).listing("*.wav")
    assert (len(answer["entries"]), answer["more"]) == (3, True)
    sequence = RecordingSequence(client.workers, Listing([Listed("", "a.wav")], more=True), unopened, name="night 1/")
    assert "More than 1 recordings fit 'night 1/'" in sequence.notice
    assert "Use a narrower pattern" in sequence._repr_html_()


def test_a_list_marks_what_is_cut_short_or_has_no_samples(client: Client, night: Path) -> None:
    data = (night / "a.wav").read_bytes()
    (night / "a.wav").write_bytes(data[: len(data) // 2])
    (night / "e.wav").write_bytes(data[:44])
    listed = client.open(f"{night}/").files
    assert "cut short: its header promises about 0.50 s" in listed[0].notice
    assert "cut short" in repr(listed)
    assert "holds no samples" in listed[4].problem


# (RIFF size, data size) as a recorder's header has them while it writes
HEADERS = {
    "unknown": (8, 0),
    "the largest": (2**32 - 1, 2**32 - 1),
    "too little": (36 + 20_000, 20_000),
    "none": (36, 0),
}


def header(riff: int, data: int) -> bytes:
    head = b"RIFF" + riff.to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    rate, bytes_a_second = RATE.to_bytes(4, "little"), (2 * RATE).to_bytes(4, "little")
    return head + b"\1\0\1\0" + rate + bytes_a_second + b"\2\0\x10\0" + b"data" + data.to_bytes(4, "little")


@pytest.mark.parametrize("kind", HEADERS)
def test_a_file_that_is_still_being_written(
    client: Client, tmp_path: Path, kind: str, until: Callable[..., object]
) -> None:
    path, done = tmp_path / "now.wav", threading.Event()
    block = np.random.default_rng(0).integers(-9000, 9000, RATE // 4, dtype="<i2").tobytes()
    path.write_bytes(header(*HEADERS[kind]))
    with pytest.raises(bc.RecordingError, match=r"holds no samples: .* It was written to \d+ s ago: is it still being"):
        client.open(path)

    def record() -> None:
        with path.open("ab") as file:
            while not done.wait(0.02):
                file.write(block)
                file.flush()

    recorder = threading.Thread(target=record)
    recorder.start()
    try:
        until(lambda: path.stat().st_size > 4 * len(block), "it grows")
        recording = client.open(path)
        size = recording.info.size
        assert recording.info.frames > 9_000
        if kind != "the largest":  # that is how some programs mean it, for good
            assert "is it still being recorded? Open it again" in recording.notice
        until(lambda: path.stat().st_size > size, "it has grown")
        with pytest.raises(bc.RecordingError, match=r"has changed since it was opened.*open it again"):
            recording.spectrogram(0, timeout=20)
    finally:
        done.set()
        recorder.join()
    assert client.open(path).spectrogram(0, timeout=20).levels.any()


def test_a_file_that_has_just_begun_says_so(client: Client, tmp_path: Path) -> None:
    for content in (b"", header(8, 0)[:20]):
        (tmp_path / "now.wav").write_bytes(content)
        with pytest.raises(bc.RecordingError, match=r"\. It was written to \d+ s ago: is it still being recorded\?"):
            client.open(tmp_path / "now.wav")
        assert "is it still being recorded?" in client.open(f"{tmp_path}/").files[0].problem


def test_a_flac_that_was_not_closed_says_so(client: Client, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.flac", np.random.default_rng(0).normal(0, 0.1, RATE), RATE)
    data = bytearray((tmp_path / "x.flac").read_bytes())
    data[21] &= 0xF0  # the number of samples in its first block: unknown
    data[22:26] = bytes(4)
    (tmp_path / "x.flac").write_bytes(data[: len(data) // 2])
    recording = client.open(tmp_path / "x.flac")
    assert recording.notice.startswith("The header of this file does not say how long it is: 0.49 s can be decoded.")
    assert recording.info.duration == pytest.approx(0.49, abs=0.01)
    assert recording.spectrogram(0).levels.any()
    listed = client.open(f"{tmp_path}/").files[0].notice  # a second may have gone by
    assert listed.partition(" It was written")[0] == recording.notice.partition(" It was written")[0]


@pytest.mark.parametrize(
    ("seconds", "window", "lengths"),
    [
        (0.001, 1.0, [0.001]), (1.0, 1.0, [1.0]), (2.5, 1.0, [1.0, 1.0, 0.5]), (2.01, 1.0, [1.0, 1.01]),
        (2.02, 1.0, [1.0, 1.0, 0.02]), (0.3, 0.1, [0.1, 0.1, 0.1]), (60.0, 20.0, [20.0, 20.0, 20.0]),
    ],
)  # fmt: skip
def test_windows_cover_a_recording(seconds: float, window: float, lengths: list[float]) -> None:
    frames = round(seconds * RATE)
    steps = windows(frames, RATE, window)
    assert count_windows(frames, RATE, window) == len(steps)
    assert [step.duration for step in steps] == pytest.approx(lengths)
    assert (steps[0].onset, steps[-1].offset) == (0.0, frames / RATE)
    assert [step.onset for step in steps[1:]] == [step.offset for step in steps[:-1]]
