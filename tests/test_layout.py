"""The direction of imports, in both languages, and the tests that mirror the folders.

What counts is each import that stands in the code: also one inside a function or under ``TYPE_CHECKING``. Of JavaScript
it is each import statement; the types that a comment names are no import.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "battycoda_nb"

# From the ground up: a folder imports what lies on lower floors, and nothing from its own floor but itself.
FLOORS = (
    {"ground"},  # the modules that lie in battycoda_nb itself
    {"signal"},
    {"annotations", "cluster"},
    {"recordings", "display"},
    {"client", "tasks"},
    {"widgets", "server", "cli"},
    {"face"},  # battycoda_nb/__init__: what a user sees
)
GROUND = {"_version", "errors", "files", "formatting", "settings"}
NOT_MIRRORED = {"browser", "integration", "benchmarks", "mutants", "fuzz"}  # of tests: they are about the whole

_JAVASCRIPT = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.[^"']+)["']""")
_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", re.DOTALL)


def sources(*endings: str) -> list[Path]:
    """Return the files of the package and of tasks, below `ROOT`."""
    found = (path for top in (PACKAGE, "tasks") for path in (ROOT / top).rglob("*") if path.suffix in endings)
    return sorted(path.relative_to(ROOT) for path in found)


def module_file(name: str) -> Path | None:
    """Return the file of a module of ours, below `ROOT`; None for what is no module, or somebody else's."""
    path = Path(*name.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py") if path.parts[0] in (PACKAGE, "tasks") else ()
    return next((candidate for candidate in candidates if (ROOT / candidate).is_file()), None)


def python_imports(path: Path) -> Iterator[Path]:
    """Yield the files that a Python file imports."""
    package = path.parent.parts
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            whole = ".".join([*above, *([node.module] if node.module else [])])
            # What is imported from a package may be a module, or a name that the package has.
            names = [f"{whole}.{alias.name}" if module_file(f"{whole}.{alias.name}") else whole for alias in node.names]
        yield from (found for name in names if (found := module_file(name)))


def javascript_imports(path: Path) -> Iterator[Path]:
    """Yield the files that a JavaScript file imports."""
    text = _COMMENT.sub("", (ROOT / path).read_text(encoding="utf-8"))
    for relative in _JAVASCRIPT.findall(text):
        yield (ROOT / path.parent / relative).resolve().relative_to(ROOT)


def graph() -> dict[Path, set[Path]]:
    """Return the files that each file imports."""
    imports = {path: set(python_imports(path)) for path in sources(".py", ".pyi")}
    imports |= {path: set(javascript_imports(path)) for path in sources(".js")}
    return {path: found - {path} for path, found in imports.items()}


def folder(path: Path) -> str:
    """Return the folder that a file belongs to, as `FLOORS` names it."""
    if path.parts[0] == "tasks" or len(path.parts) > 2:
        return path.parts[0] if path.parts[0] == "tasks" else path.parts[1]
    return "face" if path.stem == "__init__" else "ground"


def test_imports_point_down() -> None:
    floor = {name: number for number, names in enumerate(FLOORS) for name in names}
    assert len(FLOORS) <= 7
    found = graph()
    assert {folder(path) for path in found} == set(floor)
    wrong = [
        f"{path} imports {other}"
        for path, others in found.items()
        for other in others
        if folder(path) != folder(other) and floor[folder(path)] <= floor[folder(other)]
    ]
    assert not wrong, "\n".join(wrong)


def test_no_files_import_each_other_in_a_ring() -> None:
    found = graph()
    assert sum(map(len, found.values())) > len(found), "an import that is not seen makes no ring"
    rings = []
    while True:
        try:
            TopologicalSorter(found).prepare()
            break
        except CycleError as error:
            ring = error.args[1]  # each is imported by the next
            rings.append(" <- ".join(map(str, ring)))
            found[ring[1]].discard(ring[0])
    assert not rings, "\n".join(rings)


def test_what_lies_in_the_package_itself_is_the_ground() -> None:
    assert {path.stem for path in (ROOT / PACKAGE).glob("*.py")} == GROUND | {"__init__"}


def test_every_test_file_has_the_name_and_folder_of_a_module() -> None:
    strays = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        relative = path.relative_to(ROOT / "tests")
        parts = relative.parts[:-1]
        if not parts or parts[0] in NOT_MIRRORED:
            continue
        home = Path(*parts) if parts[0] == "tasks" else Path(PACKAGE, *parts)
        module = home / relative.name.removeprefix("test_")
        types = module.with_suffix(".d.ts")  # the messages of both languages
        if not (ROOT / module).is_file() and not (ROOT / types).is_file():
            strays.append(f"tests/{relative}: there is no {module}")
    assert not strays, "\n".join(strays)
