"""Calls in AOEF, the JSON form in which soundevent and whombat exchange annotations.

Lists of recordings, tags, sound events and annotations point at each other by number or UUID. Times and frequencies are
corrected by the ``time_expansion`` that a recording has there.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeGuard

from battycoda_nb.annotations.calls import Call, Calls, check_count
from battycoda_nb.errors import RecordingError, RequestError

from .belonging import parts, recording_among
from .entry import (
    About,
    Segments,
    band,
    call_at,
    fail,
    gather,
    joined,
    label_text,
    listed,
    one_line,
    parsed,
    time_expansion_in,
)

ENDING = ".aoef.json"

_SIGN = b'"collection_type"'
_VERSION = "1.1.0"
_NAMESPACE = uuid.UUID("8a1c6b0e-5f0d-5d0c-9c39-2f6f3f6d7a10")  # of our own: equal calls are written as equal files
_HUGE = 1e300  # beyond it, and for what is no number, there is no call
# What people call the tag that says what a call is, without its vocabulary; the preferred one first.
_LABELS = (
    "label", "annotation", "common name", "scientific name", "species", "sound type", "call type", "class",
    "genus", "family", "event", "behaviour", "behavior", "code",
)  # fmt: skip


class _Marked(NamedTuple):
    """An annotation or a prediction: where its call lies, and its tags as key and value, the likeliest first."""

    where: str
    geometry: object
    tags: list[tuple[Any, Any]]


def is_aoef(data: bytes) -> bool:
    """Return whether this is AOEF, each file of which says what it is a collection of."""
    return _SIGN in data


def read(name: str, data: bytes, recording_name: str, label: str = "") -> Segments:
    """Return the calls of one recording in AOEF: the annotations, or else the predictions.

    A notice says which tag is the label.

    Parameters
    ----------
    name, data
        The file's.
    recording_name : str
        Whose calls are meant where there are several; "" if it is not known.
    label : str, optional
        The key of the tags that are the labels; by default the first of `_LABELS` that there is.

    Raises
    ------
    RecordingError
        If it holds no annotations, or none of this recording; or if no tag has the key `label`.
    """
    content = parsed(name, data, "whombat")
    body = content.get("data") if isinstance(content, dict) else None
    if not isinstance(body, dict):
        fail(name, "is not AOEF", "export it again from whombat")
    kind = next((kind for kind in ("annotations", "predictions") if body.get(f"sound_event_{kind}")), None)
    if kind is None:
        if "sound_event_annotations" in body or "clip_annotations" in body or "sound_event_predictions" in body:
            return Segments(Calls())
        fail(name, f"holds no annotations (it has {listed(body)})", "export an annotation project")
    recordings = _items(name, body, "recordings")
    wanted, renamed = _wanted(name, recordings, recording_name)
    expansions = {
        time_expansion_in(name, item, "time_expansion") for item in recordings if str(item.get("uuid")) in wanted
    }
    if len(expansions) > 1:
        fail(name, "has one recording with two values of time_expansion", "export them from whombat one by one")
    marked = list(_marked(name, body, kind, wanted))
    key, notice = _label_key(name, marked, label)

    def call(item: _Marked) -> Call:
        words = next((value for tag, value in item.tags if tag == key), "")
        return call_at(item.where, **_bounds(item.where, item.geometry), label=label_text(item.where, words))

    segments = gather(name, marked, call, kind.removesuffix("s"))
    calls = Calls(segments.calls, time_expansion=next(iter(expansions), None))
    return Segments(calls, joined(notice, renamed, segments.notice))


def write(calls: Calls, about: About) -> str:
    """Return the calls as a set of annotations whose tags have the key "label". Channels are not kept.

    A call without frequencies is an interval; one that has but one of the two reaches to 0 or to Nyquist.

    Raises
    ------
    RequestError
        If the recording's name, sample rate or length is not known: AOEF cannot be without.
    """
    if not about.name or about.sample_rate is None or about.duration is None:
        raise RequestError("AOEF names the recording and its length; say name=, sample_rate= and duration=")
    labels = {label: number for number, label in enumerate(dict.fromkeys(map(one_line, calls.labels))) if label}
    seed = _uuid("all", json.dumps([calls.to_json(), *about[:4]]))  # of one length, however many calls there are
    recording, clip, whole = (_uuid(what, seed) for what in ("recording", "clip", "whole"))
    events, annotations = [], []
    for number, call in enumerate(calls, start=1):
        event, annotation = _uuid(f"event {number}", seed), _uuid(f"annotation {number}", seed)
        features = {key: float(value) for key, value in about.measures(number - 1).items()}
        events.append(
            {"uuid": event, "recording": recording, "geometry": _geometry(call, about, number), "features": features}
        )
        tags = [labels[words] for words in [one_line(call.label)] if words]
        annotations.append({"uuid": annotation, "sound_event": event, "tags": tags})
    body = {
        "uuid": whole,
        "collection_type": "annotation_set",
        "tags": [{"id": number, "key": "label", "value": label} for label, number in labels.items()],
        "recordings": [
            {
                "uuid": recording,
                "path": about.name,
                "duration": about.duration,
                "channels": about.channels,
                "samplerate": about.sample_rate,
                **({"time_expansion": about.time_expansion} if about.time_expansion > 1 else {}),
            }
        ],
        "clips": [{"uuid": clip, "recording": recording, "start_time": 0.0, "end_time": about.duration}],
        "sound_events": events,
        "sound_event_annotations": annotations,
        "clip_annotations": [
            {
                "uuid": _uuid("clip annotation", seed),
                "clip": clip,
                "sound_events": [item["uuid"] for item in annotations],
            }
        ],
    }
    return json.dumps({"version": _VERSION, "data": body}, ensure_ascii=False, indent=1) + "\n"


def _uuid(what: str, seed: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{what} {seed}"))


def _geometry(call: Call, about: About, number: int) -> dict[str, Any]:
    if call.low_freq is None and call.high_freq is None:
        return {"type": "TimeInterval", "coordinates": [call.onset, call.offset]}
    assert about.sample_rate is not None
    low, high = band(call, about.sample_rate, number)
    return {"type": "BoundingBox", "coordinates": [call.onset, low, call.offset, high]}


def _items(name: str, body: dict[str, Any], what: str) -> list[dict[str, Any]]:
    """Return one of the lists of a collection, of which each item is an object."""
    items = body.get(what)
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        fail(name, f"has {what} that are no list of objects", "export it again from whombat")
    check_count(len(items), f"{name}: ")
    return items


def _wanted(name: str, recordings: list[dict[str, Any]], recording_name: str) -> tuple[set[str], str]:
    """Return the UUIDs of the recording that is meant, and what a user should know of that."""
    paths = {str(item.get("uuid")): str(item.get("path")) for item in recordings}
    named = {parts(path): path for path in paths.values()}
    kept, notice = recording_among(name, "recordings", named, recording_name)
    return {uuid for uuid, path in paths.items() if parts(path) in kept}, notice


def _marked(name: str, body: dict[str, Any], kind: str, wanted: set[str]) -> Iterator[_Marked]:
    """Yield the annotations or predictions of the recordings that are wanted."""
    tags = {str(item.get("id")): (item.get("key"), item.get("value")) for item in _items(name, body, "tags")}
    events = {str(item.get("uuid")): item for item in _items(name, body, "sound_events")}
    for number, item in enumerate(_items(name, body, f"sound_event_{kind}"), start=1):
        event = events.get(str(item.get("sound_event")), {})
        if event and str(event.get("recording")) not in wanted:
            continue
        found = [tags[number] for number in _tag_numbers(item.get("tags")) if number in tags]
        yield _Marked(f"{name}, {kind.removesuffix('s')} {number}", event.get("geometry"), found)


def _tag_numbers(tags: object) -> list[str]:
    """Return the numbers of an item's tags, the likeliest first: predictions have pairs of number and score."""
    if not isinstance(tags, list):
        return []
    pairs = [tag if isinstance(tag, list) and len(tag) == 2 else (tag, 1) for tag in tags]
    scored = [(score if isinstance(score, int | float) else 0, str(number)) for number, score in pairs]
    return [number for _, number in sorted(scored, key=lambda pair: -pair[0])]


