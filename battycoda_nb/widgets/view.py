"""The screen of the call explorer as a widget: its traits, and its front end joined from plain modules."""

from __future__ import annotations

import math
import re
from pathlib import Path

from traitlets import Bool, Enum, Float, Int, TraitError, Unicode, validate

from ..colours import COLOUR_MAPS
from ..sound import EXPANSIONS
from .live import LiveWidget

HERE = Path(__file__).parent

_IMPORT = re.compile(r'^import\s*\{[^}]*\}\s*from\s*"\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def load_front_end(entry: str = "view.js") -> str:
    """One module out of many: anywidget takes a single text, and a browser cannot resolve our relative imports in it.

    Parameters
    ----------
    entry : str
        The module whose default export the text keeps.

    Returns
    -------
    str
        Every module that `entry` needs, each once and before those that import it, without imports and exports.

    Notes
    -----
    All modules share one scope then, so their top-level names must differ; tests/test_front_end_bundle.py holds
    them to it.
    """
    parts: dict[str, str] = {}

    def add(name: str) -> None:
        if name in parts:
            return
        parts[name] = ""  # holds the place, should two modules import each other
        text = (HERE / name).read_text(encoding="utf-8")
        for needed in _IMPORT.findall(text):
            add(needed)
        del parts[name]  # and takes the one after all that it needs
        parts[name] = _EXPORT.sub("", _IMPORT.sub("", text))

    add(entry)
    return "\n".join(f"// {name}\n{text}" for name, text in parts.items())


class SpectrogramView(LiveWidget):
    """One call on a canvas, with its axes, its controls and its keys; it holds the neighbours, so a step asks nobody.

    Traits (same names in the browser)
    ----------------------------------
    ``call``, ``count``      the call on the screen, from 0, and how many there are; 0 shows `notice` in its place
    ``channel``, ``channels``  the channel on the screen, from 0 (from 1 for the user), and how many there are
    ``overview``             the call's surroundings instead of its details
    ``contrast``, ``cmap``   the look: BattyCoda's contrast (design.md, section 6) and the colour map's name
    ``expansion``, ``heterodyne``  how a call is played: times slower, or in real time (1) with a detector tuned to Hz
    ``rms``                  of the recording, re full scale: what the contrast is relative to
    ``title``, ``notice``    the recording's name; one sentence of warning, or nothing

    Messages to the browser (``send``)
    ----------------------------------
    ``picture``   call, channel, overview, digest, meta; buffers: one PNG (8-bit grey, filter "sub", highest frequency
                  first). meta: sample_rate, shape [bins, columns], time [centre of the first column, step] and
                  frequency [centre of the lowest bin, step] in s and Hz, db [of level 0, step], enbw in Hz,
                  call {onset, offset, label} and others [[onset, offset], …] in s from the recording's start
    ``failed``    call, channel, overview, digest, message: shown as text in the place of the picture, with "Try again"
    ``sound``     call, channel, overview, expansion, heterodyne, start (s); buffers: one WAV at 48 kHz. Or, in place of
                  start and buffers, failed: a sentence
    ``play``, ``stop``  as the keys do
    ``waiting``   call, channel, overview, message: replaces the words of the waiting state while that is on the screen

    Messages from the browser (``on_msg``)
    --------------------------------------
    ``ready``     a browser has come that holds nothing yet
    ``need``      call, channel, overview: the user is there, and the picture is not (or is one that failed before)
    ``retry``     call, channel, overview: the user pressed "Try again"
    ``sound``     call, channel, overview, expansion, heterodyne, ahead: the user wants to hear it, or soon may

    A step sets the trait only after the paint, so `call` says where the user is; `contrast` comes when the slider
    has been let go.
    """

    _esm = load_front_end()
    _css = (HERE / "view.css").read_text(encoding="utf-8")

    call = Int(0, min=0).tag(sync=True)
    count = Int(0, min=0).tag(sync=True)
    channel = Int(0, min=0).tag(sync=True)
    channels = Int(1, min=1).tag(sync=True)
    overview = Bool(False).tag(sync=True)
    contrast = Float(4.0, min=0.0, max=8.0).tag(sync=True)
    cmap = Enum(COLOUR_MAPS, "roseus").tag(sync=True)
    expansion = Enum(EXPANSIONS, 10).tag(sync=True)
    heterodyne = Int(0, min=0, max=500_000).tag(sync=True)
    title = Unicode("").tag(sync=True)
    notice = Unicode("").tag(sync=True)
    rms = Float(1.0, min=0.0).tag(sync=True)

    @validate("contrast", "rms")
    def _check_finite(self, proposal: dict) -> float:
        """NaN passes a comparison with a minimum, and cannot be written as JSON."""
        if not math.isfinite(proposal["value"]):
            raise TraitError(f"{proposal['trait'].name}={proposal['value']} must be a finite number")
        return proposal["value"]
