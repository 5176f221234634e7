"""The screen of the call explorer as a widget: its traits, and its front end joined from plain modules."""

from __future__ import annotations

import math
from collections.abc import Container
from dataclasses import asdict
from typing import Any

from traitlets import Bool, Dict, Enum, Float, Int, List, TraitError, Tuple, Unicode, validate

from battycoda_nb.display.colours import COLOUR_MAPS, SPANS, Look
from battycoda_nb.errors import RequestError
from battycoda_nb.signal.requests import EXPANSIONS, SCALES, WINDOWS
from battycoda_nb.signal.transform import PRESETS, Transform
from battycoda_nb.widgets.bundle import load_front_end, load_style
from battycoda_nb.widgets.live import LiveWidget

ENTRY = "widgets/explorer/view.js"


class SpectrogramView(LiveWidget):
    """One call on a canvas, with its axes, its controls and its keys; it holds the neighbours, so a step asks nobody.

    Traits (same names in the browser; each can be linked with `ipywidgets.jslink`)
    --------------------------------------------------------------------------------
    ``call``, ``count``      the step on the screen, from 0, and how many there are; 0 shows `notice` in its place
    ``unit``                 what a step is: "call", or "window" where a recording has no calls
    ``channel``, ``channels``  the channel on the screen, from 0 (from 1 for the user), and how many there are
    ``overview``             the call's surroundings instead of its details
    ``times``, ``frequencies``  what is zoomed into: [from, to] in s from the onset, [low, high] in Hz; None: all of it
    ``window``, ``window_length``, ``overlap``, ``scale``  the transform (transform.py); ms and a share
    ``presets``              transforms by name
    ``mapping``              "range": colours from ``low`` to ``high``, dB relative to ``reference`` (dB re full scale):
                             the peak of the first recording that is shown, one for all of a sequence; or "contrast":
                             BattyCoda's ``contrast`` (colours.py)
    ``cmap``, ``rms``        the colour map's name; of the recording, re full scale: what the contrast is relative to
    ``grid``, ``waveform``, ``spectrum``, ``strip``, ``filmstrip``  what is shown beside the picture
    ``markers``              none, or two [s from the onset, Hz]
    ``expansion``, ``heterodyne``  how a call is played: times slower, or in real time (1) with a detector tuned to Hz
    ``bindings``, ``label_keys``, ``advance``  keys of actions and of labels (keys.py); whether a label moves on
    ``title``, ``notice``    the recording's name; one sentence of warning, or nothing

    Messages to the browser (``send``): fields, ``?`` where one may be missing, then what they mean
    ------------------------------------------------------------------------------------------------
    ``recording`` file, first (step), count, title, notice, recorded (ISO 8601 with ms, its offset where that is known;
                  or ""), duration (s), nyquist (Hz), channels, rms, unit, padding [detail, overview] (s);
                  buffers: onsets and offsets (s, float64) of its steps
    ``picture``   call, channel, overview, transform, digest, meta; buffers: one PNG (8-bit grey, filter "sub", highest
                  frequency first). meta: that of the blob (png.py), shape [bins, columns], and call {onset, offset,
                  label} in s from the recording's start
    ``failed``    call, channel, overview, transform, digest, message: shown as text in the place of the picture
    ``waiting``   call, channel, overview, transform, message: replaces the words of the waiting state while that is on
                  the screen
    ``close``     file, call, channel, transform, start, stop (s), ahead, digest?, meta?, failed?, dropped?; meta and
                  buffers as for ``picture``; or failed: a sentence; or dropped: to be asked for again
    ``strip``     file, channel, metas? [{first, total, …}, …], failed?, dropped?; buffers: one PNG each; or failed: a
                  sentence; or dropped: to be asked for again
    ``sound``     call, channel, overview, expansion, heterodyne, start? (s), failed?; buffers: one WAV at 48 kHz; or
                  failed: a sentence
    ``peaks``     channel, first (step), peaks [[Hz, whether it lies at the band's edge] or None, …]: of the steps from
                  `first` on, whatever is shown of them (peak_frequency.py)
    ``labels``    entries [[call, text, state], …], labelled (a share, or None), call (where to go, or None), problem
                  (a sentence, or "")
    ``play``, ``stop``  no fields: as the keys do
    ``act``       action: its name (key_table.json)

    Messages from the browser (``on_msg``)
    --------------------------------------
    ``ready``     no fields: a browser has come that holds nothing yet
    ``need``      call, channel, overview, transform: the user is there, and the picture is not (or one that failed)
    ``retry``     call, channel, overview, transform: the user pressed "Try again"
    ``want``      calls: the filmstrip shows them and has no picture of them
    ``close``     file, call, channel, transform, start, stop (s), ahead: the user looks closer, or soon may
    ``strip``     file, channel, call: the strip of that recording is on the screen
    ``sound``     call, channel, overview, expansion, heterodyne, ahead: the user wants to hear it, or soon may
    ``judge``     action ("label", "accept", "reject", "remove", "undo", "redo"), call, label?

    A step sets the trait only after the paint, so `call` says where the user is; a slider's trait comes when it has
    been let go.

    Examples
    --------
    >>> view = SpectrogramView(count=600, call=17)
    >>> view.preset = "bat 2 ms"
    >>> view.window, view.window_length, view.overlap
    ('hann', 2.0, 0.75)
    >>> view.window_length = 1.5
    >>> view.preset
    'custom'
    """

    _esm = load_front_end(ENTRY)
    _css = load_style(ENTRY)

    call = Int(0, min=0).tag(sync=True)
    count = Int(0, min=0).tag(sync=True)
    unit = Enum(("call", "window"), "call").tag(sync=True)
    channel = Int(0, min=0).tag(sync=True)
    channels = Int(1, min=1).tag(sync=True)
    overview = Bool(False).tag(sync=True)
    times = Tuple(Float(), Float(), default_value=None, allow_none=True).tag(sync=True)
    frequencies = Tuple(Float(), Float(), default_value=None, allow_none=True).tag(sync=True)
    window = Enum(WINDOWS, "tukey").tag(sync=True)
    window_length = Float(0.0, min=0.0, max=100.0).tag(sync=True)
    overlap = Float(None, min=0.0, max=0.98, allow_none=True).tag(sync=True)
    scale = Enum(SCALES, "linear").tag(sync=True)
    presets = Dict({name: asdict(preset) for name, preset in PRESETS.items()}).tag(sync=True)
    mapping = Enum(("range", "contrast"), "range").tag(sync=True)
    low = Float(-80.0, min=-120.0, max=10.0).tag(sync=True)
    high = Float(0.0, min=-120.0, max=10.0).tag(sync=True)
    contrast = Float(4.0, min=0.0, max=8.0).tag(sync=True)
    cmap = Enum(COLOUR_MAPS, "roseus").tag(sync=True)
    reference = Float(0.0).tag(sync=True)
    rms = Float(1.0, min=0.0).tag(sync=True)
    grid = Bool(False).tag(sync=True)
    waveform = Bool(False).tag(sync=True)
    spectrum = Bool(False).tag(sync=True)
    strip = Bool(True).tag(sync=True)
    filmstrip = Bool(False).tag(sync=True)
    markers = List(Tuple(Float(), Float()), maxlen=2).tag(sync=True)
    expansion = Enum(EXPANSIONS, 10).tag(sync=True)
    heterodyne = Int(0, min=0, max=500_000).tag(sync=True)
    bindings = Dict().tag(sync=True)
    label_keys = Dict().tag(sync=True)
    advance = Bool(True).tag(sync=True)
    title = Unicode("").tag(sync=True)
    notice = Unicode("").tag(sync=True)

    @property
    def preset(self) -> str:
        """The name of the transform that is chosen, or "custom"; set it to choose another."""
        return next((name for name, preset in PRESETS.items() if preset == self.transform), "custom")

    @preset.setter
    def preset(self, name: str) -> None:
        self.transform = Transform(**preset_traits(name))

    @property
    def transform(self) -> Transform:
        """The transform of the traits ``window``, ``window_length`` (ms), ``overlap`` and ``scale``."""
        return Transform(self.window, self.window_length, self.overlap, self.scale)

    @transform.setter
    def transform(self, value: Transform) -> None:
        with self.hold_trait_notifications():
            self.window, self.window_length = value.window, value.window_length
            self.overlap, self.scale = value.overlap, value.scale

    @property
    def look(self) -> Look:
        """How levels become colours."""
        return Look(
            self.mapping, self.low, self.high, reference=self.reference, contrast=self.contrast, cmap=self.cmap,
            rms=self.rms,
        )  # fmt: skip

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

    @validate("call")
    def _check_call(self, proposal: dict[str, Any]) -> int:
        call = proposal["value"]
        if call != 0 and not 0 <= call < self.count:
            raise TraitError(f"call={call} is not there: {self.title} has {self.count} calls, from 0")
        return call

    @validate("contrast", "rms", "reference", "window_length", "overlap")
    def _check_finite(self, proposal: dict[str, Any]) -> float | None:
        """NaN passes a comparison with a minimum, and cannot be written as JSON."""
        value = proposal["value"]
        if value is not None and not math.isfinite(value):
            raise TraitError(f"{proposal['trait'].name}={value} must be a finite number")
        return value

    @validate("low", "high")
    def _check_range(self, proposal: dict[str, Any]) -> float:
        value = self._check_finite(proposal)
        ends = {"low": self.low, "high": self.high, proposal["trait"].name: value}
        if not SPANS[0] <= ends["high"] - ends["low"] <= SPANS[1]:
            raise TraitError(
                f"{proposal['trait'].name}={value:g} makes a range from low={ends['low']:g} to high={ends['high']:g}"
                f" dB: it must span {SPANS[0]:g} to {SPANS[1]:g}: set both within `hold_trait_notifications()`"
            )
        return value

    @validate("times", "frequencies")
    def _check_span(self, proposal: dict[str, Any]) -> tuple[float, float] | None:
        value, name = proposal["value"], proposal["trait"].name
        if value is not None and not (all(map(math.isfinite, value)) and value[0] < value[1]):
            raise TraitError(f"{name}={value} must be two finite numbers, the lower one first; None shows all")
        return value


def preset_traits(name: str) -> dict[str, Any]:
    """Return the traits of a transform by its name.

    Raises
    ------
    RequestError
        If no preset has that name.
    """
    if name not in PRESETS:
        raise RequestError(f"preset={name!r} is not one of {', '.join(PRESETS)}")
    return asdict(PRESETS[name])
