"""Stepping in a real JupyterLab: how many steps were painted from the browser's memory, and how soon after the key."""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "browser"))
from chromium import ADVICE, find_chromium, launch_options
from lab import Lab, running_lab

CALLS = 400
STEPS = 120
RATE = 250_000

# Runs in the page: press Right at a steady rate as the keyboard would, and note for each press whether the picture was
# there in the same task, and when the frame that shows it was painted.
STEP = """
async ({ steps, pause }) => {
    const root = document.querySelector(".battycoda-explorer");
    root.focus();
    const later = (done) => setTimeout(() => done(performance.now()), 0);
    const frame = () => new Promise((done) => requestAnimationFrame(() => later(done)));
    const shown = () => root.dataset.state === "shown";
    const rows = [];
    const begun = performance.now();
    for (let n = 0; n < steps; n++) {
        await new Promise((done) => setTimeout(done, Math.max(begun + n * pause - performance.now(), 0)));
        const pressed = performance.now();
        root.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true }));
        const script = performance.now() - pressed;
        const memory = shown();
        const painted = memory ? (await frame()) - pressed : null;
        rows.push({ memory, painted, script, call: Number(root.dataset.call) });
    }
    return rows;
}
"""

# Drag the contrast: the script that each change costs, the picture being painted in it.
DRAG = """
() => {
    const slider = document.querySelector(".battycoda-explorer input[type=range]");
    return Array.from({ length: 61 }, (_, n) => {
        slider.value = 2 + n / 20;
        const begun = performance.now();
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        return performance.now() - begun;
    });
}
"""


def run() -> bool:
    executable = find_chromium()
    if executable is None:
        print(ADVICE)
        return False
    good = True
    with tempfile.TemporaryDirectory() as name, running_lab(Path(name)) as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options(executable))
        print(f"\n{STEPS} steps through calls at 250 kHz in JupyterLab, one press after the other:")
        for number, per_second in enumerate((4, 20)):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            path = lab.folder / f"step{number}.wav"
            write_calls(path, seed=per_second)
            rows = stepped(page, lab, str(path), per_second)
            good &= report(rows, per_second)
        drag = statistics.median(page.evaluate(DRAG))
        print(f"  a change of contrast: {drag:.1f} ms of script (goal 3), the picture painted in it")
        browser.close()
    return good and drag < 3


def write_calls(path: Path, seed: int) -> None:
    """A recording of noise at 250 kHz, and the CSV that names its calls."""
    samples = np.random.default_rng(seed).normal(0, 0.05, int((CALLS * 0.05 + 1) * RATE))
    soundfile.write(path, samples, RATE)
    lines = [f"{0.1 + 0.05 * n:.4f},{0.105 + 0.05 * n:.4f}" for n in range(CALLS)]
    Path(f"{path}.csv").write_text("onset,offset\n" + "\n".join(lines) + "\n")


def stepped(page: Page, lab: Lab, name: str, per_second: int) -> list[dict[str, Any]]:
    """Step through a recording that nothing has been computed of."""
    source = f"import battycoda_nb as bc\nbc.CallExplorer(bc.connect().open({name!r}))"
    page.goto(lab.add(f"{Path(name).stem}.ipynb", source))
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
        timeout=60_000,
    )
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.wait_for_selector('.battycoda-explorer[data-state="shown"]', timeout=60_000)
    return page.evaluate(STEP, {"steps": STEPS, "pause": 1000 / per_second})


def painted(rows: list[dict[str, Any]]) -> tuple[float, float, float]:
    """The share of steps that were painted from memory, and their time from key press to paint: median, 95th (ms)."""
    assert [row["call"] for row in rows] == list(range(1, STEPS + 1)), "each press is one step"
    taken = sorted(row["painted"] for row in rows if row["memory"]) or [float("nan")]
    share = sum(row["memory"] for row in rows) / len(rows)
    return share, statistics.median(taken), taken[int(0.95 * len(taken))]


def report(rows: list[dict[str, Any]], per_second: int) -> bool:
    share, median, late = painted(rows)
    print(
        f"  at {per_second:>2} a second: {share:.0%} painted from memory; key press to paint "
        f"{median:.1f} ms (95th percentile {late:.1f}), "
        f"script in it {statistics.median(row['script'] for row in rows):.1f} ms"
    )
    return share > 0.9
