"""Keys of the explorer: the defaults, and what the user's own keys.json makes of them.

keys.json lies in the settings folder and names only what is to be different::

    {"next": ["n", "ArrowRight"], "grid": [], "labels": {"m": "Myotis", "1": "FM"}}

A key is a letter, digit or sign as the keyboard gives it, or one of `NAMED`, with ``Shift+`` before a letter or a
named key and ``Ctrl+`` before anything: the names that ``keyName`` in keys.js makes of a key event. Ctrl is
Cmd on a Mac.
"""

from __future__ import annotations

import json
import string
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from battycoda_nb import settings
from battycoda_nb.annotations.formats.entry import label_text, one_line
from battycoda_nb.errors import RecordingError, RequestError
from battycoda_nb.files import write_whole
from battycoda_nb.formatting import noun


class Action(NamedTuple):
    """What a key can do: its keys unless told, and what the list of keys says about it."""

    keys: tuple[str, ...]
    words: str


# The list of keys is written down once, for the browser too.
_TABLE = Path(__file__).with_name("key_table.json")
ACTIONS = {
    name: Action(tuple(entry["keys"]), entry["words"])
    for name, entry in json.loads(_TABLE.read_text(encoding="utf-8")).items()
}

LABELS = {"x": "Noise", "u": "Unknown"}  # these two always have a key

NAMED = (
    "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown", "Space", "Enter", "Escape",
    "Delete", "Backspace", "Insert", *(f"F{number}" for number in range(1, 13)),
)  # fmt: skip

_SPOKEN = {name.lower(): name for name in NAMED} | {
    "left": "ArrowLeft", "right": "ArrowRight", "up": "ArrowUp", "down": "ArrowDown",
    "esc": "Escape", "del": "Delete", "return": "Enter", "pgup": "PageUp", "pgdn": "PageDown", " ": "Space",
}  # fmt: skip
_BROWSERS = {"Ctrl+n", "Ctrl+t", "Ctrl+w", "Ctrl+Shift+n", "Ctrl+Shift+t", "Ctrl+Shift+w"}  # no page ever sees these
_SPARE = (*string.ascii_lowercase, *string.digits, *(f"Shift+{letter}" for letter in string.ascii_lowercase))


class Keys(NamedTuple):
    """The keys as they are.

    Attributes
    ----------
    actions : dict
        Every action of `ACTIONS`: its keys, the preferred one first; empty if the user wants none. No key is in two
        places.
    labels : dict
        Key: the label that it gives. No key of an action is in it; ``Noise`` and ``Unknown`` always are.
    problems : list of str
        What in the file could not be done: a sentence each, for the user.
    """

    actions: dict[str, list[str]]
    labels: dict[str, str]
    problems: list[str]


def keys_file() -> Path:
    """Where the user's own keys lie; the file need not exist."""
    return settings.folder() / "keys.json"


def load_keys(path: Path | None = None) -> Keys:
    """The defaults, changed by the user's file. Whatever is in the file, the rest of it works.

    Parameters
    ----------
    path : Path, optional
        By default `keys_file`.
    """
    problems: list[str] = []
    content, problem = settings.read(path or keys_file(), pairs=lambda pairs: _first_of_each(pairs, problems))
    problems += [problem] if problem else []
    labels = content.pop("labels", {})
    actions = _actions(content, problems)
    return Keys(actions, _labels(labels, actions, problems), problems)


def write_example(path: Path | None = None) -> Path:
    """Write a file with the defaults, to change them in; its path.

    Raises
    ------
    RequestError
        If there is a file already, or it cannot be written.
    """
    path = path or keys_file()
    rows = [f"  {json.dumps(name)}: {json.dumps(action.keys)}" for name, action in ACTIONS.items()]
    text = "{\n" + ",\n".join([*rows, f'  "labels": {json.dumps(LABELS)}']) + "\n}\n"  # an action a line
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode(), overwrite=False)
    except OSError as error:
        if path.exists():
            raise RequestError(
                f"{path} is there already; change it, or move it away for one with the defaults"
            ) from error
        raise RequestError(f"{path} cannot be written ({error.strerror or error}); name another place") from error
    return path


