"""The front end as one text, as anywidget takes it, and the traits that belong to it."""

import json
import re

import pytest
from traitlets import TraitError

from battycoda_nb.widgets import bundle
from battycoda_nb.widgets.bundle import load_front_end, load_style, modules
from battycoda_nb.widgets.explorer.view import ENTRY as EXPLORER
from battycoda_nb.widgets.explorer.view import SpectrogramView
from battycoda_nb.widgets.status.panel import ENTRY as STATUS

MODULES = sorted(bundle.PACKAGE.rglob("*.js"))
ENTRIES = (EXPLORER, STATUS)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Write modules into a package of the test's own: ``package(**{"a/b.js": text})``."""
    monkeypatch.setattr(bundle, "PACKAGE", tmp_path)

    def write(**files):
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")

    return write


def test_every_module_and_every_style_sheet_is_in_one_of_them():
    joined = {path for entry in ENTRIES for path in modules(entry) if path.endswith(".js")}
    assert joined == {str(path.relative_to(bundle.PACKAGE).as_posix()) for path in MODULES}
    styles = "".join(map(load_style, ENTRIES))
    for sheet in bundle.PACKAGE.rglob("*.css"):
        assert sheet.read_text("utf-8") in styles, sheet


@pytest.mark.parametrize("entry", ENTRIES)
def test_no_import_and_one_export_are_left(entry):
    text = load_front_end(entry)
    assert not re.search(r"^\s*import\b", text, re.MULTILINE)
    assert len(re.findall(r"^[ \t]*export\b.*", text, re.MULTILINE)) == 1


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_module_comes_after_all_that_it_needs_and_its_style_too(entry):
    order = modules(entry)
    assert len(set(order)) == len(order)
    for place, path in enumerate(order):
        assert all(order.index(needed) < place for needed in bundle.imports(path)), path


def test_a_ring_is_named(package):
    package(**{"a.js": 'import { b } from "./b.js";\n', "b.js": 'import { a } from "./a.js";\n'})
    with pytest.raises(ValueError, match=re.escape("in a ring: a.js -> b.js -> a.js")):
        load_front_end("a.js")


@pytest.mark.parametrize(
    "line", ['import * as all from "./b.js";', 'export * from "./b.js";', "export { a };", 'import "./b.js";']
)
def test_a_form_that_cannot_be_joined_is_refused_with_its_line(package, line):
    package(**{"a.js": f"const a = 1;\n{line}\n", "b.js": ""})
    with pytest.raises(ValueError, match=re.escape(f"a.js: this form of import or export cannot be joined: {line}")):
        load_front_end("a.js")


def test_json_is_read_as_it_stands():
    joined = load_front_end(EXPLORER)
    for path in bundle.PACKAGE.rglob("widgets/*.json"):
        assert path.read_text("utf-8").strip() in joined
        json.loads(path.read_text("utf-8"))


def test_the_modules_use_no_markup_from_strings():
    """Text from a file or a worker reaches the screen as text."""
    for path in MODULES:
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", path.read_text("utf-8"))


def test_the_widget_carries_text_and_style():
    view = SpectrogramView(count=3, title="a.wav")
    state = view.get_state()
    assert state["_esm"] == load_front_end(EXPLORER)
    assert all(f".bc-{part} " in state["_css"] for part in ("stage", "strip", "filmstrip", "range", "tools"))
    assert (state["contrast"], state["cmap"], state["count"]) == (4.0, "roseus", 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cmap", "jet"),
        ("contrast", 9.0),
        ("contrast", float("nan")),
        ("rms", float("inf")),
        ("rms", -1.0),
        ("call", -1),
        ("channels", 0),
    ],
)
def test_a_wrong_value_is_refused(name, value):
    view = SpectrogramView()
    with pytest.raises(TraitError, match=name):
        setattr(view, name, value)
