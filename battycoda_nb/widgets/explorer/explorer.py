"""The call explorer: each key as a method, and the parts that answer the front end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from battycoda_nb.annotations.labels import Labels
from battycoda_nb.client.recording import Recording
from battycoda_nb.client.sequence import RecordingSequence, as_sequence
from battycoda_nb.display.colours import COLOUR_MAPS
from battycoda_nb.display.viewport import panned, zoomed
from battycoda_nb.errors import RequestError

from . import saved_views
from .keys import load_keys
from .messages.answers import Answers, step_of
from .messages.closeups import Closeups
from .messages.describe import Key, traits_of
from .messages.labels import SequenceLabels
from .messages.peaks import Peaks, peaks_of
from .messages.pictures import Pictures
from .messages.sounds import Sounds
from .messages.strips import Strips
from .screen import Screen
from .view import SpectrogramView, preset_traits

if TYPE_CHECKING:
    from battycoda_nb.display.shown_figure import ShownFigure
    from battycoda_nb.signal.peak_frequency import PeakFrequency
    from battycoda_nb.signal.spectrogram import Spectrogram

PANELS = ("waveform", "spectrum", "grid", "strip", "filmstrip", "overview")


class CallExplorer(SpectrogramView):
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
    The front end's messages arrive in a thread of their own (a subshell), also while a cell runs; what workers send
    arrives in the client's listening thread. The parts in `messages` guard their own state; what is changed here from
    several threads are traits alone.

    Examples
    --------
    >>> import battycoda_nb as bc
    >>> recording = bc.connect().open(bc.sample_recording("sample_bats.wav"))
    >>> explorer = bc.CallExplorer(recording, call=3, remember=False)
    >>> explorer.next()
    >>> explorer.call
    4
    >>> explorer.zoom(times=(0.0, 0.004), frequencies=(20_000, 90_000))
    >>> explorer.spectrogram().request.n_fft > recording.request(4).n_fft  # closer pictures are finer
    True
    >>> explorer.zoom_reset()
    >>> explorer.times is None
    True
    """

    _parts: tuple[Answers[Any], ...] = ()  # none yet, where a widget whose __init__ has raised is closed

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
        keys = load_keys()
        self._problems = " ".join(filter(None, [self.sequence.notice, *keys.problems]))
        super().__init__(count=count, bindings=keys.actions, label_keys=keys.labels)
        self._kept_as = saved_views.view_name(self.sequence) if remember and count else ""
        self._has_reference = False
        self._begin(saved_views.recall(self._kept_as) if self._kept_as else {}, given)
        self._sounds = Sounds(self.sequence, self._deliver)
        self._closeups = Closeups(self.sequence.workers, self._deliver)
        self._strips = Strips(self.sequence.workers, self._deliver)
        self._labels = SequenceLabels(self.sequence, self._deliver)
        self._peaks = Peaks(self.sequence, self._deliver)
        self._pictures = Pictures(
            self.sequence, self._deliver, here=self._here, ahead=ahead, behind=behind, opened=self._on_opened,
            problems=self._problems,
        )  # fmt: skip
        self._parts = (self._pictures, self._closeups, self._peaks, self._strips, self._sounds)
        self.observe(self._on_contrast, "contrast")
        self.observe(self._on_move, list(saved_views.PICTURE))
        self.observe(self._on_look, list(saved_views.VIEW))
        self.observe(lambda _: self._pictures.show_film([]), "filmstrip")  # the front end says again what it shows
        self.on_msg(self._on_message)
        self._pictures.move()

    def _begin(self, recalled: dict[str, Any], given: dict[str, Any]) -> None:
        """Set the traits to begin with: what was given wins over what is recalled."""
        self._take({**recalled, **given}, sure=given)
        self._has_reference = "reference" in {**recalled, **given}
        if "contrast" in given and "mapping" not in given:
            self.mapping = "contrast"
        self._show_facts()
        only = self.sequence.opened(0) if len(self.sequence.files) == 1 else None
        if only is not None and not self.channel < only.info.channels:
            raise RequestError(f"channel={self.channel} is not there: {only!r} counts them from 0")
        if only is not None and self.count and "channel" not in {**recalled, **given}:
            self.channel = only.channel_of(self.call)

    # Where the user is

    @property
    def recording(self) -> Recording | None:
        """The recording on the screen; None while it is being opened."""
        return self.sequence.step(self.call).recording if self.count else None

    def next(self) -> None:
        """The next call; at the last one nothing."""
        self.goto(min(self.call + 1, self.count - 1))

    def previous(self) -> None:
        """The call before; at the first one nothing."""
        self.goto(max(self.call - 1, 0))

    def first(self) -> None:
        """The first call."""
        self.goto(0)

    def last(self) -> None:
        """The last call."""
        self.goto(self.count - 1)

    def goto(self, call: int) -> None:
        """Show a call, counted from 0.

        Raises
        ------
        RequestError
            If there is no such call.
        """
        if not 0 <= call < self.count:
            raise RequestError(f"call={call} is not there: {self.title} has {self.count} calls, from 0")
        self.call = call

    # What is shown of it

    def zoom(self, times: tuple[float, float] | None = None, frequencies: tuple[float, float] | None = None) -> None:
        """Show a part of the picture: `times` in s from the call's onset, `frequencies` in Hz; None: all of it."""
        self.times, self.frequencies = times, frequencies  # type: ignore[assignment]

    def zoom_in(self, factor: float = 1.5) -> None:
        """Look closer in time, at the middle of what is shown."""
        self.times = zoomed(self.shown_times(), factor)

    def zoom_out(self, factor: float = 1.5) -> None:
        """Show more time."""
        self.zoom_in(1 / factor)

    def pan(self, right: float = 0.0, up: float = 0.0) -> None:
        """Move what is shown by shares of it: ``pan(0.5)`` is half a screen later, ``pan(up=0.2)`` higher."""
        if right:
            self.times = panned(self.shown_times(), right)
        if up and self.frequencies is not None:
            self.frequencies = panned(self.frequencies, up, least=0.0)

    def back(self) -> None:
        """The view before, as the browser remembers it; one that shows this must be there."""
        self._deliver({"type": "act", "action": "back"})

    def zoom_reset(self) -> None:
        """Show all of the picture."""
        self.zoom()

    def next_colours(self) -> None:
        """The next colour map."""
        self.cmap = COLOUR_MAPS[(COLOUR_MAPS.index(self.cmap) + 1) % len(COLOUR_MAPS)]

    def toggle(self, panel: str) -> None:
        """Show or hide ``"waveform"``, ``"spectrum"``, ``"grid"``, ``"strip"`` or ``"filmstrip"``, or switch
        ``"overview"``."""
        if panel not in PANELS:
            raise RequestError(f"panel={panel!r} is not one of {', '.join(PANELS)}")
        setattr(self, panel, not getattr(self, panel))

    def shown_times(self) -> tuple[float, float]:
        """What is shown, in s from the onset; waits for the recording to be open."""
        return self._screen().shown_times

    def spectrogram(self) -> Spectrogram:
        """The numbers of what is on the screen, of the closer picture where it is zoomed into; waits if it must."""
        return self._screen().spectrogram()

    def peak_frequency(self) -> PeakFrequency | None:
        """Of the call on the screen, in the channel that is shown: a property of the call, the same at any zoom and
        transform, and in exports. Waits for it; None where there is nothing to measure."""
        return self._screen().peak_frequency()

    def figure(self) -> ShownFigure:
        """What is on the screen as a matplotlib figure, in the same colours; waits for the call if it must. A cell
        whose last line it is shows it."""
        return self._screen().figure()

    def save(self, path: str | Path) -> Path:
        """Write what is on the screen to a .png, .pdf or .svg, with its provenance inside: in a PNG as JSON in the text
        chunk ``battycoda``. Waits for the call if it must.

        Raises
        ------
        RequestError
            If the name ends in something else.
        """
        return self._screen().save(path)

    # What the calls are

    def label(self, text: str) -> None:
        """Say what the call on the screen is; empty text takes that back. Kept at once, in a file of its own."""
        self._labels.judge("label", self.call, text)

    def accept(self) -> None:
        """Say that the label which the segment file suggests is right."""
        self._labels.judge("accept", self.call)

    def reject(self) -> None:
        """Say that the suggested label is wrong."""
        self._labels.judge("reject", self.call)

    def remove(self) -> None:
        """Say that this is no call. Nothing is deleted; a label brings it back."""
        self._labels.judge("remove", self.call)

    def undo(self) -> None:
        """Take back what was said last, and go there."""
        if (step := self._labels.judge("undo", self.call)) is not None:
            self.goto(step)

    def redo(self) -> None:
        """Say again what was undone last, and go there."""
        if (step := self._labels.judge("redo", self.call)) is not None:
            self.goto(step)

    @property
    def labels(self) -> Labels:
        """What was said of the calls of the recording on the screen; ``labels.calls()`` is all of them, labelled."""
        file = self.sequence.step(self.call).file
        return self._labels.of(file, self.sequence.open(file).result())

    def export(self, path: str | Path, *, overwrite: bool = False, peaks: bool = True) -> Path:
        """Write the calls of the recording on the screen, with their labels, as a table; the ending says for whom:
        ``.selections.txt`` for Raven, ``.txt`` for Audacity, ``.TextGrid`` for Praat, ``cluster.csv`` for Kaleidoscope,
        ``.csv``, ``.aoef.json`` for whombat and soundevent, or ``.json`` for BatDetect2.

        ``.csv``, AOEF and BatDetect2's ``.json`` have the peak frequencies of the calls too, for which this waits;
        ``peaks=False`` does without."""
        from battycoda_nb.annotations.formats.write import keeps_peaks, write_calls

        file = self.sequence.step(self.call).file
        recording = self.sequence.open(file).result()
        calls, info = self._labels.of(file, recording).calls(), recording.info
        measured = peaks_of(calls, recording) if peaks and keeps_peaks(path) else []
        return write_calls(
            calls,
            path,
            sample_rate=info.sample_rate,
            name=info.name,
            duration=info.duration,
            time_expansion=info.time_expansion,
            channels=info.channels,
            peaks=measured,
            overwrite=overwrite,
        )

    # What it sounds like

    def play(self) -> None:
        """Play the call on the screen from its start, as Shift+Space does; a browser that shows it must be there."""
        self._deliver({"type": "play"})

    def stop(self) -> None:
        """Stop playing."""
        self._deliver({"type": "stop"})

    def close(self) -> None:
        """Take it off the screen, as for every widget; what was asked for its sake is dropped."""
        for part in self._parts:
            part.end()
        super().close()

    # What the traits and the front end say

    def _screen(self) -> Screen:
        """What is on the screen; waits for the recording to be open."""
        call = self.call
        self.sequence.open(self.sequence.step(call).file).result()
        step = self.sequence.step(call)
        panels = {name: getattr(self, name) for name in ("grid", "waveform", "spectrum")}
        return Screen(
            step.found(), step.within, step.channel_shown(self.channel), self.overview, self.transform,
            self.times, self.frequencies, self.look, self.markers, panels,
        )  # fmt: skip

    def _here(self) -> Key:
        return Key(self.call, self.channel, self.overview, self.transform)

    def _show_facts(self) -> None:
        """Set the traits of the recording on the screen; again if another thread went elsewhere meanwhile."""
        call = -1
        while call != self.call:
            call = self.call
            self._take(traits_of(self.sequence, call, self._problems))
        self._choose_reference()

    def _choose_reference(self) -> None:
        """Have the range count from the peak of the first recording that is shown, as long as the explorer lives: so
        all files of a sequence are shown alike. One that is silent has no peak."""
        recording = self.recording
        if not self._has_reference and recording is not None and recording.info.peak:
            self._has_reference = True
            self.reference = recording.info.reference

    def _on_opened(self, file: int, recording: Recording) -> None:
        """Send what is known of the calls; the facts of the recording on the screen are traits too."""
        if self.count and file == self.sequence.step(self.call).file:
            self._show_facts()
            self._peaks.show(self.call, self.channel)
        self._labels.on_opened(file, recording)

    def _on_contrast(self, _: Any) -> None:
        """Show BattyCoda's contrast: who sets it wants to see it."""
        self.mapping = "contrast"

    def _on_look(self, _: Any) -> None:
        """Keep the view for the next time."""
        if self._kept_as:
            saved_views.remember(self._kept_as, {name: getattr(self, name) for name in saved_views.VIEW})

    def _on_move(self, change: Any) -> None:
        if change["name"] == "call":
            self._show_facts()
        self._closeups.forget()
        self._pictures.move()
        self._peaks.show(self.call, self.channel)

    def _on_message(self, _: Any, content: dict[str, Any], buffers: Any) -> None:
        """Pass on a message of the front end, as view.py lists them."""
        kind = content.get("type")
        if kind == "ready":
            self._peaks.resend()
            self._pictures.on_ready()
        elif kind in ("need", "retry"):
            self._pictures.on_need(content)
        elif kind == "want":
            calls = content.get("calls")
            self._pictures.show_film(calls if isinstance(calls, list) else [])
        elif kind == "sound":
            self._sounds.on_message(content)
        elif kind == "judge":
            self._labels.on_message(content)
        elif kind in ("close", "strip") and (step := step_of(self.sequence, content)):
            if kind == "strip":
                self._strips.on_message(content, step)
            else:
                self._closeups.on_message(content, step, self.transform)
