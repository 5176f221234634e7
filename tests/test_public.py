"""The public surface: exactly what <TAB> offers on the package, a client, a recording and a sequence."""

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

import battycoda_nb as bc
from battycoda_nb.client.client import Client

pytestmark = pytest.mark.filterwarnings("ignore:.*Completer.complete")  # the way that needs no jedi
STUB = Path(bc.__file__).with_suffix(".pyi")

OFFERED = {
    "client": {
        "broker", "close", "closed", "open", "open_one", "prepare", "recordings", "retry", "sites", "status",
        "task_status", "why", "workers",
    },
    "recording": {
        "calls", "channel_of", "info", "metadata", "notice", "padding", "part", "peak_frequencies", "peak_frequency",
        "prefetch", "prepare", "request", "site", "sound", "spectrogram", "step_length", "steps", "submit", "unit",
        "work", "workers",
    },
    "sequence": {
        "count", "files", "first", "name", "notice", "open", "opened", "peak_frequency", "prefetch", "request", "sound",
        "spectrogram", "step", "step_length", "submit", "workers",
    },
    "preparation": {"cancel", "done", "failed", "pause", "resume", "state", "total", "trouble", "wait"},
    "pending": {"add_done_callback", "blob", "cancel", "error", "map", "resolve", "result", "state", "task_id"},
}  # fmt: skip


def names_of_the_stub() -> list[str]:
    tree = ast.parse(STUB.read_text())
    return sorted(alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names)


@pytest.fixture
def offered() -> Callable[[object], set[str]]:
    """What a notebook's <TAB> offers behind the dot of a value, by looking at the value."""
    shell = InteractiveShell()
    shell.Completer.use_jedi = False

    def complete(value: object) -> set[str]:
        shell.user_ns["value"] = value
        return {match.rpartition(".")[2] for match in shell.complete("value.")[1]}

    return complete


def test_the_package_offers_what_its_stub_lists(offered: Callable[[object], set[str]]) -> None:
    names = names_of_the_stub()
    assert dir(bc) == names == sorted(bc.__all__)
    assert offered(bc) == {name for name in names if not name.startswith("_")}
    assert all(getattr(bc, name).__module__.startswith("battycoda_nb.") for name in names if name != "__version__")
    with pytest.raises(AttributeError):
        bc.import_module  # noqa: B018


def test_what_is_opened_offers_nothing_of_the_inside(
    client: Client, record: Callable[..., None], tmp_path: Path, offered: Callable[[object], set[str]]
) -> None:
    record(tmp_path / "a.wav", 40_000)
    recording, sequence = client.open(tmp_path / "a.wav"), client.open(f"{tmp_path}/")
    values = {
        "client": client,
        "recording": recording,
        "sequence": sequence,
        "preparation": recording.prepare(overview=False).wait(60),
        "pending": recording.submit(0),
    }
    assert {kind: offered(value) for kind, value in values.items()} == OFFERED


def test_a_preparation_shows_itself_as_a_bar_where_a_notebook_is() -> None:
    """As in a kernel: IPython is there before the package is imported."""
    code = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
import sys, battycoda_nb
assert not {"ipywidgets", "battycoda_nb.client.preparation"} & set(sys.modules)
from battycoda_nb.client.preparation import Preparation
from battycoda_nb.cluster.dispatch import Dispatch
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.store import Store
url = "redis://127.0.0.1:1/0"
preparation = Preparation(Dispatch(url, url, str), Store(redis_client(url)), url, [])
data, _ = shell.display_formatter.format(preparation)
print(*data)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "application/vnd.jupyter.widget-view+json" in result.stdout.split()
