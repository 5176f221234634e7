"""The package about itself: its dependencies, in both files, and what importing it costs."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# conda-forge's name: PyPI's name
CONDA_NAMES = {
    "soxr-python": "soxr",
    "matplotlib-base": "matplotlib",
    "pysoundfile": "soundfile",
    "python-isal": "isal",
    "redis-py": "redis",
}
# Part of the interface of a declared one, which also decides its version.
COMES_WITH = {
    "IPython": "ipykernel",
    "kombu": "celery",
    "tornado": "jupyter-server",
    "traitlets": "ipywidgets",
}


def split(requirement: str) -> tuple[str, str]:
    """Name and version bounds, without extras and markers."""
    name, bounds = re.match(r"([\w.-]+)(?:\[[^]]*\])?\s*([^;]*)", requirement).groups()
    return name.lower().replace("_", "-"), bounds.replace(" ", "")


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Top-level names of all absolute imports in one file, those inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module)
    return {name.partition(".")[0] for name in found}


def test_environment_yml_has_the_same_dependencies():
    declared = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    *conda, last = declared
    from_conda = dict(map(split, conda))
    from_pip = [entry for entry in last["pip"] if entry != "-e ."]
    assert "-e ." in last["pip"], "the package itself"
    assert from_conda.pop("python") == PROJECT["requires-python"]
    from_conda.pop("pip")
    ours = {CONDA_NAMES.get(name, name): bounds for name, bounds in from_conda.items()} | dict(map(split, from_pip))
    wanted = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["flower"]  # what `make lab` installs
    assert ours == dict(map(split, wanted))


@pytest.mark.parametrize("package", ["battycoda_nb", "tasks", "tests"])
def test_every_import_is_declared(package):
    distributions = importlib.metadata.packages_distributions()
    extras = PROJECT["optional-dependencies"]
    needed = PROJECT["dependencies"] + (extras["test"] + extras["flower"] if package == "tests" else [])
    declared = {split(requirement)[0] for requirement in needed}
    ours = {"battycoda_nb", "tasks", "tests", *(path.stem for path in modules("tests"))}
    undeclared = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules(package)
        for name in imports(path) - set(sys.stdlib_module_names) - ours
        if not declared & {split(found)[0] for found in [COMES_WITH.get(name, name), *distributions.get(name, [])]}
    }
    assert not undeclared


def test_the_notebook_side_never_imports_the_worker_side():
    """Tasks are sent by name: a notebook needs none of the workers' code."""
    assert [str(path) for path in modules("battycoda_nb") if "tasks" in imports(path)] == []


def test_importing_costs_nothing():
    heavy = ("librosa", "matplotlib", "scipy.signal", "numba", "celery")
    code = f"import sys, battycoda_nb; print(*sorted(set({heavy}) & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.split() == []
