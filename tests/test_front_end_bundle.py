"""The front end as one text, as anywidget takes it, and the traits that belong to it."""

import re
from collections import Counter

import pytest
from traitlets import TraitError

from battycoda_nb.widgets.view import HERE, SpectrogramView, load_front_end

DECLARATION = re.compile(r"^(?:export )?(?:async )?(?:const|let|var|function|class) +(\w+)", re.MULTILINE)
MODULES = sorted(HERE.glob("*.js"))
ENTRIES = ("view.js", "status.js")


def modules_in(text):
    return re.findall(r"^// ([\w-]+\.js)$", text, re.MULTILINE)


def test_every_module_is_in_one_of_them_and_in_none_twice():
    joined = [modules_in(load_front_end(entry)) for entry in ENTRIES]
    assert all(len(set(names)) == len(names) for names in joined)
    assert sorted(set().union(*joined)) == [path.name for path in MODULES]
    assert "canvas.js" not in joined[1]


@pytest.mark.parametrize("entry", ENTRIES)
def test_no_import_and_one_export_are_left(entry):
    text = load_front_end(entry)
    assert not re.search(r"^\s*import\b", text, re.MULTILINE)
    assert re.findall(r"^[ \t]*export\b.*", text, re.MULTILINE) == ["export default () => {"]


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_module_comes_after_all_that_it_needs(entry):
    text = load_front_end(entry)
    for name in modules_in(text):
        for needed in re.findall(r'from "\./([\w-]+\.js)"', (HERE / name).read_text("utf-8")):
            assert text.index(f"// {needed}\n") < text.index(f"// {name}\n")


def test_top_level_names_are_unique():
    names = Counter(name for path in MODULES for name in DECLARATION.findall(path.read_text("utf-8")))
    assert len(names) > 50
    assert [name for name, times in names.items() if times > 1] == []


def test_top_level_declarations_are_all_of_the_form_that_is_counted():
    """Every line that begins in the first column is a declaration that DECLARATION sees, or the end of one."""
    known = re.compile(
        r"(?:import|export default|(?:export )?(?:async )?(?:const|let|function|class) \w|//|/\*| \*|[})\]])"
    )
    for path in MODULES:
        for line in path.read_text("utf-8").splitlines():
            assert line == "" or line.startswith(" ") or known.match(line), f"{path.name}: {line}"


def test_the_modules_use_no_markup_from_strings():
    """Text from a file or a worker reaches the screen as text."""
    for path in MODULES:
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", path.read_text("utf-8"))


def test_the_widget_carries_text_and_style():
    view = SpectrogramView(count=3, title="a.wav")
    state = view.get_state()
    assert state["_esm"] == load_front_end()
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
