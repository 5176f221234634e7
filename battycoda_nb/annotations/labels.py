"""Labels that a researcher gives the calls of a recording: never lost, and each can be undone."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from battycoda_nb import settings
from battycoda_nb.errors import RecordingError, RequestError
from battycoda_nb.signal.requests import is_digest

from .calls import Call, Calls
from .formats.entry import label_text, one_line
from .journal import Journal
from .matching import find_call

_STATES = {"label": "labelled", "accept": "accepted", "reject": "rejected", "remove": "removed"}


@dataclass(frozen=True, slots=True)
class CallLabel:
    """State of one call.

    Attributes
    ----------
    label : str
        What the researcher says that it is; empty where there is no label, or only a rejection.
    state : str
        "" (nobody has looked), "labelled", "accepted" (the suggestion is right), "rejected" (it is wrong), or "removed"
        (this is no call).
    suggestion : str
        The label that the segment file gives.
    """

    label: str
    state: str
    suggestion: str


@dataclass(slots=True)
class _Entry:
    about: int | tuple[float, float]  # the call's index; onset and offset of one that the segment file has no more
    state: str
    label: str
    holds: bool = True  # False while it is undone


class Labels:
    """The labels of one recording's calls.

    Parameters
    ----------
    recording : str
        Content hash: the labels stay when the file is renamed or moved.
    calls : Calls
        As its segment file has them now. Labels find their calls by onset and offset, within `matching.TOLERANCE`.
    sample_rate, time_expansion : int
        Of the recording, Hz as the calls' times have it. The file counts samples, and Hz as the recording's header has
        them, so labels stay with their calls also when the time expansion is known only later.
    folder : Path, optional
        By default `settings.labels_folder`.
    name : str
        The recording's name, for who looks into the folder.

    Raises
    ------
    RecordingError
        If the labels are there but cannot be read.

    Notes
    -----
    A call is its index in `calls`, from 0. Any thread may call. What a method returns from is kept whatever happens to
    this process (see `Journal`); a method that raises has changed nothing. Several processes may label one recording:
    each sees the others' entries when it next makes one itself, or at `refresh`.

    Examples
    --------
    >>> import tempfile
    >>> calls = Calls([Call(0.10, 0.11, "FM"), Call(0.20, 0.21)])
    >>> labels = Labels("0123456789abcdef" * 2, calls, sample_rate=250_000, folder=Path(tempfile.mkdtemp()))
    >>> labels.accept(0)
    >>> labels.label(1, "CF")
    >>> labels.undo()
    1
    >>> labels.of(0)
    CallLabel(label='FM', state='accepted', suggestion='FM')
    >>> labels.calls().labels
    ('FM', '')
    """

    def __init__(
        self,
        recording: str,
        calls: Calls,
        *,
        sample_rate: int,
        time_expansion: int = 1,
        folder: Path | None = None,
        name: str = "",
    ) -> None:
        if not is_digest(recording):
            raise RequestError(f"recording={str(recording)[:40]!r} must be a content hash of 32 hex digits")
        self._sample_rate, self._time_expansion = sample_rate, time_expansion
        heading = {
            "what": "labels",
            "version": 2,
            "recording": recording,
            "name": _text(name),
            "sample_rate": sample_rate // time_expansion,
        }
        self._journal = Journal((folder or settings.labels_folder()) / f"{recording}.jsonl", heading)
        self._calls = calls
        self._session = secrets.token_hex(4)
        self._lock = threading.RLock()
        self._forget()
        self._appended = 0
        self.refresh()

    def label(self, call: int, text: str) -> None:
        """Label a call. Empty text takes its label back."""
        label = _text(text)
        with self._lock:
            self._record(call, "label", label)

    def accept(self, call: int) -> None:
        """Accept the suggestion as right.

        Raises
        ------
        RequestError
            If there is none.
        """
        with self._lock:
            self._record(call, "accept", self._suggestion(call, "accept"))

    def reject(self, call: int) -> None:
        """Reject the suggestion as wrong. Should the segment file suggest something else one day, that is open again.

        Raises
        ------
        RequestError
            If there is none.
        """
        with self._lock:
            self._record(call, "reject", self._suggestion(call, "reject"))

    def remove(self, call: int) -> None:
        """Mark this as no call. Nothing is deleted: the segment file stays, and a label brings the call back."""
        with self._lock:
            self._record(call, "remove", "")

    def undo(self) -> int | None:
        """Undo the last entry, also of an earlier session, and return the call that it is about; None if there is none.

        Entries that another process makes meanwhile are for that one to undo.
        """
        return self._turn("undo")

    def redo(self) -> int | None:
        """Redo what was undone last, unless there is a new entry since; return the call that it is about, or None."""
        return self._turn("redo")

    def of(self, call: int) -> CallLabel:
        """Return the state of a call."""
        with self._lock:
            suggestion = self._at(call).label
            for entry in reversed(self._about.get(call, ())):
                if entry.holds:
                    return _known(entry.state, entry.label, suggestion)
            return CallLabel("", "", suggestion)

    def judged(self) -> list[int]:
        """Return the calls that have a state, in order."""
        with self._lock:
            return sorted(call for call in self._about if isinstance(call, int) and self.of(call).state)

    def calls(self) -> Calls:
        """Return the calls with the labels as they stand, without those that were removed.

        Where there is no entry the suggestion stands; where it was rejected there is none.
        """
        with self._lock:
            known = [(call, self.of(index)) for index, call in enumerate(self._calls)]
        return Calls(
            replace(call, label=label.label if label.state else label.suggestion)
            for call, label in known
            if label.state != "removed"
        )

    def refresh(self) -> bool:
        """Take in the entries of other processes; return whether there were any."""
        with self._lock:
            entries, restarted = self._journal.read()
            if restarted:
                self._forget()
            for entry in entries:
                self._take(entry)
            self._opened = True
            return bool(entries) or restarted

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until the disk has everything, so that not even a power cut could take it; False after `timeout` s."""
        return self._journal.flush(timeout)

    @property
    def path(self) -> Path:
        """Path of the file, which is created with the first label."""
        return self._journal.path

    @property
    def problems(self) -> list[str]:
        """Sentences for the user; none if all is well."""
        with self._lock:
            strays = sum(
                not isinstance(about, int) and any(entry.holds and entry.label for entry in entries)
                for about, entries in self._about.items()
            )
            damaged = self._journal.damaged + self._unreadable
        sentences = [self._journal.problem] if self._journal.problem else []
        if damaged:
            sentences.append(
                f"{damaged} line(s) of {self.path} cannot be read; they are passed over and kept as they are"
            )
        if strays:
            sentences.append(
                f"{strays} label(s) in {self.path} are for calls that the segment file does not have any more; they "
                "are kept, and are back when the calls are"
            )
        return sentences

    def _forget(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._about: dict[int | tuple[float, float], list[_Entry]] = {}  # in the order of the journal
        self._done: list[str] = []
        self._undone: list[str] = []
        self._unreadable = 0
        self._opened = False  # what is there at the beginning can be undone here, whoever said it

    def _at(self, call: int) -> Call:
        if isinstance(call, bool) or not hasattr(call, "__index__") or not 0 <= call < len(self._calls):
            raise RequestError(
                f"call={str(call)[:40]} is not there: there are {len(self._calls)} calls, counted from 0"
            )
        return self._calls[call]

    def _suggestion(self, call: int, verb: str) -> str:
        suggestion = _text(self._at(call).label)
        if not suggestion:
            raise RequestError(f"call {call} has no suggestion to {verb}: its segment file names none; give it a label")
        return suggestion

    def _record(self, index: int, what: str, label: str) -> None:
        call, index = self._at(index), int(index)
        self.refresh()
        now = self.of(index)
        if _known(_STATES[what], label, now.suggestion) == now:
            return  # an undo that changes nothing would puzzle
        self._append({"what": what, "call": index, **self._placed(call), "label": label})

    def _placed(self, call: Call) -> dict[str, float]:
        """Where a call lies, as the journal has it: samples, and the file's own Hz. What is not known is left out."""
        times = {"start": call.onset * self._sample_rate, "stop": call.offset * self._sample_rate}
        band = {"low_freq": call.low_freq, "high_freq": call.high_freq}
        hertz = {name: value / self._time_expansion for name, value in band.items() if value is not None}
        channel = {} if call.channel is None else {"channel": call.channel}
        return {name: round(value, 6) for name, value in {**times, **hertz}.items()} | channel

    def _call_of(self, item: dict[str, Any]) -> Call:
        """The call that an entry is about; one of version 1 has the file's own seconds in place of samples.

        Raises
        ------
        RecordingError, RequestError
            If it cannot be a call.
        """
        if "start" in item:
            times = [_scaled(item.get(name), 1 / self._sample_rate) for name in ("start", "stop")]
        else:
            times = [_scaled(item.get(name), 1 / self._time_expansion) for name in ("onset", "offset")]
        low, high = (_scaled(item.get(name), self._time_expansion) for name in ("low_freq", "high_freq"))
        return Call(times[0], times[1], _text(item.get("label", "")), low, high, item.get("channel"))

    def _turn(self, what: str) -> int | None:
        with self._lock:
            self.refresh()
            for identity in reversed(self._done if what == "undo" else self._undone):
                about = self._entries[identity].about
                if isinstance(about, int):  # what nobody can see changes nothing
                    self._append({"what": what, "of": identity})
                    return about
            return None

    def _append(self, entry: dict[str, Any]) -> None:
        self._appended += 1
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._journal.append({"at": stamp, "id": f"{self._session}-{self._appended}", **entry})
        self.refresh()  # from the file, so that all who read it see one order

    def _take(self, item: dict[str, Any]) -> None:
        """Take in one entry of the journal. What stands in a file is not trusted."""
        what, identity = item.get("what"), item.get("id")
        if not isinstance(what, str) or (what not in _STATES and what not in ("undo", "redo")):
            return  # the heading, or what a later version says
        if not isinstance(identity, str) or identity in self._entries:
            self._unreadable += 1
            return
        ours = not self._opened or identity.startswith(f"{self._session}-")
        if what in _STATES:
            self._take_entry(identity, what, item, ours)
            return
        of = item.get("of")
        entry = self._entries.get(of) if isinstance(of, str) else None
        if entry is None or entry.holds == (what == "redo"):
            return  # two processes undid the same
        entry.holds = what == "redo"
        source, target = (self._done, self._undone) if what == "undo" else (self._undone, self._done)
        _drop(source, str(of))
        if ours:
            target.append(str(of))

    def _take_entry(self, identity: str, what: str, item: dict[str, Any], ours: bool) -> None:
        try:
            call = self._call_of(item)
        except (RecordingError, RequestError):
            self._unreadable += 1
            return
        hint = item.get("call")
        found = find_call(self._calls, call, hint if isinstance(hint, int) else 0)
        entry = _Entry((call.onset, call.offset) if found is None else found, _STATES[what], call.label)
        self._entries[identity] = entry
        self._about.setdefault(entry.about, []).append(entry)
        if ours:
            self._done.append(identity)
            self._undone.clear()


def _known(state: str, label: str, suggestion: str) -> CallLabel:
    if state == "rejected":
        return CallLabel("", state if label == _text(suggestion) else "", suggestion)
    return CallLabel(label, state if label or state == "removed" else "", suggestion)


def _scaled(value: Any, factor: float) -> Any:
    """Return a number times a factor, and what is no number as it is, for `Call` to refuse."""
    return value * factor if type(value) is float or (type(value) is int and abs(value) < 2**53) else value


def _drop(identities: list[str], identity: str) -> None:
    if identities and identities[-1] == identity:  # nearly always
        identities.pop()
    elif identity in identities:
        identities.remove(identity)


def _text(value: object) -> str:
    """A label as one line of text.

    Raises
    ------
    RequestError
        If it is no text, or longer than `calls.MAX_LABEL`.
    """
    if not isinstance(value, str):
        raise RequestError(f"label={str(value)[:40]} must be text")
    try:
        return one_line(label_text("this label", value))
    except RecordingError as error:
        raise RequestError(str(error)) from error
