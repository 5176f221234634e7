"""Calls as other programs read them: Raven's selections, Audacity's labels, BatDetect2's JSON, a table of times."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from battycoda_nb.annotations.calls import Call, Calls
from battycoda_nb.errors import RecordingError, RequestError
from battycoda_nb.files import write_whole

from .entry import one_line

RAVEN = ".selections.txt"  # Raven's own name is <stem>.Table.1.selections.txt

_RAVEN_HEADER = (
    "Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)", "High Freq (Hz)", "Annotation",
)  # fmt: skip


class _About(NamedTuple):
    """What is known of the recording."""

    name: str
    sample_rate: int | None
    duration: float | None


def write_calls(
    calls: Calls,
    path: str | os.PathLike[str],
    *,
    sample_rate: int | None = None,
    name: str = "",
    duration: float | None = None,
    overwrite: bool = False,
) -> Path:
    """Write calls to a file; its ending says for whom.

    Parameters
    ----------
    calls : Calls
        Such as `Labels.calls`.
    path : str or path
        ``*.selections.txt``: Raven. Any other ``*.txt``: Audacity. ``*.csv``: onset, offset and label, and frequencies
        where there are any. ``*.json``: BatDetect2.
    sample_rate : int
        Hz, of the recording. Raven's table needs it: a call without frequencies spans all there are, to the Nyquist
        frequency, above which Raven opens no selection.
    name : str
        The recording's name, for the formats that say whose calls they are.
    duration : float, optional
        s, of the recording.
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
    Only Raven's table keeps channels. Times are exact in CSV and JSON, to 1 ns in Raven's table, to 1 µs in Audacity's.
    """
    path = Path(path)
    about = _About(Path(name).name, sample_rate, duration)
    data = _writer(path.name)(calls, about).encode("utf-8", "replace")
    try:
        write_whole(path, data, overwrite=overwrite)
    except FileExistsError as error:
        raise RequestError(f"{path} is there already; name another file, or say overwrite=True") from error
    except OSError as error:
        raise RecordingError(f"{path} cannot be written ({error.strerror or error}); name another place") from error
    return path


def _writer(name: str) -> Callable[[Calls, _About], str]:
    writers = {RAVEN: _raven, ".txt": _audacity, ".csv": _table, ".json": _batdetect}
    for ending, writer in writers.items():
        if name.lower().endswith(ending):
            return writer
    raise RequestError(
        f"{name[:80]!r} must end in {RAVEN} (Raven), .txt (Audacity), .csv or .json (BatDetect2): the ending says for "
        "whom the calls are written"
    )


def _raven(calls: Calls, about: _About) -> str:
    if about.sample_rate is None:
        raise RequestError("a table for Raven needs the sample rate of the recording; say sample_rate=, in Hz")
    rows = [[*_RAVEN_HEADER, *(["Begin File"] if about.name else [])]]
    for number, call in enumerate(calls, start=1):
        low, high = _band(call, about.sample_rate, number)
        times = [f"{time:.9f}" for time in (call.onset, call.offset)]
        # Whole numbers of hertz have a point too: some readers take the type of a column from its first row.
        row = [str(number), "Spectrogram 1", str((call.channel or 0) + 1), *times, f"{low:.3f}", f"{high:.3f}"]
        rows.append([*row, one_line(call.label), *([one_line(about.name)] if about.name else [])])
    return "".join("\t".join(row) + "\n" for row in rows)  # Raven knows no quotation marks


def _audacity(calls: Calls, about: _About) -> str:
    lines = []
    for call in calls:
        lines.append(f"{call.onset:.6f}\t{call.offset:.6f}\t{one_line(call.label)}\n")
        if call.low_freq is not None or call.high_freq is not None:
            low, high = ("-1.0" if hertz is None else f"{hertz:.6f}" for hertz in (call.low_freq, call.high_freq))
            lines.append(f"\\\t{low}\t{high}\n")
    return "".join(lines)


def _table(calls: Calls, about: _About) -> str:
    columns = ["onset", "offset", "label"]
    columns += [name for name in ("low_freq", "high_freq") if any(getattr(call, name) is not None for call in calls)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    plain = (replace(call, label=one_line(call.label)) for call in calls)
    writer.writerows([getattr(call, name) for name in columns] for call in plain)
    return text.getvalue()


def _batdetect(calls: Calls, about: _About) -> str:
    annotation = []
    for number, call in enumerate(calls, start=1):
        item: dict[str, Any] = {"start_time": call.onset, "end_time": call.offset}
        band = (call.low_freq, call.high_freq)
        if about.sample_rate is not None:
            band = _band(call, about.sample_rate, number)
        item |= {key: hertz for key, hertz in zip(("low_freq", "high_freq"), band, strict=True) if hertz is not None}
        # A person said so: there is no probability but one. What kind of event it is, nobody said.
        annotation.append({**item, "class": call.label, "class_prob": 1.0, "det_prob": 1.0, "event": ""})
    whole = {"id": about.name} if about.name else {}
    length = {} if about.duration is None else {"duration": about.duration}
    content = {**whole, "annotated": True, **length, "time_exp": 1, "annotation": annotation}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _band(call: Call, sample_rate: int, number: int) -> tuple[float, float]:
    """The frequencies that a call spans, in Hz, none above Nyquist."""
    nyquist = sample_rate / 2
    low = call.low_freq or 0.0
    if low >= nyquist:
        raise RequestError(
            f"call {number}: low_freq={low:g} Hz lies above {nyquist:g} Hz, the highest that sample_rate={sample_rate} "
            "can hold; correct one of the two"
        )
    return low, nyquist if call.high_freq is None else min(call.high_freq, nyquist)
