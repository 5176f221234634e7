"""Stepping in a real JupyterLab: from the key press to the paint, from the browser's memory, from Redis, and cold."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from .screen import FRAME, Lab, empty_page, explorer, late, new_page, open_browser, write_calls

CALLS = 400
STEPS = 120
TURNS = 4  # of the explorer and the empty page
STRIP = '.bc-strip[data-state="complete"]'
PASSES = 3  # of nine jumps each, by a tenth of the recording, to calls that no pass before came near
SHIFT = 12  # calls between two passes: more than are computed ahead

# Runs in the page: press Right at a steady rate as the keyboard would, and note for each press whether the picture was
# there in the same task, and when the frame that shows it was painted.
STEP = """
async ({ steps, pause }) => {
    const root = document.querySelector(".battycoda-explorer");
    root.focus();
    const rows = [];
    const begun = performance.now();
    for (let n = 0; n < steps; n++) {
        await new Promise((done) => setTimeout(done, when(n, pause, begun)));
        const pressed = performance.now();
        root.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true }));
        const script = performance.now() - pressed;
        const memory = root.dataset.state === "shown";
        const painted = memory ? (await framed()) - pressed : null;
        rows.push({ memory, painted, script, call: Number(root.dataset.call) });
    }
    return rows;
}
"""

# The same on the empty page: what a press costs where nothing is done but to fill a rectangle.
FLOOR = """
async ({ steps, pause }) => {
    const taken = [];
    const begun = performance.now();
    for (let n = 0; n < steps; n++) {
        await new Promise((done) => setTimeout(done, when(n, pause, begun)));
        const pressed = performance.now();
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
        taken.push((await framed()) - pressed);
    }
    return taken;
}
"""

# Jumps with the strip's keys; after each of them the prefetching comes to rest.
JUMP = """
async ({ passes, shift }) => {
    const root = document.querySelector(".battycoda-explorer"), strip = root.querySelector(".bc-strip");
    const event = (key) => new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    const press = (node, key) => node.dispatchEvent(event(key));
    const shown = async () => { while (root.dataset.state !== "shown") await framed(); return performance.now(); };
    const rest = (ms) => new Promise((done) => setTimeout(done, ms));
    const rows = [];
    for (let pass = 0; pass < passes; pass++) {
        press(root, "Home");
        for (let n = 0; n < pass * shift; n++) { await shown(); press(root, "ArrowRight"); }
        for (let n = 0; n < 9; n++) {
            await shown();
            await rest(300);
            const pressed = performance.now();
            press(strip, "PageUp");
            const memory = root.dataset.state === "shown";
            rows.push({ memory, painted: (await shown()) - pressed, call: Number(root.dataset.call) });
        }
    }
    return rows;
}
"""

# The way to the kernel and back, with nothing to do there.
WAY = """
async () => {
    const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
    const taken = [];
    for (let n = 0; n < 30; n++) {
        const begun = performance.now();
        await kernel.requestKernelInfo();
        taken.push(performance.now() - begun);
    }
    return taken;
}
"""


def run() -> bool:
    with tempfile.TemporaryDirectory() as name, open_browser(Path(name)) as (lab, browser):
        return from_memory(lab, browser) & from_elsewhere(lab, browser)


def from_memory(lab: Lab, browser: Browser) -> bool:
    """One step after the other, the neighbours having been computed ahead."""
    good = True
    floor = empty_page(browser)
    print(f"\n{STEPS} steps through calls at 250 kHz in JupyterLab, one press after the other:")
    for per_second in (4, 20):
        path = write_calls(lab.folder / f"step{per_second}.wav", per_second, calls=CALLS)
        page = new_page(browser)
        explorer(page, lab, str(path))
        page.wait_for_selector(STRIP)
        rows: list[dict[str, Any]] = []
        bare: list[float] = []
        for first in range(0, STEPS, STEPS // TURNS):  # by turns, so that they share the machine's moods
            rows += stepped(page, per_second, first, STEPS // TURNS)
            bare += floor.evaluate(FLOOR, {"steps": STEPS // TURNS, "pause": 1000 / per_second})
        page.close()
        share, median, slow = painted(rows)
        usual, least = late(bare)
        script = statistics.median(row["script"] for row in rows)
        print(
            f"  at {per_second:>2} a second: {share:.0%} painted from memory; key press to paint {median:.1f} ms "
            f"({median / usual:.1f} times an empty page's), 95th percentile {slow:.1f} ms ({slow / FRAME:.2f} frames, "
            f"goal 1; an empty page {least / FRAME:.2f}), script in it {script:.1f} ms"
        )
        good &= share > 0.9
    return good


def from_elsewhere(lab: Lab, browser: Browser) -> bool:
    """Jumps to calls that are in Redis and not in the browser, and to calls that nobody has computed."""
    waits = {}
    for kind, before in (("kept in Redis", "recording.prepare(overview=False).wait()"), ("cold", "")):
        path = write_calls(lab.folder / f"{kind}.wav", len(kind), calls=CALLS)
        page = new_page(browser)
        explorer(page, lab, str(path), before=before)
        page.wait_for_selector(STRIP)
        rows = page.evaluate(JUMP, {"passes": PASSES, "shift": SHIFT})
        way = statistics.median(page.evaluate(WAY))
        page.close()
        assert not any(row["memory"] for row in rows), "each jump goes where the browser holds nothing"
        waits[kind], slow = late([row["painted"] for row in rows])
        print(
            f"  a jump to a call that is {kind}: {waits[kind]:.0f} ms to the paint (95th percentile {slow:.0f}), "
            f"{waits[kind] / way:.1f} times the way to the kernel and back"
        )
    ratio = waits["cold"] / waits["kept in Redis"]
    print(f"  to have a call computed takes {ratio:.2f} times as long as to fetch it")
    return ratio < 3


def stepped(page: Page, per_second: int, first: int = 0, steps: int = STEPS) -> list[dict[str, Any]]:
    """Step on from a call."""
    rows = page.evaluate(STEP, {"steps": steps, "pause": 1000 / per_second})
    assert [row["call"] for row in rows] == list(range(first + 1, first + steps + 1)), "each press is one step"
    return rows


def painted(rows: list[dict[str, Any]]) -> tuple[float, float, float]:
    """The share of steps that were painted from memory, and their time from key press to paint: median, 95th (ms)."""
    return sum(row["memory"] for row in rows) / len(rows), *late([row["painted"] for row in rows if row["memory"]])
