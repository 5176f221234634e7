"""Segment files are written: the name's ending picks the format, of which each has a file beside this one."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from battycoda_nb.annotations.calls import Calls
from battycoda_nb.annotations.time_expansion import rescaled
from battycoda_nb.errors import RecordingError, RequestError
from battycoda_nb.files import write_whole
from battycoda_nb.signal.peak_frequency import PeakFrequency

from . import aoef, audacity, batdetect2, kaleidoscope, raven, table, textgrid
from .entry import About

_WRITERS: dict[str, Callable[[Calls, About], str]] = {  # the first that fits
    raven.ENDING: raven.write,
    ".txt": audacity.write,
    textgrid.ENDING: textgrid.write,
    kaleidoscope.ENDING: kaleidoscope.write,
    ".csv": table.write,
    aoef.ENDING: aoef.write,
    ".json": batdetect2.write,
}
_SAY_TIME_EXPANSION = (batdetect2.write, aoef.write)  # all others count the file's own seconds and Hz


def write_calls(
    calls: Calls,
    path: str | os.PathLike[str],
    *,
    sample_rate: int | None = None,
    name: str = "",
    duration: float | None = None,
    time_expansion: int = 1,
    channels: int = 1,
    peaks: Sequence[PeakFrequency | None] = (),
    overwrite: bool = False,
) -> Path:
    """Write calls to a file; its ending says for whom.

    Parameters
    ----------
    calls : Calls
        Such as `Labels.calls`.
    path : str or path
        ``*.selections.txt``: Raven. Any other ``*.txt``: Audacity. ``*.csv``: onset, offset and label, and frequencies
        where there are any. ``*cluster.csv``: Kaleidoscope. ``*.TextGrid``: Praat. ``*.aoef.json``: AOEF, for whombat
        and soundevent. Any other ``*.json``: BatDetect2.
    sample_rate : int
        Hz, of the recording. Raven's table and AOEF need it. In Raven's a call without frequencies spans all there are,
        to the Nyquist frequency, above which Raven opens no selection.
    name : str
        The recording's name, for the formats that say whose calls they are. Kaleidoscope and AOEF need it.
    duration : float, optional
        s, of the recording. AOEF needs it.
    time_expansion : int
        Of the recording. `calls`, `sample_rate` and `duration` are the animal's. Programs that read Raven's table,
        Audacity's labels, CSV and what else does not say a time expansion count the file's own seconds and Hz, so these
        are what is written there; the files of BatDetect2 and AOEF have the animal's, and say the time expansion.
    channels : int
        How many the recording has; AOEF says it.
    peaks : sequence of PeakFrequency or None
        Of each call, in their order, for the formats that `keeps_peaks` names: ``peak_frequency`` in Hz, and
        ``peak_at_edge``, whether it lies at an edge of the call's band. Empty: they were not measured.
    overwrite : bool
        Whether a file that is there may be replaced.

    Returns
    -------
    Path
        Where they are now. The file is there as a whole or not at all.

    Raises
    ------
    RequestError
        If the ending is another, something is there already, or a call cannot be in that format: the message says
        which, counted from 1.
    RecordingError
        If the file cannot be written.

    Notes
    -----
    Only Raven's table keeps channels; a TextGrid keeps no frequencies. Times are exact but for Raven's table (1 ns) and
    Audacity's labels (1 µs).
    """
    path = Path(path)
    if peaks and len(peaks) != len(calls):
        raise RequestError(f"peaks has {len(peaks)} entries for {len(calls)} calls; give one for each, or none")
    about, writer = About(Path(name).name, sample_rate, duration, time_expansion, peaks, channels), _writer(path.name)
    if writer not in _SAY_TIME_EXPANSION:
        calls, about = _of_the_file(calls, about)
    data = writer(calls, about).encode("utf-8", "replace")
    try:
        write_whole(path, data, overwrite=overwrite)
    except FileExistsError as error:
        raise RequestError(f"{path} is there already; name another file, or say overwrite=True") from error
    except OSError as error:
        raise RecordingError(f"{path} cannot be written ({error.strerror or error}); name another place") from error
    return path


def _of_the_file(calls: Calls, about: About) -> tuple[Calls, About]:
    """Return calls and facts in the seconds and Hz that the recording's file has by its header."""
    factor = about.time_expansion
    rate = None if about.sample_rate is None else about.sample_rate // factor
    duration = None if about.duration is None else about.duration * factor
    peaks = [peak and replace(peak, hertz=peak.hertz / factor) for peak in about.peaks]
    return rescaled(calls, counted=factor, time_expansion=1), About(about.name, rate, duration, peaks=peaks)


def keeps_peaks(path: str | os.PathLike[str]) -> bool:
    """Return whether the format of a file has a place for peak frequencies; raises as `write_calls` does."""
    return _writer(Path(path).name) in (table.write, batdetect2.write, aoef.write)


def _writer(name: str) -> Callable[[Calls, About], str]:
    for ending, writer in _WRITERS.items():
        if name.lower().endswith(ending):
            return writer
    raise RequestError(
        f"{name[:80]!r} must end in {raven.ENDING} (Raven), .txt (Audacity), .TextGrid (Praat), {kaleidoscope.ENDING} "
        f"(Kaleidoscope), .csv, {aoef.ENDING} (whombat, soundevent) or .json (BatDetect2): the ending says for whom "
        "the calls are written"
    )
