"""The explorer in Notebook 7, which is JupyterLab's parts around a single document."""

from __future__ import annotations

from pathlib import Path

from lab import Lab
from playwright.sync_api import Page
from test_explorer import CALLS, FIRST, ROOT, at


def test_keys_zoom_and_the_way_back_to_the_notebook(page: Page, lab: Lab, tones: Path) -> None:
    lab.add("calls.ipynb", CALLS.format(path=str(tones), options=""))
    page.goto(f"{lab.url}/notebooks/calls.ipynb?token={lab.token}")
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
    page.wait_for_selector(f'{ROOT}[data-close="shown"]', timeout=60_000)
    page.wait_for_selector(".bc-strip[data-state=complete]", timeout=60_000)
    page.keyboard.press("Escape")
    assert not page.locator(FIRST).evaluate("(root) => root.contains(document.activeElement)")
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    page.keyboard.press("b")  # the notebook's again: a cell below
    page.wait_for_function("(cells) => document.querySelectorAll('.jp-Notebook .jp-Cell').length > cells", arg=cells)
