"""Shared parts of the benchmarks with a screen: a recording of many calls, an explorer in JupyterLab, an empty page."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "browser"))
from chromium import ADVICE, find_chromium, launch_options
from lab import Lab, running_lab

__all__ = ["ADVICE", "FRAME", "Lab", "empty_page", "explorer", "late", "new_page", "open_browser", "write_calls"]

RATE = 250_000
FRAME = 1000 / 60  # ms
PERIOD = 0.05  # s from one call's onset to the next one's

# `sent()` counts what went to kernels; `framed()` comes back when the frame that is being made is on its way; `when`
# says how long to wait for the n-th press of a steady row, less or more than steady by a part of a frame each time:
# 4 and 20 a second are whole numbers of frames, and all presses would lie at one and the same place in theirs.
IN_PAGE = """
(() => {
    let count = 0;
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (...data) {
        if (this.url.includes("/channels")) count++;
        return send.apply(this, data);
    };
    window.sent = () => count;
    const later = (done) => setTimeout(() => done(performance.now()), 0);
    const part = (n) => ((n * 0.618) % 1) * (1000 / 60);
    window.when = (n, pause, begun) => Math.max(begun + n * pause + part(n) - performance.now(), 0);
    window.framed = () => new Promise((done) => requestAnimationFrame(() => later(done)));
})();
"""

RUN = """() => {
    window.ran = performance.now();
    window.jupyterapp.commands.execute("notebook:run-all-cells");
}"""

# A page on which a key fills a rectangle: what a browser takes for that here is the floor for everybody.
EMPTY = """<!doctype html><canvas width="1200" height="420"></canvas><script>
    let hue = 0;
    window.fill = () => {
        const context = document.querySelector("canvas").getContext("2d");
        context.fillStyle = `hsl(${(hue += 40) % 360} 50% 50%)`;
        context.fillRect(0, 0, 1200, 420);
    };
    addEventListener("keydown", window.fill);
</script>"""


@contextmanager
def open_browser(folder: Path, **environment: str) -> Iterator[tuple[Lab, Browser]]:
    """JupyterLab with settings of its own, and a browser."""
    executable = find_chromium()
    if executable is None:
        raise SystemExit(ADVICE)
    settings = {"BATTYCODA_SETTINGS": str(folder / ".settings")}
    with running_lab(folder, **settings, **environment) as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options(executable))
        try:
            yield lab, browser
        finally:
            browser.close()


def new_page(browser: Browser) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(IN_PAGE)
    return page


def empty_page(browser: Browser) -> Page:
    page = new_page(browser)
    page.goto("about:blank")  # so that the script above has run
    page.set_content(EMPTY)
    return page


def explorer(page: Page, lab: Lab, name: str, *, before: str = "", options: str = "") -> None:
    """Open a recording in a notebook, and wait for its first call; `before` is Python that may use `recording`."""
    run_cell(page, lab, name, before=before, options=options)
    page.wait_for_selector('.battycoda-explorer[data-state="shown"]', timeout=60_000)


def run_cell(page: Page, lab: Lab, name: str, *, before: str = "", options: str = "") -> None:
    """A new notebook with a kernel of its own, whose one cell makes an explorer: begun at `ran` on the page's clock."""
    source = (
        f"import battycoda_nb as bc\nrecording = bc.connect().open({name!r})\n{before}\n"
        f"bc.CallExplorer(recording, remember=False{options})"
    )
    page.goto(lab.add(f"{Path(name).stem}-{len(list(lab.folder.glob('*.ipynb')))}.ipynb", source))
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
        timeout=60_000,
    )
    page.evaluate(
        "() => { window.ran = performance.now(); window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
    )


def write_calls(path: Path, seed: int, *, calls: int, length: float = 0.005, period: float = PERIOD) -> Path:
    """A recording of noise at 250 kHz, and the CSV that names its calls of `length` s, one each `period` s."""
    samples = np.random.default_rng(seed).normal(0, 0.05, int((calls * period + 1) * RATE))
    soundfile.write(path, samples, RATE)
    lines = [f"{0.1 + period * n:.4f},{0.1 + length + period * n:.4f}" for n in range(calls)]
    Path(f"{path}.csv").write_text("onset,offset\n" + "\n".join(lines) + "\n")
    return path


def late(taken: list[float]) -> tuple[float, float]:
    """The median, and the 95th percentile."""
    taken = sorted(taken) or [float("nan")]
    return statistics.median(taken), taken[int(0.95 * len(taken))]
