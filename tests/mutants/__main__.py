"""``make mutants``: break one line after the other, and see that the tests which should notice do.

A mutant is a unified diff in this folder with a heading of two lines or more: what is broken in plain words, and after
``tests:`` what pytest is to run, which must turn red. Each is applied to a copy of the tree in a temporary folder, so
the tree itself is never touched. ``ARGS="name name"`` runs these alone, ``ARGS=--check`` only sees whether all apply.

The named tests are run on a copy without a mutant too, where they must be green:
else a machine without a browser would catch every mutant of JavaScript.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROCESSES = 2
PATIENCE = 300  # s for one run of tests
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "build", "dist", "*.egg-info")

CAUGHT, SURVIVED = "caught", "SURVIVED"
OUTCOMES = {0: SURVIVED, 1: CAUGHT, 2: "the tests cannot begin", 4: "no test was run", 5: "no test was run"}


@dataclass(frozen=True)
class Mutant:
    """One broken line.

    Attributes
    ----------
    words : str
        What is broken.
    tests : str
        What pytest is to run, as on a command line.
    """

    path: Path
    words: str
    tests: str

    @property
    def name(self) -> str:
        return self.path.stem


def read(path: Path) -> Mutant:
    """The mutant in a file; `ValueError` where its heading does not say what is broken and who must notice."""
    heading = path.read_text(encoding="utf-8").partition("\ndiff --git ")[0].splitlines()
    tests = [line.removeprefix("tests: ") for line in heading if line.startswith("tests: ")]
    words = " ".join(line for line in heading if not line.startswith("tests: "))
    if len(tests) != 1 or not words:
        raise ValueError(f"{path.name} must begin with what is broken, and one line 'tests: …'")
    return Mutant(path, words, tests[0])


def mutants() -> list[Mutant]:
    return [read(path) for path in sorted(HERE.glob("*.patch"))]


def apply(mutant: Mutant, tree: Path, *options: str) -> str:
    """Apply a mutant to a tree (with ``--check``: only see whether that can be done); why it cannot, or nothing."""
    done = subprocess.run(
        ["git", "apply", *options, str(mutant.path)],
        cwd=tree,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)},  # a repository around it is none of ours
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip() if done.returncode else ""


@contextmanager
def copy_of_the_tree() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="battycoda-mutant-") as folder:
        yield Path(shutil.copytree(ROOT, Path(folder, "tree"), ignore=LEFT_OUT))


def log_of(tree: Path) -> Path:
    return tree.with_name("pytest.log")


def run(tests: str, tree: Path) -> str:
    """What becomes of some tests in a tree; what pytest printed lies beside the tree."""
    with log_of(tree).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *shlex.split(tests)],
            cwd=tree,
            # The copy goes before what is installed; a line that is changed within a second leaves no old bytecode.
            env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        return OUTCOMES.get(process.wait(PATIENCE), "pytest failed")
    except subprocess.TimeoutExpired:
        return f"did not end within {PATIENCE} s"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def judge(mutant: Mutant) -> str:
    with copy_of_the_tree() as tree:
        return "the patch does not apply" if apply(mutant, tree) else run(mutant.tests, tree)


def judge_untouched(tests: str) -> str:
    """Nothing if some tests are green as the tree is, else what they are."""
    with copy_of_the_tree() as tree:
        outcome = run(tests, tree)
        if outcome == SURVIVED:
            return ""
        print(f"{tests}, without a mutant:\n{log_of(tree).read_text('utf-8', 'replace')[-3000:]}", flush=True)
    return "red without a mutant" if outcome == CAUGHT else outcome


def check(mutant: Mutant) -> str:
    """Why a mutant cannot be tried on the tree as it is, or nothing."""
    missing = [word for word in shlex.split(mutant.tests) if word.startswith("tests/") and not (ROOT / word).exists()]
    return f"there is no {', '.join(missing)}" if missing else apply(mutant, ROOT, "--check")


def chosen(names: Iterable[str]) -> list[Mutant]:
    """The mutants of these names, or all; exits where there is none of a name."""
    known = {mutant.name: mutant for mutant in mutants()}
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"There is no mutant {', '.join(unknown)}: there are {', '.join(known)}")
    return [known[name] for name in names] or list(known.values())


def main(names: list[str]) -> int:
    if names == ["--check"]:
        problems = [f"{mutant.path.name}: {problem}" for mutant in mutants() if (problem := check(mutant))]
        print("\n".join(problems) or "Every mutant applies.")
        return 1 if problems else 0
    todo, begun = chosen(names), time.monotonic()
    pool = ThreadPoolExecutor(PROCESSES)
    try:
        distinct = list(dict.fromkeys(mutant.tests for mutant in todo))
        print(f"Running their tests as the tree is, {len(distinct)} times, and then with each of {len(todo)} mutants …")
        untouched = dict(zip(distinct, pool.map(judge_untouched, distinct), strict=True))
        caught = 0
        for mutant, outcome in zip(todo, pool.map(lambda it: untouched[it.tests] or judge(it), todo), strict=True):
            print(f"{mutant.name:{max(len(it.name) for it in todo)}}  {outcome:24}  {mutant.words}", flush=True)
            caught += outcome == CAUGHT
    finally:
        pool.shutdown(cancel_futures=True)
    print(f"{caught} of {len(todo)} mutants were caught, in {time.monotonic() - begun:.0f} s")
    return 0 if caught == len(todo) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
