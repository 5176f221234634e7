"""The explorer's view as a matplotlib figure: the same levels in the same colours, with axes that print well."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from battycoda_nb._version import __version__
from battycoda_nb.annotations.calls import Call
from battycoda_nb.errors import RequestError
from battycoda_nb.files import write_whole
from battycoda_nb.signal.peak_frequency import PeakFrequency
from battycoda_nb.signal.png import metadata
from battycoda_nb.signal.scales import frequency_axis, mel_to_hz, time_axis
from battycoda_nb.signal.spectrogram import Spectrogram

from .colours import Look, brightness, colour_map, colour_table, shown_range
from .power_spectrum import power_spectrum
from .viewport import Viewport, extent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .shown_figure import ShownFigure

_LONG = 1.05  # s; above it the time axis counts in seconds, as in the browser
_CALL_COLOUR = "#1976d2"
_UNITS = {"dB": "dB re full scale", "PCEN": "PCEN"}
_SHORT_UNITS = {"dB": "dBFS", "PCEN": "PCEN"}


def call_figure(
    spec: Spectrogram,
    call: Call,
    *,
    look: Look,
    viewport: Viewport | None = None,
    markers: Sequence[Sequence[float]] = (),
    grid: bool = False,
    waveform: bool = False,
    spectrum: bool = False,
    peak: PeakFrequency | None = None,
    size: tuple[int, int] | None = None,
) -> ShownFigure:
    """Draw the present view: a call's picture, its onset and offset marked, a colour bar, and a caption.

    Parameters
    ----------
    spec : Spectrogram
    call : Call
    look : Look
    viewport : Viewport, optional
        Limits of the axes; the whole picture if not given.
    markers : sequence of (s from the onset, Hz)
        Two, or none: drawn as A and B, their difference goes into the caption.
    grid, waveform, spectrum : bool
        Grid lines; the waveform above, and the call's power spectrum at the right, on the picture's axes.
    peak : PeakFrequency, optional
        The call's, for its spectrum.
    size : (int, int), optional
        Width and height in pixels, as a notebook shows it; by default as many as the panels need.
    """
    from .shown_figure import DPI, ShownFigure

    levels: dict[str, Any] = {"low": spec.low, "step": spec.step, "enbw": spec.enbw, "unit": spec.unit}
    whole = extent(spec.request, spec.sample_rate)
    view = viewport or whole._replace(bottom=max(whole.bottom, 0.0))
    long = view.right - view.left > _LONG
    times = _Times(call.onset, 1.0 if long else 1e3)
    width, height = size or ((7 + 1.6 * spectrum) * DPI, (3.6 + 1.0 * waveform) * DPI)
    figure = ShownFigure((width / DPI, height / DPI))
    cells = figure.add_gridspec(
        1 + waveform, 1 + spectrum, height_ratios=[1, 4][not waveform :], width_ratios=[5, 1][: 1 + spectrum]
    )
    ax = figure.add_subplot(cells[int(waveform), 0])
    _draw_picture(ax, spec, whole, times, colour_table(look=look, **levels))
    ax.set(xlim=(times(view.left), times(view.right)), ylim=(view.bottom / 1e3, view.top / 1e3))
    ax.set(xlabel=f"Time ({'s' if long else 'ms'})", ylabel="Frequency (kHz)")
    _set_ticks(ax, spec.request.scale, view)
    marks = [ax]
    if waveform:
        marks.append(figure.add_subplot(cells[0, 0], sharex=ax))
        _draw_waveform(marks[-1], spec, call, times)
    for axes in marks:
        for edge in (call.onset, call.offset):
            axes.axvline(times(edge), color="0.6", linewidth=0.8)
    last = ax
    if spectrum:
        last = figure.add_subplot(cells[int(waveform), 1], sharey=ax)
        _draw_spectrum(last, spec, call, peak, shown_range(look, **levels))
    if grid:
        for axes in {*marks, last}:
            axes.grid(color="0.6", linewidth=0.4, alpha=0.6)
    for name, (seconds, hertz) in zip("AB", markers, strict=False):
        _draw_marker(ax, name, times(call.onset + seconds), hertz / 1e3)
    marks[-1].set_title(spec.title, fontsize="medium")
    _draw_bar(figure, last, look, levels)
    # Unlike free text, it is given room.
    figure.supxlabel(_caption(spec, look, markers), x=0.01, ha="left", fontsize=5, color="0.45")
    return figure


def save_figure(
    figure: Figure,
    path: str | Path,
    spec: Spectrogram,
    *,
    look: Look,
    viewport: Viewport | None = None,
    markers: Sequence[Sequence[float]] = (),
) -> Path:
    """Write a figure to a file that says where it comes from: what was computed of what, and how it is shown.

    The provenance is JSON: in a PNG the text ``battycoda``, in a PDF the subject, in an SVG the description.

    Raises
    ------
    RequestError
        If the name does not end in .png, .pdf or .svg.
    """
    path = Path(path)
    field = {".png": "battycoda", ".pdf": "Subject", ".svg": "Description"}.get(path.suffix.lower())
    if field is None:
        raise RequestError(f"{path.name!r} must end in .png, .pdf or .svg")
    provenance = _provenance(spec, look, viewport, markers)
    file = io.BytesIO()
    figure.savefig(file, format=path.suffix[1:].lower(), dpi=200, metadata={field: provenance})
    write_whole(path, file.getvalue())
    return path


def call_png(spec: Spectrogram, call: Call, *, look: Look, size: tuple[int, int]) -> bytes:
    """Return a call's picture with axes as a PNG of `size` pixels, with its provenance as `save_figure` writes it."""
    return call_figure(spec, call, look=look, size=size).png({"battycoda": _provenance(spec, look, None, ())})


