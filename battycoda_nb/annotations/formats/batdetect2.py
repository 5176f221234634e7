"""Calls as BatDetect2's JSON has them: a list of annotations in s and Hz, alone or in an object that names the file."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any

from battycoda_nb.annotations.calls import Call, Calls, check_count
from battycoda_nb.errors import RecordingError
from battycoda_nb.formatting import noun

from .entry import About, band, call_at, fail, label_text, listed, parsed, time_expansion_in

_ANNOTATION_KEYS = ("annotation", "annotations")
_LABEL_KEYS = ("class", "event")
MARK = b'"time_exp"'  # stands in each of its files
_TABLE = {b"start_time", b"end_time", b"det_prob", b"class_prob"}


def read(name: str, data: bytes) -> Calls:
    """Return the calls in a file of BatDetect2, and with them the time expansion that they were corrected by.

    Raises
    ------
    RecordingError
        If it is not JSON, not a list of annotations, or a call in it cannot be.
    """
    content = parsed(name, data, "BatDetect2")
    expansion = None
    if isinstance(content, dict):
        key = next((key for key in _ANNOTATION_KEYS if key in content), None)
        if key is None:
            fail(name, f"has no annotation (it has {listed(content)})", "save it from BatDetect2")
        expansion = time_expansion_in(name, content, "time_exp")
        content = content[key]
    if not isinstance(content, list):
        fail(name, f"holds {noun(content)} in place of a list of calls", "save it from BatDetect2")
    check_count(len(content), f"{name}: ")
    calls = (_annotation(f"{name}, call {number}", item) for number, item in enumerate(content, start=1))
    return Calls(calls, time_expansion=expansion)


def json_names(recording_name: str) -> tuple[str, str]:
    """Return the names of the file that BatDetect2 writes for a recording, the usual one first."""
    return f"{recording_name}.json", f"{PurePath(recording_name).stem}.json"


def is_table(data: bytes) -> bool:
    """Return whether this is the CSV that BatDetect2 writes beside its JSON; only that says the time expansion."""
    header = data.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0]
    return {name.strip() for name in header.split(b",")} >= _TABLE


def write(calls: Calls, about: About) -> str:
    """Return the calls as annotations that a person made. Channels are not kept.

    Where the sample rate is known, a call without frequencies spans all there are, to Nyquist.
    """
    annotation = []
    for number, call in enumerate(calls, start=1):
        item: dict[str, Any] = {"start_time": call.onset, "end_time": call.offset}
        edges = (call.low_freq, call.high_freq)
        if about.sample_rate is not None:
            edges = band(call, about.sample_rate, number)
        item |= {key: hertz for key, hertz in zip(("low_freq", "high_freq"), edges, strict=True) if hertz is not None}
        # A person said so: there is no probability but one. What kind of event it is, nobody said.
        annotation.append({**item, "class": call.label, "class_prob": 1.0, "det_prob": 1.0, "event": ""})
    whole = {"id": about.name} if about.name else {}
    length = {} if about.duration is None else {"duration": about.duration}
    content = {**whole, "annotated": True, **length, "time_exp": about.time_expansion, "annotation": annotation}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _annotation(where: str, item: object) -> Call:
    if not isinstance(item, dict):
        raise RecordingError(f"{where} is {noun(item)}; a call has start_time and end_time in seconds")
    missing = [key for key in ("start_time", "end_time") if key not in item]
    if missing:
        raise RecordingError(f"{where} has no {' and no '.join(missing)}; give both in seconds")
    labels = (label_text(where, item.get(key)) for key in _LABEL_KEYS)
    return call_at(
        where,
        onset=item["start_time"],
        offset=item["end_time"],
        label=next((label for label in labels if label), ""),
        low_freq=item.get("low_freq"),
        high_freq=item.get("high_freq"),
    )
