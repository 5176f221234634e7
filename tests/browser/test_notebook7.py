"""The explorer in Notebook 7, which has JupyterLab's parts but its own page, keys and way to start."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from lab import Lab, running_jupyter
from playwright.sync_api import Page
from test_explorer import CALLS, FIRST, ROOT, at, light, open_notebook, run_all


@pytest.fixture(scope="module")
def known_errors() -> tuple[str, ...]:
    """A race in Notebook's settings, with or without us: github.com/jupyter/notebook/issues/7862."""
    return ("Cannot read properties of undefined (reading 'schema')",)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("notebook")
    command = ("-m", "notebook", "--allow-root", "--JupyterNotebookApp.expose_app_in_browser=True")
    with running_jupyter(folder, *command) as running:
        yield running


def test_stepping_zooming_and_handing_the_keys_back(page: Page, notebook: Lab, record: Callable[..., None]) -> None:
    recording = notebook.folder / "tones.wav"
    record(recording, 50_000)
    notebook.add("tones.ipynb", CALLS.format(path=str(recording), options=""))
    open_notebook(page, f"{notebook.url}/notebooks/tones.ipynb?token={notebook.token}")
    run_all(page)
    at(page, 0, timeout=60_000)  # a kernel that starts its own server and worker
    page.locator(FIRST).focus()

    before = light(page)
    assert 125 * (1 - before.mean(axis=1).argmax() / len(before)) == pytest.approx(50, abs=2)
    for call in (1, 2):
        page.keyboard.press("ArrowRight")
        at(page, call)
    page.keyboard.press("Home")
    at(page, 0)

    page.keyboard.press("+")
    page.keyboard.press("+")
    assert not np.array_equal(light(page), before), "enlarged at once"
    page.wait_for_selector(f'{ROOT}[data-close="shown"]')
    page.keyboard.press("0")
    page.wait_for_selector(f'{ROOT}[data-close=""]')

    # "a" and "b" make cells for a notebook that has the keys
    cells = page.locator(".jp-Notebook .jp-Cell")
    assert cells.count() == 1
    page.keyboard.press("b")
    page.keyboard.press("a")
    at(page, 1)  # accepted, and on to the next
    assert cells.count() == 1
    page.keyboard.press("Escape")
    assert page.evaluate("() => !document.activeElement.closest('.battycoda-explorer')")
    page.keyboard.press("b")
    cells.nth(1).wait_for()
    page.keyboard.press("ArrowRight")
    assert page.get_attribute(FIRST, "data-call") == "1"
