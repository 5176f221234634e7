"""The types of traits and messages that the front end is checked by, against what the widgets' docstrings list."""

import ast
import inspect
import json
import re
from typing import NamedTuple

import pytest
import traitlets

from battycoda_nb.widgets import bundle
from battycoda_nb.widgets.explorer.messages import describe
from battycoda_nb.widgets.explorer.view import SpectrogramView
from battycoda_nb.widgets.status.panel import StatusPanel

WIDGETS = bundle.PACKAGE / "widgets"
TYPES = {
    SpectrogramView: WIDGETS / "explorer/messages/messages.d.ts",
    StatusPanel: WIDGETS / "status/messages.d.ts",
}
DIRECTIONS = {"Messages to the browser": "KernelMessage", "Messages from the browser": "BrowserMessage"}


class Interface(NamedTuple):
    """Fields and their types; one that may be missing ends in "?"."""

    fields: dict[str, str]
    above: tuple[str, ...]


def interfaces(text):
    """Interfaces of a file of types by name."""
    found = {}
    for match in re.finditer(r"^export interface (\w+)(?: extends ([\w, ]+))? \{\n(.*?)^\}", text, re.M | re.S):
        fields = dict(re.findall(r"^  (\w+\??): (.*);$", match[3], re.M))
        assert len(fields) == match[3].count("\n"), f"{match[1]} has a line that is no field"
        found[match[1]] = Interface(fields, tuple(re.split(r",\s*", match[2])) if match[2] else ())
    return found


def fields_of(known, name):
    """Fields of an interface, those that it extends included."""
    inherited = [fields_of(known, above) for above in known[name].above]
    return {field: kind for one in [*inherited, known[name].fields] for field, kind in one.items()}


def typed_messages(path, union):
    """Fields of each message of a direction, by the message's type, as the types have them."""
    text = path.read_text("utf-8")
    known = interfaces(text)
    [members] = re.findall(rf"^export type {union} =([^;]*);", text, re.M)
    messages = {}
    for name in re.findall(r"\w+", members):
        fields = fields_of(known, name)
        kind = json.loads(fields.pop("type"))
        messages[kind] = set(fields)
    return messages


def listed_messages(widget, title):
    """Fields of each message of a direction, by the message's type, as the widget's docstring lists them."""
    text = inspect.cleandoc(widget.__doc__)
    [section] = re.findall(rf"^{title}[^\n]*\n-+\n(.*?)(?:\n\n|\Z)", text, re.M | re.S)
    messages = {}
    for names, entry in re.findall(r"^((?:``\w+``(?:, )?)+)(.*(?:\n .*)*)", section, re.M):
        remark = re.compile(r"\([^()]*\)|\[[^][]*\]|\{[^{}]*\}")
        while remark.search(entry):
            entry = remark.sub("", entry)
        fields = re.split(r"[;:]", entry, maxsplit=1)[0]
        fields = [] if fields.strip() == "no fields" else [field.strip() for field in fields.split(",")]
        assert all(re.fullmatch(r"\w+\??", field) for field in fields), entry
        messages |= {name: set(fields) for name in re.findall(r"\w+", names)}
    return messages


@pytest.mark.parametrize("widget", TYPES)
@pytest.mark.parametrize("title", DIRECTIONS)
def test_the_messages_typed_are_those_listed(widget, title):
    assert typed_messages(TYPES[widget], DIRECTIONS[title]) == listed_messages(widget, title)


@pytest.mark.parametrize(("widget", "folder"), [(SpectrogramView, "explorer"), (StatusPanel, "status")])
def test_the_messages_that_python_sends_are_those_typed(widget, folder):
    typed = typed_messages(TYPES[widget], "KernelMessage")
    sent = set()
    for path in (WIDGETS / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Dict):
                continue
            pairs = zip(node.keys, node.values, strict=True)
            names = {key.value: value for key, value in pairs if isinstance(key, ast.Constant)}
            if isinstance(kind := names.pop("type", None), ast.Constant):
                where = f"{path}:{node.lineno}"
                assert kind.value in typed, where
                assert set(names) <= {field.rstrip("?") for field in typed[kind.value]}, where
                sent.add(kind.value)
    assert sent == set(typed)


@pytest.mark.parametrize(("widget", "folder"), [(SpectrogramView, "explorer"), (StatusPanel, "status")])
def test_the_fields_that_python_reads_are_typed(widget, folder):
    messages = typed_messages(TYPES[widget], "BrowserMessage")
    typed = {field.rstrip("?") for fields in messages.values() for field in fields}
    read = set()
    for path in (WIDGETS / folder).rglob("*.py"):
        if path.name == "saved_views.py":  # its content is a file's
            continue
        read |= set(re.findall(r'\bcontent\.get\("(\w+)"\)', path.read_text("utf-8")))
    assert "type" in read
    assert read - {"type"} <= typed


def type_of(trait):
    """A trait's type in TypeScript."""
    if isinstance(trait, traitlets.Enum):
        kind = " | ".join(map(json.dumps, trait.values))
    elif isinstance(trait, traitlets.List):
        kind = type_of(trait._trait) + "[]"
    elif isinstance(trait, traitlets.Tuple):
        kind = f"[{', '.join(map(type_of, trait._traits))}]"
    else:
        kind = {
            traitlets.Int: "number",
            traitlets.Float: "number",
            traitlets.Bool: "boolean",
            traitlets.Unicode: "string",
            traitlets.Dict: "Record",
        }[type(trait)]
    return f"{kind} | null" if trait.allow_none else kind


def test_the_traits_typed_are_those_of_the_view():
    typed = interfaces(TYPES[SpectrogramView].read_text("utf-8"))["Traits"].fields
    traits = {name: type_of(trait) for name, trait in SpectrogramView.class_own_traits(sync=True).items()}
    traits["cmap"] = "string"  # colour_maps.json has the names
    assert {name: re.sub(r"^Record<.*>$", "Record", kind) for name, kind in typed.items()} == traits


def test_the_traits_that_the_docstring_lists_are_those_of_the_view():
    text = inspect.cleandoc(SpectrogramView.__doc__)
    [section] = re.findall(r"^Traits [^\n]*\n-+\n(.*?)\n\n", text, re.M | re.S)
    assert set(re.findall(r"``(\w+)``", section)) == set(SpectrogramView.class_own_traits(sync=True))


def test_the_metas_typed_are_those_sent():
    known = interfaces(TYPES[SpectrogramView].read_text("utf-8"))
    assert set(known["BlobMeta"].fields) == {*describe.FROM_BLOB, "shape"}
    assert set(known["PictureMeta"].fields) == {"call"}
