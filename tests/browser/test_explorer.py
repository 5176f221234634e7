"""The explorer in a real JupyterLab in Chromium, with a real kernel, server and worker."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
import soundfile
from lab import Lab
from playwright.sync_api import Page

from battycoda_nb.signal.requests import PADDING, hop_for, window_around

ROOT = ".battycoda-explorer"
FIRST = f"{ROOT} >> nth=0"


ONE_PAGE = True


def open_notebook(page: Page, address: str) -> None:
    """Open a notebook alone; in a page that has JupyterLab already, without loading that again."""
    path = unquote(urlsplit(address).path.partition("/tree/")[2])
    if page.evaluate("() => Boolean(window.jupyterapp)"):
        page.evaluate(
            """async (path) => {
                const { commands, shell } = window.jupyterapp;
                for (const document of [...shell.widgets("main")]) document.dispose();
                await commands.execute("docmanager:open", { path });
            }""",
            path,
        )
    else:
        page.goto(address)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function(
        """(path) => {
            const panel = window.jupyterapp?.shell.currentWidget;
            return panel?.context?.path === path
                && panel.sessionContext?.session?.kernel?.connectionStatus === "connected"
                && panel.sessionContext.session.kernel.status === "idle";
        }""",
        arg=path,
        timeout=60_000,
    )


def run_all(page: Page) -> None:
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")


def at(page: Page, call: int, state: str = "shown", timeout: float = 60_000) -> None:
    page.wait_for_selector(f'{ROOT}[data-call="{call}"][data-state="{state}"]', timeout=timeout)


def light(page: Page) -> np.ndarray:
    """The plot's pixels on the screen's canvas, as brightness [shape=(height, width)], the highest frequency first."""
    raw = page.evaluate(
        """(root) => {
            const box = document.querySelector(root), canvas = box.querySelector("canvas");
            const plot = JSON.parse(box.dataset.plot), scale = canvas.width / canvas.clientWidth;
            const [x, y, w, h] = [plot.x, plot.y, plot.width, plot.height].map((v) => Math.round(v * scale));
            const data = canvas.getContext("2d").getImageData(x, y, w, h).data;
            const out = [];
            for (let i = 0; i < data.length; i += 4) out.push(data[i] + data[i + 1] + data[i + 2]);
            return JSON.stringify({ w, h, out });
        }""",
        ROOT,
    )
    picture = json.loads(raw)
    return np.array(picture["out"], float).reshape(picture["h"], picture["w"])


def expected(path: Path, call: int, *, channel: int = 0, overview: bool = False) -> np.ndarray:
    """The picture of a call, from the file and scipy alone [shape=(bins, columns)], the highest frequency first."""
    from battycoda_nb.recordings.archive import Archive
    from battycoda_nb.recordings.data_root import Fence

    samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    _, calls = Archive(Fence(None, own=True)).open(str(path))
    assert calls is not None
    start, stop = window_around(
        calls[call].onset,
        calls[call].offset,
        sample_rate=rate,
        frames=len(samples),
        padding=PADDING[overview],
        win_length=256,
    )
    hop = hop_for(stop - start, 256)
    _, _, power = scipy.signal.spectrogram(
        samples[start:stop, channel], rate, nperseg=256, noverlap=256 - hop, nfft=256, scaling="spectrum"
    )
    shown = 10 * np.log10(power + 1e-20) - 20 * np.log10(np.abs(samples).max())  # dB below the recording's peak
    return np.clip(1 + shown / 80, 0, 1)[::-1]


def likeness(shown: np.ndarray, wanted: np.ndarray) -> float:
    """Correlation of what is on the screen with what should be, stretched to the same size and slightly blurred.

    The thin upright lines at onset and offset are left out: columns whose darkest tenth differs from its neighbours'.
    """
    zoom = [(np.arange(size) + 0.5) * count / size - 0.5 for size, count in zip(shown.shape, wanted.shape, strict=True)]
    stretched = scipy.ndimage.map_coordinates(wanted, np.meshgrid(*zoom, indexing="ij"), order=1, mode="nearest")
    dark = np.percentile(shown, 10, axis=0)
    plain = np.abs(dark - scipy.ndimage.median_filter(dark, 7)) < 20
    pair = [scipy.ndimage.uniform_filter(picture[:, plain], 3).ravel() for picture in (shown, stretched)]
    return float(np.corrcoef(*pair)[0, 1])


def test_twenty_steps_through_the_first_notebook(page: Page, lab: Lab) -> None:
    open_notebook(page, lab.notebook("01_explore_calls.ipynb"))
    run_all(page)
    at(page, 0, timeout=60_000)
    path = lab.folder / "recordings" / "sample_bats.wav"
    # in grey, brightness is proportional to what is drawn
    page.get_by_label("Colour map").first.select_option("gray")
    page.locator(FIRST).focus()
    pictures = [expected(path, call) for call in range(21)]
    digests = set()
    for call in range(21):
        if call:
            page.keyboard.press("ArrowRight")
        at(page, call)
        shown = light(page)
        likes = {n: likeness(shown, pictures[n]) for n in range(max(call - 2, 0), min(call + 3, 21))}
        assert likes[call] > 0.97, f"call {call} is like its picture by {likes[call]:.3f}"
        assert max(likes, key=likes.__getitem__) == call
        digests.add(page.get_attribute(FIRST, "data-digest"))
    assert len(digests) == 21
    assert "call 21 of" in page.locator(FIRST).inner_text()


CALLS = """
import battycoda_nb as bc
recording = bc.connect().open({path!r})
explorer = bc.CallExplorer(recording, remember=False{options})
explorer
"""


def explore(
    page: Page, lab: Lab, path: Path, *more: str, options: str = "", state: str = "shown", first: int = 0
) -> None:
    open_notebook(page, lab.add(f"{path.stem}.ipynb", CALLS.format(path=str(path), options=options), *more))
    run_all(page)
    at(page, first, state, timeout=60_000)
    page.locator(FIRST).focus()


@pytest.fixture(scope="module")
def mixed(lab: Lab) -> Path:
    """Two channels; calls: a good one, zeros, NaN, a good one; a row beyond the end is none."""
    rng = np.random.default_rng(0)
    samples = rng.normal(0, 0.01, (150_000, 2)).astype(np.float32)
    t = np.arange(2500) / 250_000
    for start, frequency in ((12_500, 40_000), (110_000, 90_000)):
        samples[start : start + 2500, 0] += 0.5 * np.sin(2 * np.pi * frequency * t)
        samples[start : start + 2500, 1] += 0.5 * np.sin(2 * np.pi * (frequency + 20_000) * t)
    samples[30_000:60_000, 0] = 0
    samples[80_000, 0] = np.nan
    path = lab.folder / "mixed.wav"
    soundfile.write(path, samples, 250_000, subtype="FLOAT")
    onsets = np.array([0.05, 0.17, 0.315, 0.44, 0.9])
    path.with_suffix(".pickle").write_bytes(pickle.dumps({"onsets": onsets, "offsets": onsets + 0.01}))
    return path


def test_a_call_that_fails_says_why_in_its_place_and_can_be_tried_again(page: Page, lab: Lab, mixed: Path) -> None:
    explore(page, lab, mixed)
    for call, state, sentence in (
        (1, "shown", ""),
        (2, "failed", "not a number"),
        (3, "shown", ""),
    ):
        page.keyboard.press("ArrowRight")
        at(page, call, state)
        text = page.locator(FIRST).inner_text()
        assert sentence in text
        assert "Traceback" not in text
    page.keyboard.press("ArrowLeft")
    at(page, 2, "failed")
    page.get_by_role("button", name="Try again").click()
    at(page, 2, "failed")
    page.get_by_label("Channel").first.select_option(index=1)
    page.keyboard.press("Home")
    at(page, 0)
    page.keyboard.press("ArrowRight")
    at(page, 1)  # the other channel has numbers only


def test_channel_overview_and_contrast(page: Page, lab: Lab, mixed: Path) -> None:
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    explore(page, lab, mixed, options=", contrast=4")

    def peak(picture: np.ndarray) -> float:
        """kHz of the brightest row."""
        return 125 * (1 - picture.mean(axis=1).argmax() / len(picture))

    detail = light(page)
    assert peak(detail) == pytest.approx(40, abs=2)
    before = page.get_attribute(FIRST, "data-digest")
    page.get_by_label("Channel").first.select_option(index=1)
    page.wait_for_function("(old) => document.querySelector('.battycoda-explorer').dataset.digest !== old", arg=before)
    at(page, 0)
    assert peak(light(page)) == pytest.approx(60, abs=2)

    page.keyboard.press("o")
    page.wait_for_function(
        "() => document.querySelector('.battycoda-explorer').dataset.state === 'shown'", timeout=60_000
    )
    wide = light(page)[4:-4]  # without the frame around the detail
    assert (wide.max(axis=0) > wide.max() * 0.5).mean() < (detail.max(axis=0) > detail.max() * 0.5).mean() * 0.6

    slider = page.get_by_label("Contrast").first
    slider.focus()
    count = len(sent)
    changed = slider.evaluate(
        """(slider) => {
            const canvas = slider.closest(".battycoda-explorer").querySelector("canvas");
            const sum = () => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
                .reduce((all, value) => all + value, 0);
            const sums = [sum()];
            for (const value of [2, 3, 5, 6]) {
                slider.value = value;
                slider.dispatchEvent(new Event("input", { bubbles: true }));
                sums.push(sum());  // in the same task: there was no time for a message
            }
            return sums;
        }"""
    )
    assert len(set(changed)) == 5
    assert len(sent) == count


def test_stepping_goes_on_while_a_cell_runs(page: Page, lab: Lab, mixed: Path) -> None:
    busy = "import time\nbegun = time.time()\nwhile time.time() - begun < 300: time.sleep(0.01)"
    sample = lab.folder / "busy.wav"
    rng = np.random.default_rng(3)
    soundfile.write(sample, rng.normal(0, 0.05, 2_500_000), 250_000)
    lines = [f"{0.05 + 0.08 * n:.4f},{0.055 + 0.08 * n:.4f}" for n in range(120)]
    Path(f"{sample}.csv").write_text("onset,offset\n" + "\n".join(lines) + "\n")
    explore(page, lab, sample, busy)
    running = page.locator(".jp-InputPrompt", has_text="[*]")
    running.wait_for()  # the status of the kernel does not tell: it is that of the subshell's last answer too
    for call in range(1, 31):
        page.keyboard.press("ArrowRight")
        at(page, call)
    page.keyboard.press("End")  # nobody computed this one ahead
    at(page, 119)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:interrupt-kernel')")
    running.wait_for(state="detached")
    page.keyboard.press("Home")
    at(page, 0)


def test_an_explorer_shows_its_call_though_a_cell_runs_from_the_start(page: Page, lab: Lab, mixed: Path) -> None:
    """Its pictures are in Redis already, so they are sent before the front end is ready to take them."""
    explore(page, lab, mixed)
    busy = "import time\nbegun = time.time()\nwhile time.time() - begun < 300: time.sleep(0.01)"
    open_notebook(page, lab.add("again.ipynb", CALLS.format(path=str(mixed), options=""), busy))
    run_all(page)
    at(page, 0)
    page.locator(".jp-InputPrompt", has_text="[*]").wait_for()
    page.locator(FIRST).focus()
    page.keyboard.press("End")
    at(page, 3)
    page.keyboard.press("Home")
    at(page, 0)


def test_a_reloaded_page_shows_the_call_again(page: Page, lab: Lab, mixed: Path) -> None:
    page.goto("about:blank")  # what a page shows again when it is reloaded is what it was loaded with
    explore(page, lab, mixed)
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.keyboard.press("ArrowRight")
    at(page, 1)
    page.wait_for_function("() => !document.querySelector('.jp-mod-dirty')")
    page.reload()
    at(page, 1, timeout=60_000)
    page.locator(FIRST).focus()
    page.keyboard.press("ArrowLeft")
    at(page, 0)


def test_a_kernel_that_was_restarted_is_said_and_no_wait_is_for_ever(page: Page, lab: Lab, mixed: Path) -> None:
    explore(page, lab, mixed)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    page.locator(FIRST).focus()
    page.keyboard.press("o")
    page.keyboard.press("End")
    at(page, 3, "failed", timeout=60_000)
    assert "run the notebook's cells again" in page.locator(FIRST).inner_text()
    run_all(page)
    at(page, 0, timeout=60_000)


def test_shortcuts_with_ctrl_stay_jupyterlabs(page: Page, lab: Lab, mixed: Path) -> None:
    explore(page, lab, mixed)
    page.keyboard.press("ArrowRight")
    at(page, 1)
    page.wait_for_selector(".jp-mod-dirty")
    page.keyboard.press("Control+s")
    page.wait_for_selector(".jp-mod-dirty", state="detached")
    assert page.get_attribute(FIRST, "data-lm-suppress-shortcuts") == "true"
    page.keyboard.press("ArrowLeft")
    at(page, 0)


def test_a_change_of_theme_reaches_the_axes(page: Page, lab: Lab, mixed: Path) -> None:
    explore(page, lab, mixed)
    corner = """() => {
        const canvas = document.querySelector(".battycoda-explorer canvas");
        const plot = JSON.parse(canvas.closest(".battycoda-explorer").dataset.plot);
        if (!canvas.clientWidth) return NaN;  // JupyterLab hides the page while it changes the theme
        const scale = canvas.width / canvas.clientWidth;
        const size = [plot.x * scale - 8, plot.height * scale];
        const { data } = canvas.getContext("2d").getImageData(0, plot.y * scale, ...size);
        let sum = 0, weight = 0;
        for (let i = 0; i < data.length; i += 4) { sum += data[i] * data[i + 3]; weight += data[i + 3]; }
        return sum / weight;  // the brightness of the numbers at the frequency axis
    }"""
    assert page.evaluate(corner) < 128
    page.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    page.wait_for_function(f"() => ({corner})() > 128")
    page.evaluate("() => window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Light' })")
    page.wait_for_function(f"() => ({corner})() < 128")


def test_a_recording_without_calls_is_stepped_through_by_windows_and_says_how_to_get_calls(
    page: Page, lab: Lab
) -> None:
    samples = np.random.default_rng(5).normal(0, 0.01, 700_000)
    soundfile.write(lab.folder / "plain.wav", samples, 250_000)
    explore(page, lab, lab.folder / "plain.wav")
    text = page.locator(FIRST).inner_text()
    assert "window 1 of 3" in text
    assert "plain.wav.csv" in text
    page.keyboard.press("End")
    at(page, 2)
    assert "800" in page.locator(f"{FIRST} >> .bc-fact:visible").first.inner_text()  # ms


def test_python_drives_what_the_keys_do(page: Page, lab: Lab, mixed: Path) -> None:
    steps = (
        "explorer.goto(2)",
        "explorer.next(); explorer.previous(); explorer.next()",
        "explorer.contrast = 6; explorer.cmap = 'viridis'; explorer.preset = 'bat 2 ms'; explorer.toggle('waveform')",
        "explorer.zoom_in(); explorer.pan(0.2); explorer.zoom(frequencies=(20_000, 60_000))",
        "print(explorer.times, explorer.preset, explorer.spectrogram().request.window, explorer.look.mapping)",
    )
    explore(page, lab, mixed, *steps, options=", overview=True", first=3)
    page.wait_for_selector(".jp-OutputArea-output >> text=None bat 2 ms hann contrast")
    assert page.locator(f"{FIRST} >> input[aria-label='Contrast']").input_value() == "6"
    assert page.locator(f"{FIRST} >> select[aria-label='Preset of the transform']").input_value() == "bat 2 ms"
    assert page.get_by_role("button", name="Waveform").get_attribute("aria-pressed") == "true"


FIGURE = """
import numpy as np
figure = explorer.figure()
figure.set_dpi(200)  # as it is saved
figure.canvas.draw()
axes, pixels = figure.axes[0], np.asarray(figure.canvas.buffer_rgba()).astype(float)
left, bottom, right, top = (round(edge) for edge in axes.get_window_extent().extents)
np.save({path!r}, pixels[len(pixels) - top : len(pixels) - bottom, left:right, :3].sum(axis=2))
print("drawn", *axes.get_xlim(), *axes.get_ylim())
"""


@pytest.mark.parametrize("zoom", ["", "explorer.zoom(times=(0.004, 0.012), frequencies=(25_000, 60_000))"])
def test_a_figure_is_what_is_on_the_screen(page: Page, lab: Lab, mixed: Path, zoom: str) -> None:
    """Pixel for pixel, within the axes of both; a picture of another part is not like it."""
    saved = lab.folder / "drawn.npy"
    explore(page, lab, mixed, zoom, FIGURE.format(path=str(saved)), options=", cmap='gray', channel=0")
    page.wait_for_selector(".jp-OutputArea-output >> text=/^drawn/", timeout=60_000)
    words = page.locator(".jp-OutputArea-output", has_text="drawn").inner_text().split()
    left, right, bottom, top = map(float, words[1:])
    if zoom:
        page.wait_for_selector(f'{ROOT}[data-close="shown"]', timeout=60_000)
        assert (left, right, bottom, top) == pytest.approx((4, 12, 25, 60))
    else:
        assert (bottom, top) == pytest.approx((0, 125), abs=1)
        assert left < 0 < 10 < right, "ms around a call of 10 ms"
    shown, drawn = light(page), np.load(saved)
    assert likeness(shown, drawn) > 0.95
    moved = np.roll(drawn, drawn.shape[1] // 4, axis=1)
    assert likeness(shown, moved) < 0.6


MANY_CALLS = """
import numpy as np, soundfile, battycoda_nb as bc
soundfile.write("many.wav", np.random.default_rng(0).normal(0, 0.1, 40 * 250_000), 250_000)
rows = "".join(f"{n / 100 + 0.1:.3f},{n / 100 + 0.105:.3f}\\n" for n in range(3900))
open("many.csv", "w").write("onset,offset\\n" + rows)
preparation = bc.connect().open("many.wav").prepare()
preparation
"""


def test_a_preparation_is_paused_and_goes_on_while_a_cell_runs(page: Page, lab: Lab) -> None:
    open_notebook(page, lab.add("prepare.ipynb", MANY_CALLS, "while True: pass"))
    run_all(page)
    page.click("button:has-text('Pause')", timeout=60_000)
    page.wait_for_selector(".jupyter-widgets >> text=/^paused: \\d+ of 7800/", timeout=60_000)
    page.click("button:has-text('Resume')")
    page.wait_for_selector(".jupyter-widgets >> text=/^running: \\d+ of 7800/", timeout=60_000)
    page.click("button:has-text('Cancel')")
    page.wait_for_selector(".jupyter-widgets >> text=/^cancelled: \\d+ of 7800/", timeout=60_000)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:interrupt-kernel')")