def key_name(text: object) -> str:
    """A key as `ACTIONS` names it, however a person wrote it: ``right`` is ``ArrowRight``, ``shift+C`` ``Shift+c``.

    Raises
    ------
    RequestError
        If there is no such key, or the browser keeps it; the message says what to write.
    """
    if not isinstance(text, str):
        raise RequestError(f'{noun(text)} is not a key; write its name as text, such as "n"')
    plus = text == "+" or text.endswith("++")
    *modifiers, last = [*text[:-1].split("+")[:-1], "+"] if plus else text.split("+")
    held = {modifier.strip().lower() for modifier in modifiers}
    shown = _quoted(text)
    if held - {"shift", "ctrl"} or not last:
        raise RequestError(f'{shown} is not a key; of the keys that are held only "Shift+" and "Ctrl+" can be used')
    single = len(last) == 1 and last.isprintable() and last != " "
    name = last.lower() if single else _SPOKEN.get(last.strip().lower() or last, "")
    if not name:
        raise RequestError(f"{shown} is not a key; write a letter, digit or sign, or one of {', '.join(NAMED)}")
    if single and name != last and not held:
        raise RequestError(f'{shown} is not clear; write "{name}" or "Shift+{name}"')
    if "shift" in held and single and name == name.upper():
        raise RequestError(f"{shown} is not a key; write the sign that Shift makes of it, as Shift differs by keyboard")
    key = "Ctrl+" * ("ctrl" in held) + "Shift+" * ("shift" in held) + name
    if key in _BROWSERS:
        raise RequestError(f"{shown} never reaches a page, the browser keeps it; choose another key")
    return key


def _first_of_each(pairs: list[tuple[str, Any]], problems: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            problems.append(f"keys.json names {_quoted(name)} twice; the second is not used, remove one")
        found.setdefault(name, value)
    return found


def _actions(content: dict[str, Any], problems: list[str]) -> dict[str, list[str]]:
    chosen: dict[str, list[str]] = {}
    owner: dict[str, str] = {}
    for action, value in content.items():
        if action not in ACTIONS:
            problems.append(f"keys.json: {_quoted(action)} is not an action; the actions are {', '.join(ACTIONS)}")
            continue
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list):
            problems.append(f'keys.json: {action} has {noun(value)} as its keys; write a list such as ["n"]')
            continue
        chosen[action] = []
        for key in _names(action, values, problems):
            if owner.setdefault(key, action) == action:
                chosen[action] += [key] if key not in chosen[action] else []
            else:
                problems.append(f'keys.json: "{key}" is the key of {owner[key]} and of {action}; remove one')
        if values and not chosen[action]:
            del chosen[action]  # a slip of the pen must not leave an action without a key
    for action, (defaults, _) in ACTIONS.items():
        if action not in chosen:
            chosen[action] = [key for key in defaults if owner.setdefault(key, action) == action]
            if not chosen[action]:
                taker = owner[defaults[0]]
                problems.append(
                    f'keys.json: {taker} has taken "{defaults[0]}" and {action} has no key left; '
                    f'name one, or write "{action}": [] if none is wanted'
                )
    return {action: chosen[action] for action in ACTIONS}


def _labels(value: object, actions: dict[str, list[str]], problems: list[str]) -> dict[str, str]:
    owner = {key: action for action, keys in actions.items() for key in keys}
    labels: dict[str, str] = {}
    if not isinstance(value, dict):
        problems.append(f'keys.json: labels is {noun(value)}; write {{"m": "Myotis"}}')
        value = {}
    for written, text in value.items():
        for key in _names("labels", [written], problems):
            try:
                label = one_line(label_text("keys.json, labels", text))
            except RecordingError as error:
                problems.append(str(error))
                continue
            if not label:
                problems.append(f'keys.json: the label of "{key}" is empty; write its text')
            elif key in owner:
                problems.append(
                    f'keys.json: "{key}" is the key of {owner[key]}, so it does not give {_quoted(label)}; choose '
                    f"another, or give {owner[key]} other keys"
                )
            elif key in labels:
                problems.append(f'keys.json: "{key}" stands for {_quoted(labels[key])} already; remove one')
            else:
                labels[key] = label
    for wanted, label in LABELS.items():
        if label not in labels.values():
            key = next((key for key in (wanted, f"Shift+{wanted}", *_SPARE) if key not in owner | labels), wanted)
            if key != wanted:
                problems.append(f'keys.json: "{wanted}" is taken, so {label} is at "{key}"; choose one under labels')
            labels[key] = label
    return labels


def _names(where: str, values: Iterable[object], problems: list[str]) -> Iterable[str]:
    for value in values:
        try:
            yield key_name(value)
        except RequestError as error:
            problems.append(f"keys.json, {where}: {error}")


def _quoted(text: str) -> str:
    """Text of the user's in a sentence: as it stands, but for what no screen can show."""
    return json.dumps(text[:40], ensure_ascii=False).encode("utf-8", "replace").decode()
