"""keys.json: what a user may change, and that the rest works whatever stands in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from battycoda_nb.errors import RequestError
from battycoda_nb.widgets.explorer.keys import (
    ACTIONS,
    LABELS,
    NAMED,
    Keys,
    key_name,
    keys_file,
    load_keys,
    write_example,
)

DEFAULTS = {name: list(action.keys) for name, action in ACTIONS.items()}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BATTYCODA_SETTINGS", str(tmp_path))
    return keys_file()


def _load(path: Path, content: object) -> Keys:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    keys = load_keys()
    _check(keys)
    return keys


def _check(keys: Keys) -> None:
    """What holds whatever stands in the file."""
    assert list(keys.actions) == list(ACTIONS)
    used = [key for of in keys.actions.values() for key in of] + list(keys.labels)
    assert len(used) == len(set(used)), "no key in two places"
    assert all(key_name(key) == key for key in used)
    assert set(LABELS.values()) <= set(keys.labels.values())
    assert all(0 < len(problem) < 500 for problem in keys.problems)
    json.dumps(keys.problems, ensure_ascii=False).encode()


def test_the_defaults_are_the_fields(path: Path) -> None:
    keys = load_keys()
    _check(keys)
    assert keys == (DEFAULTS, LABELS, [])
    assert keys.actions["next"] == ["ArrowRight", "e", "."] and keys.actions["previous"] == ["ArrowLeft", "q", ","]
    assert keys.actions["redo"] == ["Ctrl+Shift+z"] and keys.actions["colours"] == ["Shift+c"]
    assert keys.actions["zoom_in"] == ["+", "="]


def test_the_example_is_the_defaults_and_replaces_nothing(path: Path) -> None:
    assert write_example() == path
    assert load_keys() == (DEFAULTS, LABELS, [])
    path.write_text('{"next": "n"}')
    with pytest.raises(RequestError, match="is there already; change it"):
        write_example()
    assert path.read_text() == '{"next": "n"}'
    with pytest.raises(RequestError, match="cannot be written"):
        write_example(path / "keys.json")


def test_a_users_keys_replace_an_actions(path: Path) -> None:
    keys = _load(path, {"next": ["n", "Right"], "grid": [], "play": "Enter", "help": ["h", "h"]})
    assert keys.actions == DEFAULTS | {"next": ["n", "ArrowRight"], "grid": [], "play": ["Enter"], "help": ["h"]}
    assert keys.problems == []


def test_a_users_choice_wins_over_a_default(path: Path) -> None:
    keys = _load(path, {"play": ["e"]})
    assert keys.actions["play"] == ["e"] and keys.actions["next"] == ["ArrowRight", "."]
    assert keys.problems == [], "next has two keys left"


def test_an_action_that_loses_its_last_key_is_named(path: Path) -> None:
    keys = _load(path, {"play": ["z"]})
    assert keys.actions["box"] == []
    assert keys.problems == [
        'keys.json: play has taken "z" and box has no key left; name one, or write "box": [] if none is wanted'
    ]
    assert _load(path, {"play": ["z"], "box": []}).problems == []


def test_keys_may_change_places(path: Path) -> None:
    keys = _load(path, {"next": "ArrowLeft", "previous": "ArrowRight"})
    assert (keys.actions["next"], keys.actions["previous"]) == (["ArrowLeft"], ["ArrowRight"])
    assert keys.problems == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"nxet": "n"}, '"nxet" is not an action; the actions are next, previous'),
        ({"\ud800": "n"}, "is not an action"),
        ({"next": 3}, "next has a number as its keys"),
        ({"next": None}, "next has nothing as its keys"),
        ({"next": ["n", 3]}, "a number is not a key"),
        ({"next": ["n", "Alt+n"]}, '"Alt+n" is not a key; of the keys that are held only'),
        ({"next": ["n", "nn"]}, '"nn" is not a key; write a letter'),
        ({"next": ["n", ""]}, '"" is not a key'),
        ({"next": ["n", "Ctrl+"]}, '"Ctrl+" is not a key'),
        ({"next": ["n", "Tab"]}, '"Tab" is not a key'),
        ({"next": ["n", "\ud800"]}, "is not a key"),
        ({"next": ["n", "Ctrl+w"]}, "never reaches a page"),
        ({"next": ["n", "N"]}, '"N" is not clear; write "n" or "Shift+n"'),
        ({"next": ["n", "Shift+1"]}, "write the sign that Shift makes of it"),
        ({"next": "n", "play": ["Space", "n"]}, '"n" is the key of next and of play; remove one'),
        ('{"next": ["n"], "next": ["m"]}', 'names "next" twice; the second is not used'),
        ('{"next": ["n"], "labels": {"m": "A", "m": "B"}}', 'names "m" twice'),
        ({"next": "n", "labels": ["m"]}, "labels is a list; write"),
        ({"next": "n", "labels": {"m": []}}, "its label is a list"),
        ({"next": "n", "labels": {"m": " "}}, 'the label of "m" is empty'),
        ({"next": "n", "labels": {"m": "x" * 2000}}, "2000 characters"),
        ({"next": "n", "labels": {"mm": "A"}}, '"mm" is not a key'),
        ({"next": "n", "labels": {"a": "Antrozous"}}, '"a" is the key of accept, so it does not give "Antrozous"'),
        ({"next": "n", "labels": {"n": "Nyctalus"}}, '"n" is the key of next'),
        ({"next": "n", "labels": {"Left": "A", "ArrowLeft": "B"}}, '"ArrowLeft" is the key of previous'),
        ({"next": "n", "labels": {"Up": "A", "ArrowUp": "B"}}, '"ArrowUp" stands for "A" already'),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_works(path: Path, content: object, words: str) -> None:
    keys = _load(path, content)
    assert any(words in problem for problem in keys.problems), keys.problems
    if '"next": "n"' in path.read_text() or '"next": ["n"' in path.read_text():
        assert keys.actions["next"] == ["n"]
    else:
        assert keys.actions["next"] == DEFAULTS["next"], "a slip of the pen leaves no action without a key"


@pytest.mark.parametrize("content", ["", "{", "[]", "3", '{"next": ["n",]}'])
def test_a_damaged_file_leaves_the_defaults(path: Path, content: str) -> None:
    keys = _load(path, content)
    assert keys.actions == DEFAULTS and keys.labels == LABELS
    assert len(keys.problems) == 1 and str(path) in keys.problems[0]
    assert path.read_text() == content


def test_labels_of_a_users_own(path: Path) -> None:
    keys = _load(
        path, {"labels": {"m": " Myotis  myotis ", "1": "FM", "Shift+m": "no: markers", "Ctrl+1": "CF", "ö": "Ö"}}
    )
    assert keys.labels == {"m": "Myotis myotis", "1": "FM", "Ctrl+1": "CF", "ö": "Ö", "x": "Noise", "u": "Unknown"}
    assert [problem[:34] for problem in keys.problems] == ['keys.json: "Shift+m" is the key of']
    assert _load(path, {"markers": [], "labels": {"Shift+m": "Myotis"}}).labels["Shift+m"] == "Myotis"


def test_noise_and_unknown_always_have_a_key(path: Path) -> None:
    assert _load(path, {"labels": {"n": "Noise", "0": "x"}}).labels == {"n": "Noise", "u": "Unknown"}
    keys = _load(path, {"undo": "u", "labels": {"x": "Xenops"}})
    assert keys.labels == {"x": "Xenops", "Shift+x": "Noise", "Shift+u": "Unknown"}
    assert keys.problems == [
        'keys.json: "x" is taken, so Noise is at "Shift+x"; choose one under labels',
        'keys.json: "u" is taken, so Unknown is at "Shift+u"; choose one under labels',
    ]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("right", "ArrowRight"), ("Esc", "Escape"), ("DEL", "Delete"), (" ", "Space"), ("space", "Space"),
        ("shift+C", "Shift+c"), ("Ctrl+Z", "Ctrl+z"), ("shift+ctrl+z", "Ctrl+Shift+z"),
        ("Shift + Left", "Shift+ArrowLeft"),
        ("+", "+"), ("Ctrl++", "Ctrl++"), ("=", "="), ("F5", "F5"), ("é", "é"), ("f12", "F12"),
    ],
)  # fmt: skip
def test_a_key_however_it_is_written(written: str, name: str) -> None:
    assert key_name(written) == name == key_name(name)


_keys = st.sampled_from([*NAMED, *"abceqxuz0+?", "Shift+x", "Shift+c", "Ctrl+z", "A", "Alt+x", ""]) | st.text(
    max_size=3
)
_json = st.none() | st.booleans() | st.integers() | _keys | st.lists(_keys, max_size=3)


@given(
    st.dictionaries(st.sampled_from(list(ACTIONS)) | st.text(max_size=3), _json, max_size=8),
    st.dictionaries(_keys, st.text(max_size=5) | _json, max_size=8) | _json,
)
def test_whatever_stands_in_it(tmp_path_factory: pytest.TempPathFactory, content: dict, labels: object) -> None:
    path = tmp_path_factory.getbasetemp() / "keys.json"
    path.write_text(json.dumps(content | {"labels": labels}))
    _check(load_keys(path))
