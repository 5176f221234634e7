"""What the user says that the calls are: kept for each recording, told to the front end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from battycoda_nb.annotations.labels import Labels
from battycoda_nb.client.recording import Recording
from battycoda_nb.client.sequence import RecordingSequence
from battycoda_nb.errors import BattycodaError, RequestError

TURNS = ("undo", "redo")
ACTIONS = ("label", "accept", "reject", "remove", *TURNS)


class Judging:
    """The labels of the recordings of a sequence that have been opened.

    Notes
    -----
    Any thread may call any method.
    """

    def __init__(self, sequence: RecordingSequence, send: Callable[..., None]) -> None:
        self._sequence, self._send = sequence, send
        self._lock = threading.Lock()
        self._labels: dict[int, Labels] = {}  # by file
        self._said: list[int] = []  # the files in which something was said, and in which it was undone, the last last
        self._undone: list[int] = []

    def of(self, file: int, recording: Recording) -> Labels:
        """The labels of a file that is open.

        Raises
        ------
        RecordingError
            If they are there but cannot be read.
        """
        with self._lock:
            if file not in self._labels:
                self._labels[file] = Labels(recording.info.hash, recording.calls, name=recording.info.name)
            return self._labels[file]

    def opened(self, file: int, recording: Recording) -> None:
        """Tell the front end what is known of a file's calls."""
        if recording.unit != "call":
            return
        try:
            labels = self.of(file, recording)
        except BattycodaError as error:
            self._send({"type": "labels", "entries": [], "labelled": None, "call": None, "problem": str(error)})
        else:
            self._tell(file, labels.judged())

    def judge(self, action: str, step: int, label: str = "") -> int | None:
        """Do what was said; the step that it was about, or None where there was nothing to undo or redo.

        Raises
        ------
        RequestError
            If there is no such action or call, or nothing is suggested.
        RecordingError
            If it cannot be kept.
        """
        if action not in ACTIONS:
            raise RequestError(f"action={str(action)[:40]!r} is not one of {', '.join(ACTIONS)}")
        if action in TURNS:
            return self._turn(action, step)
        file, within = self._sequence.locate(step)
        recording = self._sequence.opened(file)
        if recording is None or recording.unit != "call":
            raise RequestError(f"step={step} has no label: it is no call, or its recording is not open yet")
        labels = self.of(file, recording)
        getattr(labels, action)(within, *([label] if action == "label" else []))
        with self._lock:
            self._said.append(file)
            self._undone.clear()
        self._tell(file, [within])
        return step

    def _turn(self, action: str, step: int) -> int | None:
        """Undo or redo what was said last, in whichever file that was; or else what was said in this one before."""
        taken, given = (self._said, self._undone) if action == "undo" else (self._undone, self._said)
        while True:
            with self._lock:
                file = taken[-1] if taken else None
            at = self._sequence.locate(step)[0] if file is None else file
            recording = self._sequence.opened(at)
            if recording is None or recording.unit != "call":
                return None
            about = getattr(self.of(at, recording), action)()
            with self._lock:
                taken[-1:] = []
                given += [at] if about is not None else []
            if about is not None:
                first = self._sequence.first(at)
                self._tell(at, [about], go_to=first + about)
                return first + about
            if file is None:
                return None

    def heard(self, content: dict[str, Any]) -> None:
        """The front end's message of type ``judge``."""
        action, step, label = (content.get(name) for name in ("action", "call", "label"))
        try:
            if not (isinstance(action, str) and type(step) is int and isinstance(label or "", str)):
                raise RequestError("What is said of a call must be an action, a call and a label")
            about = self.judge(action, step, label or "")
            problem = "" if about is not None else f"nothing to {action}"
        except BattycodaError as error:
            problem = str(error)
        if problem:
            self._send({"type": "labels", "entries": [], "labelled": self._share(), "call": None, "problem": problem})

    def _tell(self, file: int, calls: list[int], go_to: int | None = None) -> None:
        labels, first = self._labels[file], self._sequence.first(file)
        known = [(call, labels.of(call)) for call in calls]
        entries = [
            [first + call, said.label or said.suggestion, said.state or ("suggested" if said.suggestion else "")]
            for call, said in known
        ]
        self._send({"type": "labels", "entries": entries, "labelled": self._share(), "call": go_to, "problem": ""})

    def _share(self) -> float | None:
        """Which part of all steps has been judged; None while nothing has."""
        with self._lock:
            judged = sum(len(labels.judged()) for labels in self._labels.values())
        return judged / len(self._sequence) if judged else None
