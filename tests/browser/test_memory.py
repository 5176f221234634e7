"""Long use leaves memory where it was: the browser's, the page's and the kernel's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil
import soundfile
from lab import Lab
from playwright.sync_api import Page
from test_explorer import FIRST, at, explore

STEPS = 500
COUNT = 20
WARM_UP = 160  # every call once with each of the three transforms

# 500 steps forwards and backwards; every tenth zooms, every seventh changes the contrast, every 50th the transform.
WALK = """async ([steps, count]) => {
  const root = document.querySelector(".battycoda-explorer");
  const press = (key, more) => root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...more }));
  const choose = (name, value) => {
    const node = root.querySelector(`[aria-label="${name}"]`);
    node.value = value;
    for (const type of ["input", "change"]) node.dispatchEvent(new Event(type, { bubbles: true }));
  };
  const shown = async () => {
    while (root.dataset.state !== "shown") await new Promise(requestAnimationFrame);
  };
  const presets = ["bat 2 ms", "fine time", "battycoda"];
  for (let step = 0; step < steps; step++) {
    const forwards = Math.floor(step / (count - 1)) % 2 === 0;
    press(forwards ? "ArrowRight" : "ArrowLeft");
    await shown();
    if (step % 10 === 3) press("+");
    if (step % 10 === 7) press("0");
    if (step % 7 === 0) choose("Contrast", 2 + (step % 40) / 10);
    if (step % 50 === 49) choose("Preset of the transform", presets[Math.floor(step / 50) % 3]);
    await shown();
  }
}"""


def measured(page: Page, kernel: psutil.Process) -> dict[str, float]:
    """Heap of the page after a collection (bytes), its nodes and listeners, and what the kernel has of memory."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("HeapProfiler.enable")
    for _ in range(3):
        devtools.send("HeapProfiler.collectGarbage")
    devtools.send("Performance.enable")
    metrics = {entry["name"]: entry["value"] for entry in devtools.send("Performance.getMetrics")["metrics"]}
    # What the arrays of levels take lies outside of the heap, and is in the process's own memory.
    renderers = [child for child in psutil.Process().children(recursive=True) if "--type=renderer" in child.cmdline()]
    devtools.detach()
    return {
        "heap": metrics["JSHeapUsedSize"],
        "nodes": metrics["Nodes"],
        "listeners": metrics["JSEventListeners"],
        "renderer": max(one.memory_info().rss for one in renderers),
        "kernel": kernel.memory_info().rss,
    }


def test_500_steps_leave_memory_where_it_was(page: Page, lab: Lab) -> None:
    path = lab.folder / "long_use.wav"
    soundfile.write(path, np.random.default_rng(8).normal(0, 0.05, 250_000 * 3), 250_000)
    rows = "".join(f"{0.1 + 0.1 * n:.3f},{0.105 + 0.1 * n:.3f}\n" for n in range(COUNT))
    Path(f"{path}.csv").write_text("onset,offset\n" + rows)
    explore(page, lab, path, "import os\nprint('pid', os.getpid())", options=", contrast=4")
    page.wait_for_selector(".jp-OutputArea-output >> text=/^pid/")
    line = page.locator(".jp-OutputArea-output", has_text="pid").inner_text()
    kernel = psutil.Process(int(line.split()[1]))
    page.evaluate(WALK, [WARM_UP, COUNT])  # the caches fill, and the allocators take what they will go on using
    before = measured(page, kernel)
    page.evaluate(WALK, [STEPS, COUNT])
    page.locator(FIRST).focus()
    at(page, int(page.get_attribute(FIRST, "data-call") or 0))
    after = measured(page, kernel)
    print({name: (round(value), f"{after[name] / value:.3f}") for name, value in before.items()})
    for name, value in before.items():
        assert after[name] <= 1.1 * value, f"{name}: {value:.0f} before, {after[name]:.0f} after {STEPS} steps"
