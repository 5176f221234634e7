"""Frames per second while a look is dragged and while the wheel turns, on a picture of 512 x 1000, in JupyterLab."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from battycoda_nb.signal.requests import PADDING
from battycoda_nb.signal.transform import Transform, plan

from .screen import RATE, empty_page, explorer, late, new_page, open_browser, write_calls

WHEEL = "zoom by wheel"
FRAMES = 220
GOAL = 60  # frames a second
LENGTH = 0.25  # s; of a call
LOOK = Transform("hann", 4.096, 0.93)

# Runs in the page: one change a frame, as a pointer makes them; `change` is told the frame's number. `sent` is what
# went to kernels meanwhile.
DRAG = """
async ({ frames, kind }) => {
    const root = document.querySelector(".battycoda-explorer");
    const bubbles = { bubbles: true, cancelable: true };
    const wave = (n) => 0.5 - 0.5 * Math.cos(n / 13);
    const kinds = {
        none: () => () => window.fill(),
        contrast: () => {
            const slider = root.querySelector("input[type=range]");
            return (n) => {
                slider.value = (2 + 4 * wave(n)).toFixed(1);
                slider.dispatchEvent(new Event("input", bubbles));
            };
        },
        range: () => {
            const track = root.querySelector(".bc-range-track");
            const { left, top, width } = track.getBoundingClientRect();
            const at = (n) => ({ clientX: left + width * (0.92 - 0.2 * wave(n)), clientY: top + 5 });
            return (n) => track.dispatchEvent(new PointerEvent("pointermove", { ...bubbles, ...at(n) }));
        },
        wheel: () => {
            root.focus();
            const surface = root.querySelector(".bc-cursor"), plot = JSON.parse(root.dataset.plot);
            const { left, top } = surface.getBoundingClientRect();
            const at = { clientX: left + plot.x + plot.width / 3, clientY: top + plot.y + plot.height / 2 };
            return (n) => surface.dispatchEvent(
                new WheelEvent("wheel", { ...bubbles, ...at, deltaY: n % 80 < 40 ? -30 : 30 }));
        },
    };
    const change = kinds[kind]();
    const pixels = () => {
        const { width, height } = document.querySelector("canvas");
        const { data } = document.querySelector("canvas").getContext("2d").getImageData(0, 0, width, height);
        return data.reduce((sum, value) => sum + value, 0);
    };
    const script = [], before = sent(), looked = pixels();
    await new Promise(requestAnimationFrame);
    const begun = performance.now();
    for (let n = 0; n < frames; n++) {
        const from = performance.now();
        change(n);
        script.push(performance.now() - from);
        await new Promise(requestAnimationFrame);
    }
    const fps = (1000 * frames) / (performance.now() - begun);
    return { fps, script, sent: sent() - before, changed: pixels() !== looked };
}
"""


def run() -> bool:
    good = True
    with tempfile.TemporaryDirectory() as name, open_browser(Path(name)) as (lab, browser):
        path = write_calls(lab.folder / "drag.wav", 7, calls=20, length=LENGTH, period=2 * LENGTH)
        page, floor = new_page(browser), empty_page(browser)
        options = ", ".join(f"{name}={value!r}" for name, value in asdict(LOOK).items())
        explorer(page, lab, str(path), options=f", {options}")
        page.wait_for_selector('.bc-strip[data-state="complete"]')
        print(f"\nframes per second in JupyterLab on a picture of {shape()}, one change a frame:")
        for kind, words in (("contrast", "contrast"), ("range", "dB range"), ("wheel", WHEEL)):
            hold(page, kind)
            got = page.evaluate(DRAG, {"frames": FRAMES, "kind": kind})
            page.mouse.up()
            bare = floor.evaluate(DRAG, {"frames": FRAMES, "kind": "none"})["fps"]
            good &= report(words, got, bare)
    return good


def shape() -> str:
    stop = int((LENGTH + 2 * PADDING[False]) * RATE)
    request = plan(LOOK, recording="0" * 32, channel=0, start=0, stop=stop, sample_rate=RATE)
    return f"{request.bins} x {request.columns}"


def hold(page: Page, kind: str) -> None:
    """Take hold of what is to be dragged, and wait until the kernel has been told of all that came before."""
    if kind in ("contrast", "range"):
        page.get_by_label("Levels to colours").first.select_option(kind)
    if kind == "range":
        page.get_by_label("Brightest level (dBFS)").hover()
        page.mouse.down()
    page.wait_for_timeout(1500)


def report(words: str, got: dict[str, Any], bare: float) -> bool:
    assert got["changed"], f"nothing moved on the screen: {words}"
    script, slow = late(got["script"])
    print(
        f"  {words}: {got['fps']:.0f} (goal {GOAL}; an empty page {bare:.0f}), script of a change {script:.1f} ms, "
        f"95th percentile {slow:.1f}; {got['sent']} messages to the kernel"
    )
    # A zoom may ask for a closer picture where a frame came late.
    return got["fps"] > 2 / 3 * min(GOAL, bare) and (got["sent"] == 0 or words == WHEEL)