def _provenance(spec: Spectrogram, look: Look, viewport: Viewport | None, markers: Sequence[Sequence[float]]) -> str:
    """Return where a picture comes from, as JSON."""
    wave = float(np.abs(spec.wave).max(initial=0))
    return json.dumps(
        {
            **metadata(spec.request, sample_rate=spec.sample_rate, low=spec.low, step=spec.step, wave=wave),
            "title": spec.title,
            "view": {
                **asdict(look),
                "viewport": viewport and viewport._asdict(),
                "markers": [list(marker) for marker in markers],
            },
        }
    )


class _Times(NamedTuple):
    """From s of the recording to the time axis, whose 0 is the call's onset."""

    onset: float
    factor: float

    def __call__(self, seconds: Any) -> Any:
        return (seconds - self.onset) * self.factor


def _draw_picture(ax: Axes, spec: Spectrogram, whole: Viewport, times: _Times, table: np.ndarray) -> None:
    from matplotlib.colors import ListedColormap, Normalize

    # One colour a level, each in the middle of its step.
    norm = Normalize(spec.low - spec.step / 2, spec.low + 255.5 * spec.step)
    colours = ListedColormap(table / 255.0)
    bins, columns = spec.levels.shape
    # The whole width of the last column, also where the samples end within it and so do the axes.
    right = whole.left + columns * time_axis(spec.request, spec.sample_rate)[1]
    left, right, bottom, top = times(whole.left), times(right), whole.bottom / 1e3, whole.top / 1e3
    if spec.request.scale != "mel":
        extent = (left, right, bottom, top)
        ax.imshow(
            spec.db, origin="lower", aspect="auto", interpolation="nearest", extent=extent, cmap=colours, norm=norm
        )
        return
    # Rows that are equally spaced in mel are not in kHz: an image cannot be that, a mesh can, drawn as one.
    ax.set_yscale("function", functions=(_mel_of_khz, lambda place: mel_to_hz(place) / 1e3))
    first, step = frequency_axis(spec.request, spec.sample_rate)
    rows = mel_to_hz(first + step * (np.arange(bins + 1) - 0.5)) / 1e3
    ax.pcolormesh(np.linspace(left, right, columns + 1), rows, spec.db, cmap=colours, norm=norm, rasterized=True)


def _mel_of_khz(khz: np.ndarray) -> np.ndarray:
    return 2595 * np.log10(1 + np.asarray(khz) / 0.7)


