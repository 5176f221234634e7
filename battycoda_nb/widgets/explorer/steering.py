"""What a user does without a screen: each key of the explorer as a method that changes traits."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from traitlets import TraitError, validate

from battycoda_nb.display.colours import COLOUR_MAPS, Look
from battycoda_nb.errors import RequestError
from battycoda_nb.signal.transform import PRESETS, Transform

from .view import SpectrogramView

PANELS = ("waveform", "spectrum", "grid", "strip", "filmstrip", "overview")


class Steering(SpectrogramView):
    """A view that can be steered from Python."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.observe(self._chose_contrast, "contrast")

    def shown_times(self) -> tuple[float, float]:
        """What is shown, in s from the onset; waits for the recording to be open."""
        raise NotImplementedError

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

    def zoom(self, times: tuple[float, float] | None = None, frequencies: tuple[float, float] | None = None) -> None:
        """Show a part of the picture: `times` in s from the call's onset, `frequencies` in Hz; None: all of it."""
        self.times, self.frequencies = times, frequencies  # type: ignore[assignment]

    def zoom_in(self, factor: float = 1.5) -> None:
        """Look closer in time, at the middle of what is shown."""
        start, stop = self.shown_times()
        middle, half = (start + stop) / 2, (stop - start) / 2 / factor
        self.times = (middle - half, middle + half)

    def zoom_out(self, factor: float = 1.5) -> None:
        """Show more time."""
        self.zoom_in(1 / factor)

    def pan(self, right: float = 0.0, up: float = 0.0) -> None:
        """Move what is shown by shares of it: ``pan(0.5)`` is half a screen later, ``pan(up=0.2)`` higher."""
        if right:
            start, stop = self.shown_times()
            by = right * (stop - start)
            self.times = (start + by, stop + by)
        if up and self.frequencies is not None:
            low, high = self.frequencies
            by = max(up * (high - low), -low)
            self.frequencies = (low + by, high + by)

    def back(self) -> None:
        """The view before, as the browser remembers it; one that shows this must be there."""
        self._tell({"type": "act", "action": "back"})

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

    @validate("call")
    def _within(self, proposal: Any) -> int:
        call = proposal["value"]
        if call != 0 and not 0 <= call < self.count:
            raise TraitError(f"call={call} is not there: {self.title} has {self.count} calls, from 0")
        return call

    def _chose_contrast(self, change: Any) -> None:
        """Who sets BattyCoda's contrast wants to see it."""
        self.mapping = "contrast"


def preset_traits(name: str) -> dict[str, Any]:
    """The traits of a transform by its name."""
    if name not in PRESETS:
        raise RequestError(f"preset={name!r} is not one of {', '.join(PRESETS)}")
    return asdict(PRESETS[name])
