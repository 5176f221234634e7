"""Labels: kept whatever is killed, cut off or saved again, and every word can be taken back."""

from __future__ import annotations

import json
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.formats.read import read_calls
from battycoda_nb.annotations.labels import CallLabel, Labels
from battycoda_nb.annotations.time_expansion import rescaled
from battycoda_nb.errors import RecordingError, RequestError

BAT = "ab" * 16
CALLS = Calls([Call(0.1, 0.105, "Myotis"), Call(0.2, 0.204), Call(0.3, 0.303, "Nyctalus"), Call(0.4, 0.402)])

LABELLER = """
import sys
from pathlib import Path
from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.annotations.labels import Labels
folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
labels = Labels("ab" * 16, Calls(Call(n, n + 0.5) for n in range(1000)), sample_rate=250_000, folder=folder)
print("ready", flush=True)
sys.stdin.readline()
for n in range(count):
    labels.label(n % 1000, f"{name} {n}")
    print(n, flush=True)
"""


@pytest.fixture
def labels(tmp_path: Path) -> Labels:
    return Labels(BAT, CALLS, sample_rate=250_000, folder=tmp_path)


def _again(labels: Labels, calls: Calls = CALLS) -> Labels:
    return Labels(BAT, calls, sample_rate=250_000, folder=labels.path.parent)


def _all(labels: Labels, count: int = 4) -> list[tuple[str, str]]:
    return [(sentence.label, sentence.state) for sentence in map(labels.of, range(count))]


NOTHING = [("", "")] * 4


# What can be said


def test_nothing_is_said_and_nothing_is_written(labels: Labels) -> None:
    assert labels.of(0) == CallLabel("", "", "Myotis") and labels.of(1) == CallLabel("", "", "")
    assert labels.calls() == CALLS
    assert labels.undo() is None and labels.redo() is None
    assert not labels.path.exists() and labels.problems == []


def test_what_is_said_stands_and_is_there_again(labels: Labels) -> None:
    labels.accept(0)
    labels.label(1, "  Große\tHufeisennase 🦇 ")
    labels.reject(2)
    labels.remove(3)
    for seen in (labels, _again(labels)):
        assert seen.of(0) == CallLabel("Myotis", "accepted", "Myotis")
        assert seen.of(1) == CallLabel("Große Hufeisennase 🦇", "labelled", "")
        assert seen.of(2) == CallLabel("", "rejected", "Nyctalus")
        assert seen.of(3) == CallLabel("", "removed", "")
        assert seen.calls() == Calls(
            [replace(CALLS[0], label="Myotis"), replace(CALLS[1], label="Große Hufeisennase 🦇"),
             replace(CALLS[2], label="")]
        )  # fmt: skip
        assert seen.problems == []


def test_the_last_word_counts(labels: Labels) -> None:
    labels.remove(0)
    labels.label(0, "FM")
    assert labels.of(0).state == "labelled", "a label brings a call back"
    labels.label(0, "")
    assert labels.of(0) == CallLabel("", "", "Myotis") == _again(labels).of(0)


def test_what_is_said_twice_is_undone_once(labels: Labels) -> None:
    for _ in range(3):
        labels.label(1, "FM")
        labels.remove(3)
    assert (labels.undo(), labels.undo(), labels.undo()) == (3, 1, None)
    assert _all(labels) == NOTHING


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda labels: labels.accept(1), "call 1 has no suggestion to accept"),
        (lambda labels: labels.reject(3), "call 3 has no suggestion to reject"),
        (lambda labels: labels.label(4, "FM"), "call=4 is not there: there are 4 calls"),
        (lambda labels: labels.remove(-1), "call=-1 is not there"),
        (lambda labels: labels.of(True), "call=True is not there"),
        (lambda labels: labels.label(0, None), "label=None must be text"),
        (lambda labels: labels.label(0, "x" * 2000), "2000 characters"),
    ],
)
def test_what_cannot_be_said(labels: Labels, act: Callable[[Labels], None], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        act(labels)
    assert not labels.path.exists()


def test_numbers_of_numpy_are_calls(labels: Labels) -> None:
    labels.label(np.int64(1), "FM")
    assert labels.of(1).label == "FM" == _again(labels).of(np.int64(1)).label


def test_a_recording_without_a_hash_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="content hash"):
        Labels("../../etc", CALLS, sample_rate=250_000, folder=tmp_path)


