"""The call explorer: what a user does without a screen, and the parts that answer the front end."""

from __future__ import annotations

import json
import threading
from collections.abc import Container
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitlets import TraitError

from battycoda_nb.annotations.labels import Labels
from battycoda_nb.client.recording import Recording
from battycoda_nb.client.sequence import RecordingSequence, as_sequence
from battycoda_nb.display.viewport import Viewport, close_span, extent, wants_close, within
from battycoda_nb.errors import RequestError

from . import saved_views
from .keys import load_keys
from .messages.closeups import Closeups
from .messages.describe import channel_shown, notice_of, title_of, token_of
from .messages.labels import SequenceLabels
from .messages.pictures import Key, Supply
from .messages.sounds import Listening
from .messages.strips import Strips
from .steering import Steering, preset_traits

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from battycoda_nb.signal.spectrogram import Spectrogram

PLACE = ["call", "channel", "overview", "window", "window_length", "overlap", "scale"]
VIEW = (  # what is kept of a view from one session to the next
    *PLACE, "times", "frequencies", "mapping", "low", "high", "contrast", "cmap", "grid", "waveform", "spectrum",
    "strip", "filmstrip", "markers", "expansion", "heterodyne",
)  # fmt: skip


class CallExplorer(Steering):
    """Step through the calls of a recording, or of many: arrow keys, or `next`, `previous` and `goto`.

    Parameters
    ----------
    recording : Recording or RecordingSequence
        From `Client.open`.
    call, channel : int
        Where to begin, counted from 0; by default where you left this recording, or at its first call, and the channel
        that the segment file names for that call.
    ahead, behind : int
        How many calls to have computed before they are looked at, in the direction of travel and against it.
    preset : str
        A transform by name, as in `PRESETS`.
    remember : bool
        Begin with the view that this recording was last looked at with, and keep the view for the next time.
    traits
        Any other trait of `SpectrogramView`, such as ``overview=True``, ``cmap="magma"`` or
        ``frequencies=(10_000, 120_000)``.

    Notes
    -----
    The front end's messages arrive in a thread of their own (a subshell), also while a cell runs.
    """

    def __init__(
        self,
        recording: Recording | RecordingSequence,
        *,
        call: int | None = None,
        channel: int | None = None,
        ahead: int = 8,
        behind: int = 2,
        preset: str | None = None,
        remember: bool = True,
        **traits: Any,
    ) -> None:
        self.sequence = as_sequence(recording)
        self._sending = threading.Lock()
        self._listening = Listening(self.sequence, self._tell)
        self._closeups = Closeups(self._tell)
        self._strips = Strips(self._tell)
        self._judging = SequenceLabels(self.sequence, self._tell)
        keys = load_keys()
        self._problems = " ".join(filter(None, [self.sequence.notice, *keys.problems]))
        self._supply = Supply(
            self.sequence, self._tell, ahead=ahead, behind=behind, opened=self._opened, problems=self._problems
        )
        count = len(self.sequence)
        if call is not None and count and not 0 <= call < count:
            raise RequestError(f"call={call} is not there: {recording!r} counts them from 0")
        given: dict[str, Any] = {
            name: value for name, value in (("call", call), ("channel", channel)) if value is not None
        }
        given |= preset_traits(preset) if preset is not None else {}
        given |= traits
        if unknown := sorted(set(given) - set(type(self).class_trait_names(sync=True))):
            raise RequestError(f"{unknown[0]}={given[unknown[0]]!r} is nothing that an explorer has: see CallExplorer?")
        super().__init__(count=count, bindings=keys.actions, label_keys=keys.labels)
        self._view_of = view_name(self.sequence) if remember and count else ""
        recalled = recall_view(self._view_of) if self._view_of else {}
        self._take({**recalled, **given}, sure=given)
        if "contrast" in given and "mapping" not in given:
            self.mapping = "contrast"
        first = self.sequence.opened(0) if len(self.sequence.files) == 1 else None
        self._take(self._facts())
        if first is not None and not self.channel < first.info.channels:
            raise RequestError(f"channel={self.channel} is not there: {first!r} counts them from 0")
        if first is not None and count and "channel" not in {**recalled, **given}:
            self.channel = first.channel_of(self.call)
        self.observe(self._moved, PLACE)
        self.observe(self._looked, list(VIEW))
        self.observe(lambda _: self._supply.film([]), "filmstrip")  # it says anew what it shows
        self.on_msg(self._heard)
        self._supply.move(self._here)

    # What a user does

    @property
    def recording(self) -> Recording | None:
        """The recording on the screen; None while it is being opened."""
        return self.sequence.opened(self.sequence.locate(self.call)[0])

    def label(self, text: str) -> None:
        """Say what the call on the screen is; empty text takes that back. Kept at once, in a file of its own."""
        self._judging.judge("label", self.call, text)

    def accept(self) -> None:
        """Say that the label which the segment file suggests is right."""
        self._judging.judge("accept", self.call)

    def reject(self) -> None:
        """Say that the suggested label is wrong."""
        self._judging.judge("reject", self.call)

    def remove(self) -> None:
        """Say that this is no call. Nothing is deleted; a label brings it back."""
        self._judging.judge("remove", self.call)

    def undo(self) -> None:
        """Take back what was said last, and go there."""
        if (step := self._judging.judge("undo", self.call)) is not None:
            self.goto(step)

    def redo(self) -> None:
        """Say again what was undone last, and go there."""
        if (step := self._judging.judge("redo", self.call)) is not None:
            self.goto(step)

    @property
    def labels(self) -> Labels:
        """What was said of the calls of the recording on the screen; ``labels.calls()`` is all of them, labelled."""
        file, _ = self.sequence.locate(self.call)
        return self._judging.of(file, self.sequence.open(file).result())

    def export(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the calls of the recording on the screen, with their labels, as a table; the ending says for whom:
        ``.selections.txt`` for Raven, ``.txt`` for Audacity, ``.csv``, or ``.json`` for BatDetect2."""
        from battycoda_nb.annotations.formats.write import write_calls

        info = self.sequence.open(self.sequence.locate(self.call)[0]).result().info
        return write_calls(
            self.labels.calls(), path, sample_rate=info.sample_rate, name=info.name, duration=info.duration,
            overwrite=overwrite,
        )  # fmt: skip

    def play(self) -> None:
        """Play the call on the screen from its start, as Shift+Space does; a browser that shows it must be there."""
        self._tell({"type": "play"})

    def stop(self) -> None:
        """Stop playing."""
        self._tell({"type": "stop"})

    def figure(self) -> Figure:
        """What is on the screen as a matplotlib figure, in the same colours; waits for the call if it must."""
        return self._figure()[0]

    def save(self, path: str | Path) -> Path:
        """Write what is on the screen to a .png, .pdf or .svg, with its provenance inside: in a PNG as JSON in the text
        chunk ``battycoda``. Waits for the call if it must.

        Raises
        ------
        RequestError
            If the name ends in something else.
        """
        from battycoda_nb.display.figure import save_figure

        figure, spec, view = self._figure()
        return save_figure(figure, path, spec, **view)

    def spectrogram(self) -> Spectrogram:
        """The numbers of what is on the screen, of the closer picture where it is zoomed into; waits if it must."""
        file, within_file = self.sequence.locate(self.call)
        recording = self.sequence.open(file).result()
        view, home = self._view(recording, within_file), self._home(recording, within_file)
        if not wants_close(view, home):
            return recording.spectrogram(within_file, **self._asked_of(recording))
        start, stop = close_span(view, recording.info.duration)
        return recording.part(start, stop, channel=channel_shown(recording, self.channel), transform=self.transform)

    def _figure(self) -> tuple[Figure, Spectrogram, dict[str, Any]]:
        from battycoda_nb.display.figure import call_figure

        file, within_file = self.sequence.locate(self.call)
        recording = self.sequence.open(file).result()
        spec, view = self.spectrogram(), self._view(recording, within_file)
        zoomed = self.times is not None or self.frequencies is not None
        shown: dict[str, Any] = {
            "look": self.look, "viewport": view if zoomed else None, "markers": self.markers,
        }  # fmt: skip
        panels = {name: getattr(self, name) for name in ("grid", "waveform", "spectrum")}
        return call_figure(spec, recording.steps[within_file], **shown, **panels), spec, shown

    def _home(self, recording: Recording, within_file: int) -> Viewport:
        """What the whole picture shows."""
        return extent(recording.request(within_file, **self._asked_of(recording)), recording.info.sample_rate)

    def _asked_of(self, recording: Recording) -> dict[str, Any]:
        channel = channel_shown(recording, self.channel)
        return {"channel": channel, "overview": self.overview, "transform": self.transform}

    def _view(self, recording: Recording, within_file: int) -> Viewport:
        """What is shown of it."""
        home, onset = self._home(recording, within_file), recording.steps[within_file].onset
        left, right = (onset + time for time in self.times) if self.times else (home.left, home.right)
        bottom, top = self.frequencies or (home.bottom, home.top)
        if bottom >= home.top - 1:  # limits that were chosen for a recording of a higher rate
            bottom, top = home.bottom, home.top
        if self.times is None and self.frequencies is None:
            return home
        return within(Viewport(left, right, bottom, min(top, home.top)), recording.info.duration, home)

    def shown_times(self) -> tuple[float, float]:
        file, within_file = self.sequence.locate(self.call)
        recording = self.sequence.open(file).result()
        view, onset = self._view(recording, within_file), recording.steps[within_file].onset
        return view.left - onset, view.right - onset

    # What the front end and the traits say

    @property
    def _here(self) -> Key:
        return Key(self.call, self.channel, self.overview, self.transform)

    def _opened(self, file: int, recording: Recording) -> None:
        """The facts of the recording on the screen are traits too, for whoever has no screen."""
        if self.count and file == self.sequence.locate(self.call)[0]:
            self._take(self._facts())
        self._judging.on_opened(file, recording)

    def _facts(self) -> dict[str, Any]:
        """The traits that belong to the recording on the screen: what the list says, while it is not open."""
        if not len(self.sequence.files):
            return {"title": self.sequence.name, "notice": self._problems}
        file = self.sequence.locate(self.call)[0] if self.count else 0
        recording, title = self.sequence.opened(file), title_of(self.sequence, file)
        if recording is None:
            return {"title": title, "notice": self._problems, "channels": 1, "unit": "call"}
        return {
            "title": title,
            "notice": notice_of(recording, self._problems),
            "channels": recording.info.channels,
            "rms": recording.info.rms,
            "reference": recording.info.reference,
            "unit": recording.unit,
        }

    def _take(self, values: dict[str, Any], *, sure: Container[str] | None = None) -> None:
        """Set traits; what is not `sure`, as a file said it, is left out where it does not fit."""
        # one of these is checked against the other
        both: dict[str, Any] = {name: values[name] for name in ("low", "high") if name in values}
        groups = [both, *({name: values[name]} for name in values if name not in both)]
        for group in groups:
            try:
                with self.hold_trait_notifications():
                    for name, value in group.items():
                        setattr(self, name, value)
            except TraitError:
                if sure is None or any(name in sure for name in group):
                    raise

    def _looked(self, change: Any) -> None:
        """Keep the view for the next time."""
        if self._view_of:
            saved_views.remember(self._view_of, {name: getattr(self, name) for name in VIEW})

    def _moved(self, change: Any) -> None:
        if change["name"] == "call":
            self._take(self._facts())
        self._supply.move(self._here)

    def _heard(self, _: Any, content: dict[str, Any], buffers: Any) -> None:
        kind = content.get("type")
        if kind == "ready":
            self._supply.start_anew()
        elif kind in ("need", "retry"):
            named = {name: content.get(name) for name in ("call", "channel", "overview", "transform")}
            if named == self._here.named():
                self._supply.missing(self._here)
        elif kind == "want":
            calls = content.get("calls")
            self._supply.film(calls if isinstance(calls, list) else [])
        elif kind == "sound":
            self._listening.heard(content)
        elif kind == "judge":
            self._judging.on_message(content)
        elif kind in ("close", "strip"):
            self._look_at_part(kind, content)

    def _look_at_part(self, kind: str, content: dict[str, Any]) -> None:
        step, channel = content.get("call"), content.get("channel")
        if type(step) is not int or not 0 <= step < self.count:
            return
        file, within_file = self.sequence.locate(step)
        recording = self.sequence.opened(file)
        if recording is None or content.get("file") != file:
            return
        if kind == "strip" and type(channel) is int:
            self._strips.heard(recording, file, channel)
        elif content.get("transform") == token_of(self.transform):
            self._closeups.heard(recording, within_file, self.transform, content)
        else:  # chosen meanwhile: asked for again with the new one
            self._tell({**content, "dropped": True})

    def _tell(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        with self._sending:
            self.send(content, buffers)


def view_name(sequence: RecordingSequence) -> str:
    """Under which name the view of a recording, or of a sequence, is kept: 32 hex digits."""
    if len(sequence.files) == 1 and (recording := sequence.opened(0)) is not None:
        return recording.info.hash
    names = json.dumps([sequence.name, *(entry.name for entry in sequence.files[:1])])
    return blake2b(names.encode(), digest_size=16).hexdigest()


def recall_view(name: str) -> dict[str, Any]:
    """What is kept of a view, less what is not one of `VIEW`."""
    return {trait: value for trait, value in saved_views.recall(name).items() if trait in VIEW}
