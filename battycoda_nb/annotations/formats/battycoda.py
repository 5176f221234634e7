"""Calls as BattyCoda's pickles have them: arrays of onsets and offsets in s, and labels. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from battycoda_nb.annotations.calls import Call, check_count
from battycoda_nb.formatting import noun

from .entry import Segments, call_at, fail, gather, label_text, listed
from .safe_pickle import load_pickle


def read(name: str, data: bytes) -> Segments:
    """Return the calls in a pickle: a dict with onsets and offsets or durations, or a list of onsets and offsets.

    Raises
    ------
    RecordingError
        If it holds anything else, asks for more than arrays and plain values, or none of it is a call.
    """
    content = load_pickle(name, data)
    labels: object = None
    if isinstance(content, dict):
        if "offsets" not in content and {"onsets", "durations"} <= content.keys():
            content = {**content, "offsets": _ends(name, content["onsets"], content["durations"])}
        missing = [key for key in ("onsets", "offsets") if key not in content]
        if missing:
            fail(name, f"has no {' and no '.join(missing)} (it has {listed(content)})", "save both, in seconds")
        onsets, offsets, labels = content["onsets"], content["offsets"], content.get("labels")
    elif isinstance(content, list) and len(content) == 2:
        onsets, offsets = content
    else:
        fail(name, f"holds {noun(content)}", "save a dict with onsets and offsets, in seconds")
    starts, ends = _times(name, "onsets", onsets), _times(name, "offsets", offsets)
    if len(starts) != len(ends):
        fail(name, f"has {len(starts)} onsets and {len(ends)} offsets", "save one offset for each onset")
    texts = _labels(name, labels, len(starts))

    def call_of(item: tuple[int, Any]) -> Call:
        number, (onset, offset, text) = item
        return call_at(f"{name}, call {number}", onset=onset, offset=offset, label=text)

    return gather(name, enumerate(zip(starts, ends, texts, strict=True), start=1), call_of, "call")


def _times(name: str, what: str, values: object) -> Sequence[Any]:
    """Return onsets or offsets as they stand in a pickle, in s; whether each is a possible time is for Call to say."""
    if isinstance(values, np.ndarray):
        if values.size and values.dtype.kind not in "iuf":
            fail(name, f"has {what} of type {values.dtype}", "save them as numbers, in seconds")
        if values.ndim == 0 or (
            values.size and values.size != max(values.shape)
        ):  # a row or a column is a list, a matrix is not
            fail(name, f"has {what} of shape {values.shape}", "save one list of times")
        check_count(values.size, f"{name}: ")
        return values.ravel().tolist()
    if not isinstance(values, list | tuple):
        fail(name, f"has {noun(values)} as {what}", "save an array or a list of times in seconds")
    check_count(len(values), f"{name}: ")
    return values


def _ends(name: str, onsets: object, durations: object) -> list[Any]:
    """Return offsets; what is no number stays what it is, for Call to refuse."""
    starts, lengths = _times(name, "onsets", onsets), _times(name, "durations", durations)
    if len(starts) != len(lengths):
        fail(name, f"has {len(starts)} onsets and {len(lengths)} durations", "save one duration for each onset")
    numbers = (int, float)
    return [
        start + length if isinstance(start, numbers) and isinstance(length, numbers) else length
        for start, length in zip(starts, lengths, strict=True)
    ]


def _labels(name: str, values: object, count: int) -> list[str]:
    """Return one text for each call; the last may be missing, as BattyCoda appends a label when a call is judged."""
    if isinstance(values, np.ndarray):
        values = values.ravel().tolist()
    if values is None:
        return [""] * count
    if not isinstance(values, list | tuple):
        fail(name, f"has {noun(values)} as labels", "save a list of text")
    if len(values) > count:
        fail(name, f"has {len(values)} labels for {count} calls", "save one label for each call")
    texts = [label_text(f"{name}, call {number}", value) for number, value in enumerate(values, start=1)]
    return texts + [""] * (count - len(texts))
