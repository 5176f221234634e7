"""The front end joined from plain modules into the single text that anywidget takes.

A browser that loads that text cannot resolve relative imports in it, so each module becomes a function that is called
once and returns what the module exports::

    const widgets_dom_js = (() => {
    ... the module's text ...
    return { element, icon };
    })();

Each module keeps a scope of its own by that: two modules may use one name. A JSON file is a module whose default export
is its value. A style sheet beside a module, with the module's name, belongs to it.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]

_IMPORT = re.compile(r'^import\s*\{(?P<names>[^}]*)\}\s*from\s*"(?P<path>\.[^"]+\.js)";\n', re.MULTILINE)
_IMPORT_JSON = re.compile(
    r'^import\s+(?P<name>\w+)\s+from\s*"(?P<path>\.[^"]+\.json)"\s*with\s*\{\s*type:\s*"json"\s*\};\n', re.MULTILINE
)
_EXPORT = re.compile(r"^export (?P<kind>(?:async )?function\*?|class|const|let) (?P<name>\w+)", re.MULTILINE)
_EXPORT_DEFAULT = re.compile(r"^export default ", re.MULTILINE)
_LEFT_OVER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def load_front_end(entry: str) -> str:
    """Join a module and all that it imports into one module.

    Parameters
    ----------
    entry : str
        Path of the module below the package, such as ``"widgets/explorer/view.js"``. Its default export is that of
        the text.

    Returns
    -------
    str
        Every module that `entry` needs, each once and after those that it imports.

    Raises
    ------
    ValueError
        If modules import each other in a ring, or one imports or exports in a form other than those above.
    """
    parts = [f"// {path}\nconst {_identifier(path)} = {_scope(path)};\n" for path in modules(entry)]
    return "".join(parts) + f"export default {_identifier(entry)}.default;\n"


def load_style(entry: str) -> str:
    """Join the style sheets of a module and of all that it imports; a module's own comes after those."""
    sheets = [(PACKAGE / path).with_suffix(".css") for path in modules(entry) if path.endswith(".js")]
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets if sheet.exists())


def modules(entry: str) -> list[str]:
    """Paths of a module and of all that it imports, below the package; each after those that it imports."""
    order: dict[str, None] = {}

    def add(path: str, above: tuple[str, ...]) -> None:
        if path in above:
            raise ValueError(f"modules import each other in a ring: {' -> '.join([*above, path])}")
        if path in order:
            return
        for needed in imports(path):
            add(needed, (*above, path))
        order[path] = None

    add(entry, ())
    return list(order)


def imports(path: str) -> list[str]:
    """Paths of the modules that a module imports itself, below the package."""
    if path.endswith(".json"):
        return []
    text = _read(path)
    found = [match for form in (_IMPORT, _IMPORT_JSON) for match in form.finditer(text)]
    return [_resolve(path, match["path"]) for match in sorted(found, key=lambda match: match.start())]


def _scope(path: str) -> str:
    """An expression whose value is the object of what a module exports."""
    text = _read(path)
    if path.endswith(".json"):
        return f"{{ default: {text.strip()} }}"
    names = [match["name"] for match in _EXPORT.finditer(text)]
    text = _IMPORT.sub(lambda match: f"const {{{match['names'].replace(' as ', ': ')}}} = {_of(path, match)};\n", text)
    text = _IMPORT_JSON.sub(lambda match: f"const {{ default: {match['name']} }} = {_of(path, match)};\n", text)
    text, defaults = _EXPORT_DEFAULT.subn("const defaultExport = ", text)
    text = _EXPORT.sub(r"\g<kind> \g<name>", text)
    if (left := _LEFT_OVER.search(text)) is not None:
        raise ValueError(f"{path}: this form of import or export cannot be joined: {left.group()}")
    returned = [*names, *["default: defaultExport"] * defaults]
    return f"(() => {{\n{text}return {{ {', '.join(returned)} }};\n}})()"


def _of(path: str, match: re.Match[str]) -> str:
    return _identifier(_resolve(path, match["path"]))


def _resolve(path: str, relative: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), relative))


def _identifier(path: str) -> str:
    return re.sub(r"\W", "_", path)


def _read(path: str) -> str:
    return (PACKAGE / path).read_text(encoding="utf-8")
