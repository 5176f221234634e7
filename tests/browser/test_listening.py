"""Playing a call in a real JupyterLab: from the key to what the loudspeaker gets."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from lab import Lab, running_lab
from playwright.sync_api import Page
from test_explorer import ROOT, at, open_notebook, run_all

# What is connected to the loudspeaker is kept, so that the test can look at what is played.
SPY = """
    window.played = [];
    const start = AudioBufferSourceNode.prototype.start;
    AudioBufferSourceNode.prototype.start = function (when, offset) {
        window.played.push({ samples: this.buffer.getChannelData(0), rate: this.buffer.sampleRate, offset });
        return start.call(this, when, offset);
    };
"""

# The strongest line and the strongest elsewhere, by a Fourier transform of what is played, in Hz and dB.
SPECTRUM = """() => {
    const { samples, rate } = window.played.at(-1), n = samples.length;
    const power = [];
    for (let f = 0; f < 24000; f += 50) {
        let [re, im] = [0, 0];
        for (let k = 0; k < n; k++) {
            const w = samples[k] * (0.42 - 0.5 * Math.cos(2 * Math.PI * k / n) + 0.08 * Math.cos(4 * Math.PI * k / n));
            re += w * Math.cos(2 * Math.PI * f * k / rate);
            im -= w * Math.sin(2 * Math.PI * f * k / rate);
        }
        power.push([f, re * re + im * im]);
    }
    const top = power.reduce((a, b) => (b[1] > a[1] ? b : a));
    const rest = Math.max(...power.filter(([f]) => Math.abs(f - top[0]) > 200).map(([, p]) => p));
    return { top: top[0], rest: 10 * Math.log10(rest / top[1]), seconds: n / rate, rate };
}"""

# The playhead stands over the plot, at the height of the picture.
PLAYHEAD = """() => {
    const root = document.querySelector(".battycoda-explorer"), head = root.querySelector(".bc-playhead");
    const plot = JSON.parse(root.dataset.plot), left = root.querySelector(".bc-stage").getBoundingClientRect().left;
    const at = head.getBoundingClientRect();
    return !head.hidden && at.height === plot.height && at.left - left > plot.x && at.left - left < plot.x + plot.width;
}"""

TONE = """
import numpy as np, soundfile, battycoda_nb as bc
rate = 250_000
samples = 0.3 * np.sin(2 * np.pi * 40_000 * np.arange(rate // 2) / rate)
soundfile.write("tone.wav", samples, rate, subtype="FLOAT")
open("tone.csv", "w").write("onset,offset\\n0.05,0.15\\n0.15,0.25\\n0.25,0.35\\n")
explorer = bc.CallExplorer(bc.connect().open("tone.wav"))
explorer
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


def sounds(page: Page, state: str) -> None:
    page.wait_for_selector(f'{ROOT}[data-sound="{state}"]', timeout=20_000)


def plays(page: Page, times: int) -> None:
    """Wait until a sound has been begun for that many times; a state might be over before it is seen."""
    page.wait_for_function(f"window.played.length === {times}", timeout=20_000)


def test_a_tone_of_40_khz_is_heard_as_one_line_at_4_khz(page: Page, lab: Lab) -> None:
    page.add_init_script(SPY)
    open_notebook(page, lab.add("tone.ipynb", TONE))
    run_all(page)
    at(page, 0)
    page.click(f"{ROOT} .bc-picture", force=True)
    page.keyboard.press("Space")
    page.wait_for_function(PLAYHEAD)
    heard = page.evaluate(SPECTRUM)
    assert heard["rate"] == 48_000
    assert heard["top"] == 4_000
    assert heard["rest"] < -60
    assert heard["seconds"] == pytest.approx(10 * 0.12, abs=1e-3)  # the call and 10 ms on either side
    sounds(page, "idle")  # it comes to its end by itself
    assert page.query_selector(f"{ROOT} .bc-playhead[hidden]")

    # a step stops it; the next one's sound has been made meanwhile, and is played without a word to the kernel
    page.keyboard.press("Shift+Space")
    plays(page, 2)
    page.keyboard.press("ArrowRight")
    at(page, 1)
    sounds(page, "idle")
    page.keyboard.press("Space")
    plays(page, 3)
    page.keyboard.press("Space")
    sounds(page, "paused")
    page.keyboard.press("Space")
    plays(page, 4)
    assert page.evaluate("window.played.at(-1).offset") > 0  # goes on where it was
    page.keyboard.press("Shift+Space")
    plays(page, 5)
    assert page.evaluate("window.played.at(-1).offset") == 0

    page.select_option(f"{ROOT} select[aria-label='Way of listening']", "20")
    sounds(page, "idle")
    page.keyboard.press("Space")
    plays(page, 6)
    assert page.evaluate(SPECTRUM)["top"] == 2_000
    page.select_option(f"{ROOT} select[aria-label='Way of listening']", "heterodyne")
    page.fill(f"{ROOT} input[aria-label='Tuned to (kHz)']", "38")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.click(f"{ROOT} .bc-picture", force=True)
    page.keyboard.press("Space")
    plays(page, 7)
    heard = page.evaluate(SPECTRUM)
    assert math.isclose(heard["top"], 2_000, abs_tol=50)


def test_why_nothing_is_heard_is_said_in_a_sentence(page: Page, lab: Lab) -> None:
    silent = TONE.replace("0.3 * np.sin", "0.0 * np.sin").replace("tone.", "silence.")
    open_notebook(page, lab.add("silence.ipynb", silent))
    run_all(page)
    at(page, 0, "failed")
    page.click(f"{ROOT} .bc-picture", force=True)
    page.keyboard.press("Space")
    page.wait_for_function(
        "document.querySelector('.battycoda-explorer .bc-hint').textContent.includes('nothing to hear')"
    )


def test_python_plays_too(page: Page, lab: Lab) -> None:
    page.add_init_script(SPY)
    open_notebook(page, lab.add("python.ipynb", TONE, "explorer.play()"))
    page.click(".jp-Notebook .jp-Cell >> nth=0")  # a browser plays only to who has touched the page
    run_all(page)
    page.wait_for_function("window.played.length === 1", timeout=20_000)
