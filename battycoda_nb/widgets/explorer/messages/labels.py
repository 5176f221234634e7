"""Labels of the calls of a sequence: judged by the user, kept by recording, sent to the front end."""

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


class SequenceLabels:
    """The labels of the recordings of a sequence that have been opened.

    Parameters
    ----------
    sequence : RecordingSequence
    send : callable
        Takes a message of type ``labels`` for the front end; called in the thread that judges.

    Notes
    -----
    Any thread may call any method. One lock is held over the whole of a judgement: until it is written, remembered for
    `undo`, and sent. So the order of undoing is that of the journals, and the front end's last message is the newest.
    Writing takes 0.02 ms (`Journal`); nobody but another judgement waits for it.
    """

    def __init__(self, sequence: RecordingSequence, send: Callable[..., None]) -> None:
        self._sequence, self._send = sequence, send
        self._lock = threading.RLock()  # of all that follows
        self._labels: dict[int, Labels] = {}  # by file
        self._judged: list[int] = []  # the files in which a call was judged, the newest last
        self._undone: list[int] = []  # the files in which that was undone, the newest last

    def of(self, file: int, recording: Recording) -> Labels:
        """Return the labels of a file that is open.

        Raises
        ------
        RecordingError
            If they are there but cannot be read.
        """
        with self._lock:
            if file not in self._labels:
                info = recording.info
                self._labels[file] = Labels(
                    info.hash,
                    recording.calls,
                    sample_rate=info.sample_rate,
                    time_expansion=info.time_expansion,
                    name=info.name,
                )
            return self._labels[file]

    def on_opened(self, file: int, recording: Recording) -> None:
        """Send what is known of the calls of a file that has just been opened."""
        if recording.unit != "call":
            return
        with self._lock:
            try:
                judged = self.of(file, recording).judged()
            except BattycodaError as error:
                self._deliver(labelled=None, problem=str(error))
            else:
                self._publish(file, judged)

    def judge(self, action: str, step: int, label: str = "") -> int | None:
        """Judge the call of a step, or undo or redo the newest judgement, whichever call that was about.

        Parameters
        ----------
        action : str
            One of `ACTIONS`.
        step : int
            Where the user is.
        label : str
            For the action ``"label"``; empty takes a label back.

        Returns
        -------
        int or None
            The step that was judged; None where there was nothing to undo or redo.

        Raises
        ------
        RequestError
            If there is no such action or call, or nothing is suggested.
        RecordingError
            If it cannot be kept.
        """
        if action not in ACTIONS:
            raise RequestError(f"action={str(action)[:40]!r} is not one of {', '.join(ACTIONS)}")
        with self._lock:
            if action in TURNS:
                return self._turn(action, step)
            at = self._sequence.step(step)
            if at.recording is None or at.unit != "call":
                raise RequestError(f"step={step} has no label: it is no call, or its recording is not open yet")
            labels = self.of(at.file, at.recording)
            getattr(labels, action)(at.within, *([label] if action == "label" else []))
            self._judged.append(at.file)
            self._undone.clear()
            self._publish(at.file, [at.within])
            return step

    def _turn(self, action: str, step: int) -> int | None:
        """Undo or redo the newest judgement, in whichever file; or else one in this file, made before this session."""
        source, target = (self._judged, self._undone) if action == "undo" else (self._undone, self._judged)
        here = self._sequence.step(step).file
        while True:
            file = source[-1] if source else here
            recording = self._sequence.opened(file)
            if recording is None or recording.unit != "call":
                return None
            within = getattr(self.of(file, recording), action)()
            remembered = bool(source)
            if remembered:
                source.pop()  # only now: an action that raised has changed nothing
            if within is not None:
                target.append(file)
                turned = self._sequence.first(file) + within
                self._publish(file, [within], go_to=turned)
                return turned
            if not remembered:
                return None

    def on_message(self, content: dict[str, Any]) -> None:
        """Answer the front end's message of type ``judge``."""
        action, step, label = (content.get(name) for name in ("action", "call", "label"))
        try:
            if not (isinstance(action, str) and type(step) is int and isinstance(label or "", str)):
                raise RequestError("What is said of a call must be an action, a call and a label")
            problem = "" if self.judge(action, step, label or "") is not None else f"nothing to {action}"
        except BattycodaError as error:
            problem = str(error)
        if problem:
            with self._lock:
                self._deliver(problem=problem, labelled=self._share())

    def _publish(self, file: int, calls: list[int], go_to: int | None = None) -> None:
        """Send what is known of some calls of a file, counted within it; the lock is held."""
        labels, first = self._labels[file], self._sequence.first(file)
        known = [(first + call, labels.of(call)) for call in calls]
        entries = [
            [step, now.label or now.suggestion, now.state or ("suggested" if now.suggestion else "")]
            for step, now in known
        ]
        self._deliver(entries=entries, labelled=self._share(), call=go_to)

    def _deliver(self, **fields: Any) -> None:
        self._send({"type": "labels", "entries": [], "call": None, "problem": "", **fields})

    def _share(self) -> float | None:
        """Return which part of all steps has been judged; None while nothing has. The lock is held."""
        judged = sum(len(labels.judged()) for labels in self._labels.values())
        return judged / len(self._sequence) if judged else None
