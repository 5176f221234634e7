"""Calls as BatDetect2's JSON has them: a list of annotations in s and Hz, alone or in an object that names the file."""

from __future__ import annotations

import json
from typing import Any

from battycoda_nb.annotations.calls import Calls, check_count
from battycoda_nb.formatting import noun

from .belonging import Rows, parts, rows_of
from .cells import present
from .entry import About, Segments, band, fail, joined, listed, parsed, time_expansion_in
from .grid import Grid, check_cells, columns_of
from .label_column import Label, label_of
from .rows import calls_in

_ANNOTATION_KEYS = frozenset(("annotation", "annotations"))
_FILE_KEYS = ("id", "file", "filename", "file_name", "audio_file", "recording")
MARK = b'"time_exp"'  # stands in each of its files
_TABLE = {b"start_time", b"end_time", b"det_prob", b"class_prob"}
_DEPTH = 3
_WHOLE = 10**15
_OWN_FILE = "recording file"  # the column that those become


def read(name: str, data: bytes, about: About) -> Segments:
    """Return the calls of a recording in JSON: BatDetect2's, or any list of objects with times.

    With BatDetect2's come the time expansion that they were corrected by.

    Raises
    ------
    RecordingError
        If it is not JSON, not a list of annotations, or none of them is a call; as `rows_of` where they name others.
    """
    content = parsed(name, data, "BatDetect2")
    items = _items(name, content)
    check_count(len(items), f"{name}: ")
    grid = _grid(name, items)
    rows, label = rows_of(grid, about.name), _label(grid, content, about.label)
    expansion = _time_expansion(name, content, rows)
    if not items:
        return Segments(Calls(time_expansion=expansion))
    if _is_batdetects(content):
        about = about._replace(sample_rate=None)  # in Hz, whatever their size
    found = calls_in(rows.own, about, label, whole=grid)
    return Segments(Calls(found.calls, time_expansion=expansion), joined(rows.notice, found.notice))


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
        item |= about.measures(number - 1)
        # A person said so: there is no probability but one. What kind of event it is, nobody said.
        annotation.append({**item, "class": call.label, "class_prob": 1.0, "det_prob": 1.0, "event": ""})
    whole = {"id": about.name} if about.name else {}
    length = {} if about.duration is None else {"duration": about.duration}
    content = {**whole, "annotated": True, **length, "time_exp": about.time_expansion, "annotation": annotation}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _is_batdetects(content: object) -> bool:
    """Return whether a file, or one of the files in a list, is as BatDetect2 writes it."""
    return any(isinstance(file, dict) and "annotation" in file for file in _as_list(content))


def _label(grid: Grid, content: object, wanted: str) -> Label:
    """Return the label: BatDetect2's class, which is empty where nobody named a species, and its event."""
    if wanted:
        return label_of(grid, wanted)
    columns = tuple(grid.named(("class", "event")))
    label = label_of(grid)
    is_its_own = _is_batdetects(content) or any(column.name == "class" for column in label.columns)
    return Label(columns) if columns and is_its_own else label


def _items(name: str, content: object) -> list[object]:
    """Return the annotations, each with the file that it belongs to, also those of a list of files."""
    if isinstance(content, list):
        files = [file for file in content if isinstance(file, dict) and not _ANNOTATION_KEYS.isdisjoint(file)]
        return [item for file in files for item in _items(name, file)] if files else content
    if not isinstance(content, dict):
        fail(name, f"holds {noun(content)} in place of a list of calls", "save it from BatDetect2")
    key = next((key for key in content if key in _ANNOTATION_KEYS), None)
    if key is None:
        fail(name, f"has no annotation (it has {listed(content)})", "save it from BatDetect2")
    items = content[key]
    if not isinstance(items, list):
        fail(name, f"holds {noun(items)} in place of a list of calls", "save it from BatDetect2")
    file = _named(content)
    return [{_OWN_FILE: file, **item} if file and isinstance(item, dict) else item for item in items]


def _named(file: dict[str, Any]) -> str:
    """Return the recording that an object with annotations names, "" if it names none."""
    return next((file[key] for key in _FILE_KEYS if isinstance(file.get(key), str)), "")


def _time_expansion(name: str, content: object, rows: Rows) -> int | None:
    """Return the time expansion that a file says, or that the part of this recording in a list of files says.

    Raises
    ------
    RecordingError
        If it is no time expansion, or two parts say two.
    """
    if isinstance(content, dict):
        return time_expansion_in(name, content, "time_exp")
    parts_of_it = [file for file in _as_list(content) if isinstance(file, dict) and parts(_named(file)) in rows.kept]
    factors = {time_expansion_in(name, file, "time_exp") for file in parts_of_it}
    if len(factors) > 1:
        fail(name, "has two parts of one recording with different time_exp", "make a file of each")
    return next(iter(factors), None)


def _as_list(content: object) -> list[object]:
    return content if isinstance(content, list) else [content]


def _grid(name: str, items: list[object]) -> Grid:
    """Return the items as a table: a column for each key, also for those of objects within them."""
    flat = [_flat(item) for item in items]
    keys: dict[str, None] = {}
    for cells in flat:
        keys.update(dict.fromkeys(cells))
    check_cells(name, len(keys), len(flat))
    rows = [(number, [cells.get(key, "") for key in keys]) for number, cells in enumerate(flat, start=1)]
    return Grid(name, columns_of(list(keys)), rows, item="call")


def _flat(item: object, before: str = "", depth: int = 0) -> dict[str, str]:
    """Return the values of an object as texts; ``{"audio": {"path": "a.wav"}}`` has the key "audio path"."""
    cells: dict[str, str] = {}
    for key, value in item.items() if isinstance(item, dict) else ():
        if isinstance(value, dict) and depth < _DEPTH:
            cells |= _flat(value, f"{before}{key} ", depth + 1)
        else:
            cells[before + key] = _cell(value)
    return cells


def _cell(value: object) -> str:
    """Return a value as the text of a cell; a list of texts, such as tags, as one."""
    if isinstance(value, str):
        return present(value)
    if value is None or isinstance(value, dict):
        return ""
    if isinstance(value, list):
        return ", ".join(text for text in value if isinstance(text, str))
    if isinstance(value, float) and value.is_integer() and abs(value) < _WHOLE:  # pandas has 3.0 for a label 3
        value = int(value)
    return present(str(value))
