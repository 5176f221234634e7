"""Judgements of a sequence's calls: in which order they are undone, and what is sent of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from battycoda_nb.client.client import Client
from battycoda_nb.client.recording import Recording
from battycoda_nb.client.sequence import RecordingSequence
from battycoda_nb.errors import RecordingError, RequestError
from battycoda_nb.widgets.explorer.messages.labels import SequenceLabels

Messages = list[dict[str, Any]]


@pytest.fixture
def sequence(
    client: Client, record: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> RecordingSequence:
    """Two files of three calls each, both open; steps 0 to 2 and 3 to 5."""
    monkeypatch.setenv("BATTYCODA_SETTINGS", str(tmp_path / "settings"))
    record(tmp_path / "night" / "a.wav", 30_000)
    record(tmp_path / "night" / "b.wav", 60_000)
    sequence = client.open(f"{tmp_path / 'night'}/")
    assert isinstance(sequence, RecordingSequence)
    for file in range(2):
        sequence.open(file).result(30)
    return sequence


@pytest.fixture
def messages() -> Messages:
    return []


@pytest.fixture
def labels(sequence: RecordingSequence, messages: Messages) -> SequenceLabels:
    return SequenceLabels(sequence, messages.append)


def test_a_judgement_during_an_undo_is_the_next_to_be_undone(
    sequence: RecordingSequence, labels: SequenceLabels, messages: Messages
) -> None:
    """It comes from another thread, between what undo looks at and what it does."""
    labels.judge("label", 0, "FM")
    other = threading.Thread(target=labels.judge, args=("label", 3, "CF"))

    def opened(file: int) -> Recording | None:
        if other.ident is None:  # once, and now: undo has seen that call 0 was judged last
            other.start()
            other.join(0.3)  # it either gets through or waits for the undo
        return RecordingSequence.opened(sequence, file)

    sequence.opened = opened  # type: ignore[method-assign]
    assert labels.judge("undo", 0) == 0
    other.join()
    assert [message["entries"][0][:2] for message in messages] == [[0, "FM"], [0, ""], [3, "CF"]]
    assert labels.judge("undo", 0) == 3, "wherever the user is"
    assert labels.judge("redo", 0) == 3


def test_what_cannot_be_undone_can_be_undone_later(
    sequence: RecordingSequence, labels: SequenceLabels, tmp_path: Path
) -> None:
    labels.judge("label", 4, "CF")
    recording = sequence.opened(1)
    assert recording is not None
    path = labels.of(1, recording).path
    path.rename(path.with_suffix(".aside"))
    path.mkdir()  # nobody can write there now
    with pytest.raises(RecordingError, match="cannot be"):
        labels.judge("undo", 0)
    path.rmdir()
    path.with_suffix(".aside").rename(path)
    assert labels.judge("undo", 0) == 4


def test_many_threads_judge_and_all_of_it_is_undone_in_reverse(labels: SequenceLabels, messages: Messages) -> None:
    def judge(step: int) -> None:
        for n in range(20):
            labels.judge("label", step, f"{step}-{n}")

    threads = [threading.Thread(target=judge, args=(step,)) for step in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    order = [message["entries"][0][0] for message in messages]
    assert len(order) == 120
    assert [labels.judge("undo", 0) for _ in order] == order[::-1]
    assert labels.judge("undo", 0) is None


def test_what_is_asked_for_wrongly_is_answered(labels: SequenceLabels, messages: Messages) -> None:
    for content in ({"action": "label"}, {"action": "label", "call": True, "label": "x"}, {"action": 3, "call": 0}):
        labels.on_message(content)
        assert messages[-1]["problem"] == "What is said of a call must be an action, a call and a label"
    labels.on_message({"action": "undo", "call": 0})
    assert messages[-1] == {
        "type": "labels", "entries": [], "labelled": None, "call": None, "problem": "nothing to undo",
    }  # fmt: skip
    with pytest.raises(RequestError, match="explode"):
        labels.judge("explode", 0)
