"""Playing a call in a real JupyterLab: from the key to what the loudspeaker gets."""

from __future__ import annotations

import base64
import math

import numpy as np
import pytest
from lab import Lab
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

# What is played last: its samples, and how many there are in a second.
PLAYED = """() => {
    const { samples, rate } = window.played.at(-1), bytes = new Uint8Array(samples.buffer, 0, samples.byteLength);
    let text = "";
    for (let k = 0; k < bytes.length; k += 4096) text += String.fromCharCode(...bytes.subarray(k, k + 4096));
    return [btoa(text), rate];
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
samples = 0.3 * np.sin(2 * np.pi * 40_000 * np.arange(2 * rate) / rate)
soundfile.write("tone.wav", samples, rate, subtype="FLOAT")
open("tone.csv", "w").write("onset,offset\\n0.05,0.35\\n0.4,1.6\\n1.65,1.75\\n")
explorer = bc.CallExplorer(bc.connect().open("tone.wav"))
explorer
"""


def spectrum(page: Page) -> dict[str, float]:
    """The strongest line of what is played, and the strongest elsewhere: in Hz, and in dB below it."""
    data, rate = page.evaluate(PLAYED)
    samples = np.frombuffer(base64.b64decode(data), "<f4")
    power = np.abs(np.fft.rfft(samples * np.blackman(len(samples)))) ** 2
    frequencies = np.arange(0, rate // 2, 50)
    power = power[np.round(frequencies * len(samples) / rate).astype(int)]
    top = frequencies[power.argmax()]
    rest = power[np.abs(frequencies - top) > 200].max()
    return {"top": top, "rest": 10 * np.log10(rest / power.max()), "seconds": len(samples) / rate, "rate": rate}


def sounds(page: Page, state: str) -> None:
    page.wait_for_selector(f'{ROOT}[data-sound="{state}"]', timeout=60_000)


def plays(page: Page, times: int) -> None:
    """Wait until a sound has been begun for that many times; a state might be over before it is seen."""
    page.wait_for_function(f"window.played.length === {times}", timeout=60_000)


def test_a_tone_of_40_khz_is_heard_as_one_line_at_4_khz(page: Page, lab: Lab) -> None:
    page.add_init_script(SPY)
    open_notebook(page, lab.add("tone.ipynb", TONE))
    run_all(page)
    at(page, 0)
    page.click(f"{ROOT} .bc-picture", force=True)
    page.keyboard.press("Space")
    page.wait_for_function(PLAYHEAD)
    played_spectrum = spectrum(page)
    assert played_spectrum["rate"] == 48_000
    assert played_spectrum["top"] == 4_000
    assert played_spectrum["rest"] < -60
    assert played_spectrum["seconds"] == pytest.approx(10 * 0.32, abs=1e-3)  # the call and 10 ms on either side
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
    page.wait_for_function(PLAYHEAD)  # some of it has been heard
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
    assert spectrum(page)["top"] == 2_000
    page.select_option(f"{ROOT} select[aria-label='Way of listening']", "heterodyne")
    page.fill(f"{ROOT} input[aria-label='Tuned to (kHz)']", "38")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.click(f"{ROOT} .bc-picture", force=True)
    page.keyboard.press("Space")
    plays(page, 7)
    played_spectrum = spectrum(page)
    assert math.isclose(played_spectrum["top"], 2_000, abs_tol=50)


def test_why_nothing_is_heard_is_said_in_a_sentence(page: Page, lab: Lab) -> None:
    silent = TONE.replace("0.3 * np.sin", "0.0 * np.sin").replace("tone.", "silence.")
    open_notebook(page, lab.add("silence.ipynb", silent))
    run_all(page)
    at(page, 0, "failed")
    page.click(f"{ROOT} .bc-picture", force=True)
    page.keyboard.press("Space")
    page.wait_for_function(
        "document.querySelector('.battycoda-explorer .bc-hint').textContent.includes('digital silence')"
    )


def test_python_plays_too(page: Page, lab: Lab) -> None:
    page.add_init_script(SPY)
    open_notebook(page, lab.add("python.ipynb", TONE, "explorer.play()"))
    page.click(".jp-Notebook .jp-Cell >> nth=0")  # a browser plays only to who has touched the page
    run_all(page)
    page.wait_for_function("window.played.length === 1", timeout=60_000)
