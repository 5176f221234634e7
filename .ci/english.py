"""Plain English in the code: module docstrings begin with no question word, names are ordinary words."""

import ast
import re
import sys
from pathlib import Path

QUESTION = re.compile(r"\W*(What|Which|Where|Why|How)\b")
ODD = re.compile(r"(^|_)(said|heard|told|anew)(_|$)")


def problems(path: Path) -> list[str]:
    """Return what is odd in a file, each as ``file:line: sentence``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    question = QUESTION.match(ast.get_docstring(tree) or "")
    found = [f"{path}:1: the docstring begins with {question[1]}"] if question else []
    for node in ast.walk(tree):
        names = [getattr(node, field, None) for field in ("id", "attr", "arg", "name", "asname")]
        # The name of a test is a sentence.
        odd = {name for name in names if isinstance(name, str) and ODD.search(name) and not name.startswith("test_")}
        found += [f"{path}:{getattr(node, 'lineno', 1)}: {name} is no plain name" for name in sorted(odd)]
    return found


if __name__ == "__main__":
    files = sorted(path for folder in ("battycoda_nb", "tasks", "tests") for path in Path(folder).rglob("*.py"))
    found = list(dict.fromkeys(problem for path in files for problem in problems(path)))
    print("\n".join(found) or f"{len(files)} files in plain English")
    sys.exit(bool(found))
