"""One entry of a segment file, or the sentence that says what is wrong with it and what to do."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from battycoda_nb.annotations.calls import MAX_LABEL, Call
from battycoda_nb.errors import RecordingError
from battycoda_nb.formatting import noun

_CODA_LABEL = "type_call"  # BattyCoda's first versions kept the whole form of a call; this field is its label


def label_text(where: str, value: object) -> str:
    """A label as text: what a person typed, without what no screen can show."""
    if isinstance(value, dict) and _CODA_LABEL in value:
        value = value[_CODA_LABEL]
    if value is None or (isinstance(value, float) and value != value):  # pandas has NaN for an empty cell
        return ""
    if isinstance(value, bytes):
        value = value.decode("latin1")
    if isinstance(value, float) or (isinstance(value, int) and abs(value) < 10**15):  # some labs number call types
        value = f"{value:.15g}"
    if not isinstance(value, str):
        raise RecordingError(f"{where}: its label is {noun(value)}; save it as text")
    if len(value) > MAX_LABEL:  # before it is copied: a thousand calls may share one label of a megabyte
        raise RecordingError(f"{where}: its label has {len(value)} characters, more than {MAX_LABEL}; shorten it")
    return value.encode("utf-8", "replace").decode("utf-8").strip()


def one_line(text: str) -> str:
    """Text without what begins another cell or row of a table, or what no reader of tables takes."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "", " ".join(text.split()))


def call_at(where: str, **values: Any) -> Call:
    try:
        return Call(**values)
    except RecordingError as error:
        raise RecordingError(f"{where}: {error}") from error


def fail(name: str, what: str, advice: str) -> NoReturn:
    raise RecordingError(f"{name} {what}; {advice}")


def listed(content: dict[str, Any]) -> str:
    keys = ["".join(letter if letter.isprintable() else "?" for letter in key[:40]) for key in list(content)[:8]]
    return ", ".join(keys) or "nothing"
