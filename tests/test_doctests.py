"""The examples in docstrings run, and each public class has one."""

from __future__ import annotations

import doctest
import importlib
import inspect
from pathlib import Path

import pytest

import battycoda_nb as bc
from battycoda_nb.client.client import Client

PACKAGE = Path(bc.__file__).parent


def modules_with_examples() -> list[str]:
    paths = sorted(path for path in PACKAGE.rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))
    return [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in paths]


@pytest.fixture(scope="module")
def folder_of_examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("examples")


@pytest.mark.parametrize("name", modules_with_examples())
def test_the_examples_of(name: str, client: Client, folder_of_examples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each in the names of its module, in a folder of its own; `connect` has started its server by then."""
    monkeypatch.chdir(folder_of_examples)
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize("name", [name for name in dir(bc) if inspect.isclass(getattr(bc, name))])
def test_each_public_class_has_an_example(name: str) -> None:
    thing = getattr(bc, name)
    assert ">>> " in thing.__doc__ or issubclass(thing, Exception)