def _set_ticks(ax: Axes, scale: str, view: Viewport) -> None:
    """In mel, steps of 1, 2 and 5: even ones would crowd at the top; but even ones where few of those are in view."""
    from matplotlib.ticker import FixedLocator, MaxNLocator

    if scale == "mel":
        ticks = [khz for khz in (0, 1, 2, 5, 10, 20, 50, 100, 200) if view.bottom <= khz * 1e3 <= view.top]
        ax.yaxis.set_major_locator(FixedLocator(ticks) if len(ticks) > 2 else MaxNLocator(5))


def _draw_waveform(ax: Axes, spec: Spectrogram, call: Call, times: _Times) -> None:
    """From the least to the greatest sample under each column, in per cent of full scale."""
    at = spec.times
    wave = spec.wave if len(spec.wave) else np.zeros((len(at), 2))  # of a Spectrogram made by hand
    within = (at >= call.onset) & (at <= call.offset)
    for where, colour in ((None, "0.55"), (within, _CALL_COLOUR)):
        ax.fill_between(times(at), 100 * wave[:, 0], 100 * wave[:, 1], where=where, step="mid", color=colour, lw=0.5)
    ax.set_ylabel("% full scale", fontsize="small")
    ax.tick_params(labelbottom=False)


def _draw_spectrum(
    ax: Axes, spec: Spectrogram, call: Call, peak: PeakFrequency | None, shown: tuple[float, float]
) -> None:
    values = power_spectrum(spec, call.onset, call.offset)
    ax.plot(values, spec.frequencies / 1e3, color=_CALL_COLOUR, linewidth=0.8)
    if peak is not None:
        at = np.interp(peak.hertz, spec.frequencies, values)  # on the line: the picture's transform is another
        ax.plot(np.clip(at, *shown), peak.hertz / 1e3, "o", color=_CALL_COLOUR, markersize=3)
        ax.set_title(f"peak {peak}", fontsize="small")
    ax.set(xlim=shown, xlabel=_SHORT_UNITS[spec.unit])
    ax.tick_params(labelleft=False)


def _draw_marker(ax: Axes, name: str, time: float, khz: float) -> None:
    """White with a dark edge, so that it shows on every map."""
    from matplotlib.patheffects import withStroke

    edge = [withStroke(linewidth=1.8, foreground="0.15")]
    ax.axvline(time, color="white", linewidth=0.7, path_effects=edge)
    ax.axhline(khz, color="white", linewidth=0.7, path_effects=edge)
    ax.annotate(
        name, (time, khz), xytext=(4, 4), textcoords="offset points", color="white", fontsize="small",
        path_effects=edge, annotation_clip=True,
    )  # fmt: skip


def _draw_bar(figure: Figure, ax: Axes, look: Look, levels: dict[str, Any]) -> None:
    """The colours over what the look shows, also where that goes beyond the picture's own range."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    bottom, top = shown_range(look, **levels)
    values = bottom + (np.arange(256) + 0.5) * (top - bottom) / 256
    places = np.floor(255 * brightness(values, look, **levels) + 0.5).astype(int)
    colours = ListedColormap(colour_map(look.cmap)[places] / 255.0)
    figure.colorbar(ScalarMappable(Normalize(bottom, top), colours), ax=ax, label=_UNITS[levels["unit"]])


def _caption(spec: Spectrogram, look: Look, markers: Sequence[Sequence[float]]) -> str:
    request = spec.request
    transform = f"{request.window} window of {request.win_length}, n_fft {request.n_fft}, hop {request.hop_length}"
    if request.pool > 1:
        transform += f", maximum of {request.pool}"
    if spec.unit == "PCEN":
        shown = "its own scale"
    elif look.mapping == "range":
        shown = f"{look.reference + look.low:.1f} to {look.reference + look.high:.1f} dB re full scale"
    else:
        shown = f"contrast {look.contrast:g}"
    lines = [
        f"channel {request.channel + 1}, {transform}, {request.scale}; {shown}, {look.cmap}; "
        f"recording {request.recording[:12]}; battycoda_nb {__version__}"
    ]
    if len(markers) == 2:
        (t1, f1), (t2, f2) = markers
        lines.append(f"A to B: {(t2 - t1) * 1e3:.2f} ms, {(f2 - f1) / 1e3:.2f} kHz")
    return "\n".join(lines)
