"""The explorer in Notebook 7, which is JupyterLab's parts around a single document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import Lab, running_jupyter
from playwright.sync_api import Browser, Page
from test_explorer import CALLS, FIRST, ROOT, at


@pytest.fixture(scope="module")
def notebook7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("notebook7")
    with running_jupyter(
        folder, "-m", "notebook", "--JupyterNotebookApp.expose_app_in_browser=True", "--allow-root"
    ) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in which errors of Notebook 7's own fail no test: it has one each time its settings are read."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(error.stack or error.message))
    yield page
    context.close()
    assert not [error for error in errors if "blob:" in error], "anywidget loads our code from a blob"


def test_keys_zoom_and_the_way_back_to_the_notebook(page: Page, notebook7: Lab, tones: Path) -> None:
    notebook7.add("calls.ipynb", CALLS.format(path=str(tones), options=""))
    page.goto(f"{notebook7.url}/notebooks/calls.ipynb?token={notebook7.token}")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function(
        """() => {
          const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
          return context?.session?.kernel?.connectionStatus === "connected"
            && context.session.kernel.status === "idle";
        }""",
        timeout=60_000,
    )
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    at(page, 0, timeout=60_000)
    page.locator(FIRST).focus()
    for call in range(1, 6):
        page.keyboard.press("ArrowRight")
        at(page, call)
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.wait_for_selector(f'{ROOT}[data-close="shown"]', timeout=20_000)
    page.wait_for_selector(".bc-strip[data-state=complete]", timeout=20_000)
    page.keyboard.press("Escape")
    assert not page.locator(FIRST).evaluate("(root) => root.contains(document.activeElement)")
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    page.keyboard.press("b")  # the notebook's again: a cell below
    page.wait_for_function("(cells) => document.querySelectorAll('.jp-Notebook .jp-Cell').length > cells", arg=cells)
