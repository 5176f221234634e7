"""Views of recordings, kept from one session to the next."""

from __future__ import annotations

import atexit
import json
import threading
from hashlib import blake2b
from pathlib import Path
from typing import Any

from battycoda_nb import settings
from battycoda_nb.client.sequence import RecordingSequence
from battycoda_nb.errors import RequestError
from battycoda_nb.files import locked
from battycoda_nb.formatting import noun
from battycoda_nb.signal.requests import is_digest

MAX_RECORDINGS = 500
MAX_VIEW = 16_384  # characters as JSON; a view has a few hundred

PICTURE = ("call", "channel", "overview", "window", "window_length", "overlap", "scale")  # the traits that choose it
VIEW = (  # the traits that are kept of a view
    *PICTURE, "times", "frequencies", "mapping", "low", "high", "reference", "contrast", "cmap", "grid", "waveform",
    "spectrum", "strip", "filmstrip", "markers", "expansion", "heterodyne",
)  # fmt: skip

# What in a view belongs to one recording: the next one opens with the same look, but at its own first call.
PLACE = frozenset({"call", "channel", "times", "frequencies", "markers", "reference"})

_DELAY = 0.5  # s from a change to its writing: a slider that is dragged is written twice a second
_NEEDS = ("look", "recordings")


class Views:
    """The views of all recordings, in one file.

    Parameters
    ----------
    path : Path
        The file. `remember` and `recall` use ``views.json`` in the settings folder.

    Attributes
    ----------
    problem : str
        Why the views are not kept, or where a damaged file went: a sentence for the user; empty if all is well.

    Notes
    -----
    Any thread may call any method. `_lock` guards what is not written yet and the timer, and is not held during input
    or output; `_writing` the rest, and is held by who writes. Processes that share the file take turns; of two who look
    at one recording the last one's view is kept.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writing = threading.Lock()
        self.problem = ""
        self._aside = ""  # where a damaged file went: reported as long as this process lives
        self._lock = threading.Lock()
        self._changed: dict[str, str] = {}  # by recording, the latest last, as JSON: what is not written yet
        self._timer: threading.Timer | None = None

    def remember(self, recording: str, view: dict[str, Any]) -> None:
        """Keep the view of a recording. Never waits: a thread writes it within a second.

        Raises
        ------
        RequestError
            If `recording` is no hash, or `view` is not a dict of plain JSON values.
        """
        if not is_digest(recording):
            raise RequestError(f"recording={str(recording)[:40]!r} must be a content hash of 32 hex digits")
        if not isinstance(view, dict):
            raise RequestError(f"a view must be a dict, not {noun(view)}")
        try:
            text = json.dumps(view, allow_nan=False)  # now, as the caller may change it
        except (TypeError, ValueError, RecursionError) as error:
            raise RequestError(f"a view must hold plain JSON values ({str(error)[:80]})") from error
        if len(text) > MAX_VIEW:
            raise RequestError(f"a view of {len(text)} characters is longer than {MAX_VIEW}; keep less of it")
        with self._lock:
            self._changed.pop(recording, None)
            self._changed[recording] = text
            if self._timer is None:
                self._timer = threading.Timer(_DELAY, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def recall(self, recording: str) -> dict[str, Any]:
        """Return how a recording was looked at; if it was never open, the last look at any, less what is in `PLACE`.

        What is in the file is not trusted: the caller checks every value.
        """
        with self._lock:
            changed = dict(self._changed)
        if recording in changed:
            return json.loads(changed[recording])
        content, _ = settings.read(self.path, needs=_NEEDS)
        views, look = _sound(content)
        if recording in views:
            return views[recording]
        return _without_place(json.loads(changed[next(reversed(changed))])) if changed else _without_place(look)

    def flush(self) -> None:
        """Write what is not written yet; waits for it."""
        with self._writing:
            with self._lock:
                changed, self._timer = dict(self._changed), None
            if not changed:
                return
            try:
                self._write({recording: json.loads(text) for recording, text in changed.items()})
            except OSError as error:
                self.problem = f"Views are not kept: {self.path} cannot be written ({error.strerror or error})"
                return  # they stay in memory, and are tried again with the next
            with self._lock:
                for recording, text in changed.items():
                    if self._changed.get(recording) is text:
                        del self._changed[recording]

    def _write(self, changed: dict[str, dict[str, Any]]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with locked(self.path.with_name(f"{self.path.name}.lock")):
            content, _ = settings.read(self.path, needs=_NEEDS)
            views, _ = _sound(content)
            views = {recording: view for recording, view in views.items() if recording not in changed} | changed
            kept = dict(list(views.items())[-MAX_RECORDINGS:])
            look = _without_place(next(reversed(changed.values())))
            self._aside = settings.write(self.path, {"look": look, "recordings": kept}, needs=_NEEDS) or self._aside
            self.problem = self._aside


def view_name(sequence: RecordingSequence) -> str:
    """Return the name under which the view of a recording, or of a sequence, is kept: 32 hex digits.

    A view has times and frequencies, so that of another time expansion is another.
    """
    names = [sequence.name, *(entry.name for entry in sequence.files[:1])]
    if len(sequence.files) == 1 and (recording := sequence.opened(0)) is not None:
        names = [recording.info.hash]
    expansions = {entry.time_expansion for entry in sequence.files[:1]} - {1}
    if is_digest(names[0]) and not expansions:
        return names[0]
    return blake2b(json.dumps([*names, *expansions]).encode(), digest_size=16).hexdigest()


def remember(recording: str, view: dict[str, Any]) -> None:
    """Keep how a recording is looked at, in the settings folder; see `Views.remember`."""
    views().remember(recording, view)


def recall(recording: str) -> dict[str, Any]:
    """Return how a recording was looked at, as far as it is one of `VIEW`; see `Views.recall`."""
    return {trait: value for trait, value in views().recall(recording).items() if trait in VIEW}


def flush() -> None:
    """Write what is not written yet; waits for it. Called by itself when the process ends."""
    with _opening:
        opened = list(_opened.values())
    for kept in opened:
        kept.flush()


def views() -> Views:
    """Return this process's `Views` of the settings folder as it is now."""
    path = settings.folder() / "views.json"
    with _opening:
        return _opened.setdefault(path, Views(path))


_opened: dict[Path, Views] = {}
_opening = threading.Lock()
atexit.register(flush)


def _sound(content: dict[str, Any]) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Return the views by recording, and the last look, as far as they have the form that `_write` gives them."""
    views, look = content.get("recordings"), content.get("look")
    found = views.items() if isinstance(views, dict) else ()
    sound = {recording: view for recording, view in found if is_digest(recording) and isinstance(view, dict)}
    return sound, look if isinstance(look, dict) else {}


def _without_place(view: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in view.items() if name not in PLACE}