def test_labels_lie_in_the_settings_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BATTYCODA_SETTINGS", str(tmp_path / "mine"))
    labels = Labels(BAT, CALLS, sample_rate=250_000, name="night 1.wav")
    labels.label(1, "FM")
    assert labels.path == tmp_path / "mine" / "labels" / f"{BAT}.jsonl"
    heading, entry = (json.loads(line) for line in labels.path.read_text().splitlines() if line)
    assert heading["recording"] == BAT and heading["name"] == "night 1.wav"
    assert entry["at"].endswith("+00:00") and (entry["start"], entry["stop"], entry["label"]) == (50_000, 51_000, "FM")
    assert heading["sample_rate"] == 250_000, "without it samples are no times"


def test_a_time_expansion_that_is_known_later_strands_no_label(tmp_path: Path) -> None:
    """The file's own seconds as first opened; ten times slower than the animal as it turns out; and as first again."""
    slow = Calls([Call(5.0, 5.05, "Pip", 4_512.37, 5_000), Call(5.0, 5.05, "Nyc", 1_000, 2_000, 1), Call(7.1234, 7.2)])
    fast = rescaled(slow, counted=1, time_expansion=10)
    labels = Labels(BAT, slow, sample_rate=38_400, folder=tmp_path)
    labels.accept(0)
    labels.label(1, "first")
    known = Labels(BAT, fast, sample_rate=384_000, time_expansion=10, folder=tmp_path)
    assert _all(known, 3) == [("Pip", "accepted"), ("first", "labelled"), ("", "")] and known.problems == []
    known.label(2, "later")
    again = Labels(BAT, slow, sample_rate=38_400, folder=tmp_path)
    assert _all(again, 3) == [("Pip", "accepted"), ("first", "labelled"), ("later", "labelled")]
    assert again.undo() == 2 and again.problems == []