def _label_key(name: str, marked: list[_Marked], label: str) -> tuple[str | None, str]:
    """Return the key of the tags that are the labels, and the notice that says so; None where nobody can tell."""
    keys = list(dict.fromkeys(key for item in marked for key, _ in item.tags if isinstance(key, str)))
    shown = listed(dict.fromkeys(keys))
    if label:
        if label not in keys:
            fail(name, f"has no tags with the key {label[:40]!r} (it has {shown})", "name one of those")
        return label, ""
    plain = {key: _plain(key) for key in keys}
    known = [key for wanted in _LABELS for key in keys if plain[key] == wanted]
    chosen = known[0] if known else keys[0] if len(keys) == 1 else None
    if chosen is not None:
        others = f" (of {shown})" if len(keys) > 1 else ""
        return chosen, f"The labels of {name} are its tags with the key {chosen[:40]}{others}."
    if keys:
        return None, f"The calls of {name} are left without labels: any of its tags {shown} could be that."
    return None, ""


def _plain(key: str) -> str:
    """Return a key in plain words: ``dwc:scientificName`` and ``scientific_name`` are both "scientific name"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key.rsplit(":", 1)[-1])
    return re.sub(r"[\s_-]+", " ", words).strip().lower()


def _bounds(where: str, geometry: object) -> dict[str, Any]:
    """Return the times and frequencies that a geometry spans, as fields of a call.

    Raises
    ------
    RecordingError
        If it is none, or a point in time.
    """
    if not isinstance(geometry, dict) or geometry.get("coordinates") is None:
        raise RecordingError(f"{where} has no geometry; draw it anew")
    kind, values = geometry.get("type"), geometry["coordinates"]
    if kind in ("TimeStamp", "Point", "MultiPoint"):
        raise RecordingError(f"{where} is a {kind}, which has no end; draw a box from its start to its end")
    if kind == "TimeInterval" and _is_numbers(values, 2):
        return {"onset": values[0], "offset": values[1]}
    corners = [values[:2], values[2:]] if kind == "BoundingBox" and _is_numbers(values, 4) else _corners(values)
    if not corners:
        raise RecordingError(f"{where} has a geometry that is not understood ({str(kind)[:40]}); draw a box")
    times, hertz = ([corner[place] for corner in corners] for place in (0, 1))
    return {"onset": min(times), "offset": max(times), "low_freq": min(hertz), "high_freq": max(hertz)}


def _corners(values: object) -> list[list[Any]]:
    """Return the pairs of time and frequency in lists of lists, as lines and polygons have them."""
    corners: list[list[Any]] = []
    layer = [values]
    for _ in range(4):  # a MultiPolygon has points in rings in polygons
        corners += [item for item in layer if _is_numbers(item, 2)]
        layer = [inner for item in layer if isinstance(item, list) and not _is_numbers(item, 2) for inner in item]
    return corners if not layer else []


def _is_numbers(values: object, count: int) -> TypeGuard[list[Any]]:
    return (
        isinstance(values, list)
        and len(values) == count
        and all(
            isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _HUGE for value in values
        )
    )
