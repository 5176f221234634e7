"""What the explorer shows as a matplotlib figure: the same levels in the same colours, with axes that print well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import __version__
from .blob import metadata
from .calls import Call
from .colours import colour_table, middle_db
from .errors import RequestError
from .spectrogram import Spectrogram

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BAR_SPAN = 20  # dB on either side of the contrast's middle, as in the browser: beyond it the colour hardly changes


def call_figure(spec: Spectrogram, call: Call, *, contrast: float, cmap: str, rms: float) -> Figure:
    """A call's picture with BattyCoda's contrast, its onset and offset marked, a colour bar in dB, and a caption.

    Parameters
    ----------
    contrast, cmap, rms
        As `colours.colour_table` has them.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import ListedColormap
    from matplotlib.figure import Figure

    request = spec.request
    enbw = spec.enbw
    look = {"contrast": contrast, "cmap": cmap, "rms": rms}
    colours = ListedColormap(colour_table(low=spec.low, step=spec.step, enbw=enbw, **look) / 255.0)  # type: ignore[arg-type]
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    ax = figure.add_subplot()
    # One colour a level, each in the middle of its half dB.
    image = spec.draw(ax, cmap=colours, low=spec.low - spec.step / 2, high=spec.low + 255.5 * spec.step)
    for edge in (0.0, call.duration):
        ax.axvline(edge * 1e3, color="0.6", linewidth=0.8)
    bar = figure.colorbar(image, ax=ax, label="dB re full scale")
    middle = middle_db(contrast=contrast, enbw=enbw, rms=rms)
    bar.ax.set_ylim(middle - BAR_SPAN, middle + BAR_SPAN)
    figure.supxlabel(  # unlike free text, it is given room
        f"channel {request.channel + 1}, {request.window} window, n_fft {request.n_fft}, hop {request.hop_length}, "
        f"contrast {contrast:g}, {cmap}; recording {request.recording[:12]}; battycoda_nb {__version__}",
        x=0.01, ha="left", fontsize=5, color="0.45",
    )  # fmt: skip
    return figure


def save_figure(figure: Figure, path: str | Path, spec: Spectrogram, **look: Any) -> Path:
    """Write a figure to a file that says where it comes from: what was computed of what, and how it is shown.

    Raises
    ------
    RequestError
        If the name does not end in .png, .pdf or .svg.
    """
    path = Path(path)
    provenance = {
        **metadata(spec.request, sample_rate=spec.sample_rate, low=spec.low, step=spec.step),
        "title": spec.title,
        "view": look,
    }
    field = {".png": "battycoda", ".pdf": "Subject", ".svg": "Description"}.get(path.suffix.lower())
    if field is None:
        raise RequestError(f"{path.name!r} must end in .png, .pdf or .svg")
    figure.savefig(path, dpi=200, metadata={field: json.dumps(provenance)})
    return path