def test_labels_of_the_version_before_counted_the_files_own_seconds(tmp_path: Path) -> None:
    heading = {"what": "labels", "version": 1, "recording": BAT, "name": "a.wav"}
    entry = {"at": "2026-01-01T00:00:00.000+00:00", "id": "aa-1", "what": "label", "call": 1, "label": "FM"}
    lines = [heading, {**entry, "onset": 0.2, "offset": 0.204, "low_freq": 3e4}]
    (tmp_path / f"{BAT}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    plain = Labels(BAT, CALLS, sample_rate=250_000, folder=tmp_path)
    assert plain.of(1).label == "FM" and plain.problems == []
    fast = rescaled(CALLS, counted=1, time_expansion=10)
    assert Labels(BAT, fast, sample_rate=2_500_000, time_expansion=10, folder=tmp_path).of(1).label == "FM"


# Undo and redo


def test_undo_and_redo_have_no_end(labels: Labels) -> None:
    steps = [_all(labels)]
    for number in range(200):
        labels.label(number % 4, f"label {number}")
        steps.append(_all(labels))
    for number in reversed(range(200)):
        assert labels.undo() == number % 4
        assert _all(labels) == steps[number]
    assert labels.undo() is None
    for number in range(200):
        assert labels.redo() == number % 4
        assert _all(labels) == steps[number + 1] == (_all(_again(labels)) if number % 50 == 0 else steps[number + 1])
    assert labels.redo() is None


def test_undo_and_redo_after_reopening(labels: Labels) -> None:
    labels.label(0, "A")
    labels.label(1, "B")
    labels.label(1, "C")
    labels.undo()
    again = _again(labels)
    assert again.undo() == 1 and again.of(1).label == ""
    again = _again(again)
    assert (again.redo(), again.of(1).label) == (1, "B")
    assert (again.redo(), again.of(1).label) == (1, "C")
    again.undo()
    again.label(2, "D")
    assert _again(again).redo() is None, "something new was said since"
    assert _again(again).undo() == 2


# What may happen to the file


@pytest.mark.parametrize("cut", [1, 10, 100])
def test_a_torn_last_line_loses_only_itself(labels: Labels, cut: int) -> None:
    labels.label(0, "A")
    labels.label(1, "B")
    os.truncate(labels.path, labels.path.stat().st_size - cut)
    again = _again(labels)
    assert _all(again) == [("A", "labelled"), *NOTHING[1:]]
    again.label(2, "C")
    last = _again(again)
    assert _all(again) == _all(last) == [("A", "labelled"), ("", ""), ("C", "labelled"), ("", "")]
    assert "1 line(s)" in last.problems[0] and "passed over and kept" in last.problems[0]
    assert last.undo() == 2


def test_what_stands_in_the_file_is_not_trusted(labels: Labels) -> None:
    labels.label(0, "A")
    sound = json.loads(labels.path.read_text().splitlines()[-1])
    lines: list[object] = [
        "\0" * 100, "[" * 10_000, "\ud800".encode("utf-8", "surrogatepass"), [], 3, None, {}, {"what": []},
        {"what": "praise", "id": "1"}, {"what": "undo"}, {"what": "undo", "id": "2", "of": []},
        {"what": "undo", "id": "2", "of": "none"}, {**sound, "id": []}, {**sound}, {**sound, "id": "3", "start": "x"},
        {**sound, "id": "4", "label": 3}, {**sound, "id": "5", "stop": float("nan")},
        {**sound, "id": "6", "call": {}}, {**sound, "id": "7", "channel": -1}, {**sound, "id": "8", "start": 10**400},
        {**sound, "id": "9", "label": "x" * 2000},
    ]  # fmt: skip
    with labels.path.open("ab") as file:
        for line in lines:
            data = line if isinstance(line, bytes) else (line if isinstance(line, str) else json.dumps(line)).encode()
            file.write(b"\n" + data)
    kept = labels.path.read_bytes()
    again = _again(labels)
    assert _all(again) == [("A", "labelled"), *NOTHING[1:]]
    again.label(1, "B")
    assert labels.path.read_bytes().startswith(kept)
    assert _all(_again(again))[:2] == [("A", "labelled"), ("B", "labelled")]


def test_a_file_that_is_moved_away_begins_anew(labels: Labels) -> None:
    labels.label(0, "A")
    labels.path.rename(labels.path.with_name("old"))
    labels.label(1, "B")
    assert _all(labels) == _all(_again(labels)) == [("", ""), ("B", "labelled"), ("", ""), ("", "")]
    labels.path.with_name("old").replace(labels.path)
    assert labels.refresh() and _all(labels) == [("A", "labelled"), *NOTHING[1:]]
    labels.label(2, "C")
    assert labels.flush(10) and labels.problems == []


def test_what_is_no_file_is_said(labels: Labels) -> None:
    os.mkfifo(labels.path)
    with pytest.raises(RecordingError, match="no regular file"):
        _again(labels)
    with pytest.raises(RecordingError, match="no regular file"):
        labels.label(0, "A")
    labels.path.unlink()
    labels.path.mkdir()
    with pytest.raises(RecordingError, match="cannot be"):
        labels.label(0, "A")
    labels.path.rmdir()
    labels.label(0, "A")
    assert _all(_again(labels)) == [("A", "labelled"), *NOTHING[1:]]


def test_a_full_disk_is_said_and_nothing_pretends(tmp_path: Path) -> None:
    """In a process of its own that may write no file of more than 700 bytes: the fourth label is cut off."""
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from battycoda_nb.annotations.calls import Call, Calls; from battycoda_nb.annotations.labels import Labels\n"
        "from battycoda_nb.errors import RecordingError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))\n"
        "calls = Calls(Call(n, n + 0.5) for n in range(9))\n"
        "labels = Labels('ab' * 16, calls, sample_rate=250_000, folder=Path(sys.argv[1]))\n"
        "for n in range(9):\n"
        "    try: labels.label(n, 'x')\n"
        "    except RecordingError as error: print(labels.of(n).label == '', error); break\n"
        "print(n, sum(labels.of(n).label == 'x' for n in range(9)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    sentence, counts = done.stdout.splitlines()
    assert sentence.startswith("True ") and "cannot be written" in sentence
    failed, kept = map(int, counts.split())
    assert failed == kept > 1
    again = Labels(BAT, Calls(Call(n, n + 0.5) for n in range(9)), sample_rate=250_000, folder=tmp_path)
    again.label(8, "y")
    again = Labels(BAT, Calls(Call(n, n + 0.5) for n in range(9)), sample_rate=250_000, folder=tmp_path)
    assert [again.of(n).label for n in range(9)] == ["x"] * kept + [""] * (8 - kept) + ["y"]


# Segment files that change


def test_labels_find_their_calls_in_a_changed_segment_file(labels: Labels) -> None:
    labels.label(1, "B")
    labels.label(3, "D")
    rounded = Calls([Call(0.05, 0.06), *(Call(call.onset + 4e-4, call.offset - 4e-4, call.label) for call in CALLS)])
    again = _again(labels, rounded)
    assert [again.of(index).label for index in range(5)] == ["", "", "B", "", "D"]
    again.label(2, "B2")
    assert labels.refresh() and labels.of(1).label == "B2"


def test_labels_of_calls_that_are_gone_are_kept(labels: Labels) -> None:
    labels.label(0, "A")
    labels.label(1, "B")
    fewer = _again(labels, Calls([CALLS[0]]))
    assert "1 label(s)" in fewer.problems[0] and "does not have any more" in fewer.problems[0]
    assert fewer.undo() == 0, "what is not on the screen is not undone"
    assert fewer.undo() is None
    assert _all(_again(labels)) == [("", ""), ("B", "labelled"), ("", ""), ("", "")]


def test_a_rejection_is_of_one_suggestion(labels: Labels) -> None:
    labels.reject(0)
    labels.accept(2)
    other = _again(labels, Calls([replace(call, label="Plecotus") for call in CALLS]))
    assert other.of(0) == CallLabel("", "", "Plecotus")
    assert other.of(2) == CallLabel("Nyctalus", "accepted", "Plecotus")


def test_calls_at_one_time_are_told_apart(tmp_path: Path) -> None:
    calls = Calls(
        [Call(0.1, 0.2, channel=0), Call(0.1, 0.2, channel=1), Call(0.1, 0.2, "", 1000, 2000, 1),
         Call(0.3, 0.4), Call(0.3, 0.4)]
    )  # fmt: skip
    labels = Labels(BAT, calls, sample_rate=250_000, folder=tmp_path)
    for number in range(5):
        labels.label(number, str(number))
    again = _again(labels, calls)
    assert [again.of(number).label for number in range(5)] == list("01234")
    left = _again(labels, Calls([calls[0]]))
    assert left.of(0).label == "0", "the other channel's is not taken for it"


# Threads and processes


def test_threads_may_label_at_once(tmp_path: Path) -> None:
    calls = Calls(Call(n, n + 0.5) for n in range(200))
    labels = Labels(BAT, calls, sample_rate=250_000, folder=tmp_path)

    def some(part: int) -> None:
        for number in range(part, 200, 4):
            labels.label(number, f"{part}")
            labels.of(number)

    threads = [threading.Thread(target=some, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = _again(labels, calls)
    assert [again.of(number).label for number in range(200)] == [str(n % 4) for n in range(200)]
    assert labels.flush(10)


def test_a_burst_of_labels_holds_few_files_open(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    in_use = len(list(Path("/dev/fd").iterdir()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (in_use + 20, limits[1]))
    try:
        calls = Calls(Call(n, n + 0.5) for n in range(2000))
        labels = Labels(BAT, calls, sample_rate=250_000, folder=tmp_path)
        for number in range(2000):
            labels.label(number, "FM")
        assert labels.flush(30)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert len(list(Path("/dev/fd").iterdir())) <= in_use, "and none when all is safe"


def _labeller(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", LABELLER, str(folder), name, str(count)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "ready\n"
    return process


def _go(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()


def test_processes_may_label_at_once(tmp_path: Path) -> None:
    processes = [_labeller(tmp_path, name, 300) for name in "AB"]
    _go(*processes)
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    entries = [json.loads(line) for line in (tmp_path / f"{BAT}.jsonl").read_text().splitlines() if line]
    texts = [entry["label"] for entry in entries if entry["what"] == "label"]
    for name in "AB":
        assert [label for label in texts if label[0] == name] == [f"{name} {n}" for n in range(300)]
    last = {label.split()[1]: label for label in texts}
    labels = Labels(BAT, Calls(Call(n, n + 0.5) for n in range(1000)), sample_rate=250_000, folder=tmp_path)
    assert [labels.of(n).label for n in range(300)] == [last[str(n)] for n in range(300)]
    assert labels.problems == []


def test_two_who_have_it_open_see_one_another(labels: Labels) -> None:
    other = _again(labels)
    labels.label(0, "mine")
    assert other.of(0).label == ""
    assert other.refresh() and other.of(0).label == "mine"
    other.label(1, "theirs")
    labels.label(2, "mine too")
    assert _all(labels) == _all(_again(labels)) and labels.of(1).label == "theirs"
    assert labels.undo() == 2 and labels.undo() == 0 and labels.undo() is None, "theirs is theirs to undo"
    assert labels.of(1).label == "theirs"
    assert _again(labels).undo() == 1, "who comes later may undo it all"


@pytest.mark.parametrize("after", [1, 7, 50, 200, 500])
def test_kill_9_loses_nothing(tmp_path: Path, after: int) -> None:
    """A real process labels as fast as it can, says each label that it has given, and is killed."""
    process = _labeller(tmp_path, "A", 10**9)
    _go(process)
    assert process.stdout
    for _ in range(after):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    last = max([after - 1, *map(int, process.stdout.read().split())])
    process.wait()
    labels = Labels(BAT, Calls(Call(n, n + 0.5) for n in range(1000)), sample_rate=250_000, folder=tmp_path)
    lines = [json.loads(line) for line in labels.path.read_text().splitlines() if line]
    given = [entry["label"] for entry in lines if entry["what"] == "label"]
    assert given[: last + 1] == [f"A {n}" for n in range(last + 1)]
    assert len(given) <= last + 2, "nor was more given than was asked for"
    assert labels.problems == [] and labels.of(last % 1000).label.startswith("A")
    assert labels.undo() is not None, "and the next session goes on from there"


@pytest.mark.shared_data("*.wav.*")
def test_real_segment_files(path: Path, tmp_path: Path) -> None:
    calls = read_calls(path.name, path.read_bytes())
    labels = Labels(BAT, calls, sample_rate=250_000, folder=tmp_path)
    for index in range(len(calls)):
        if calls[index].label and index % 2:
            labels.accept(index)
        else:
            labels.label(index, f"label {index}")
    # saved again by BattyCoda: only times, as float32
    times = {"onsets": calls.onsets.astype(np.float32), "offsets": calls.offsets.astype(np.float32)}
    again = _again(labels, read_calls("a.pickle", pickle.dumps(times)))
    assert [again.of(n).label for n in range(len(calls))] == [labels.of(n).label for n in range(len(calls))]
    assert all(again.of(n).label for n in range(len(calls)))
