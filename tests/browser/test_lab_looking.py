"""Looking closer, the strips, labels and the memory of views in a real JupyterLab, with a real kernel and worker."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import soundfile
from lab import Lab
from playwright.sync_api import Page
from test_explorer import FIRST, ROOT, at, light, likeness, open_notebook, run_all

ONE_PAGE = True
RATE = 250_000
CALLS = 40


@pytest.fixture(scope="module")
def sweeps(lab: Lab) -> Path:
    """20 s of noise with a falling sweep every half second, each from another frequency."""
    samples = np.random.default_rng(4).normal(0, 1e-3, 20 * RATE)
    onsets = 0.2 + 0.49 * np.arange(CALLS)
    t = np.arange(1500) / RATE
    for n, onset in enumerate(onsets):
        high = 60_000 + 1_500 * n
        start = round(onset * RATE)
        samples[start : start + len(t)] += 0.4 * np.sin(2 * np.pi * (high * t - 0.5 * (high - 25_000) / 0.006 * t**2))
    path = lab.folder / "sweeps.wav"
    soundfile.write(path, samples, RATE)
    rows = "".join(f"{onset:.6f},{onset + 0.006:.6f},FM\n" for onset in onsets)
    path.with_suffix(".csv").write_text("onset,offset,label\n" + rows)
    return path


# Turn the wheel, and what the canvas shows before and after, in one task.
TURN = """([clientX, clientY]) => {
  window.pictureNow = () => document.querySelector(".bc-picture").toDataURL();
  const wheel = new WheelEvent("wheel", { clientX, clientY, deltaY: -900, bubbles: true, cancelable: true });
  const before = pictureNow();
  document.querySelector(".bc-cursor").dispatchEvent(wheel);
  return [before, pictureNow()];
}"""


def look_at(page: Page, lab: Lab, name: str, opened: str, *more: str, options: str = "") -> None:
    settings = lab.folder / "looking"
    settings.mkdir(exist_ok=True)
    keys = {"next": ["ArrowRight", "n"], "labels": {"m": "Myotis"}}
    (settings / "keys.json").write_text(json.dumps(keys))
    cell = f"import os\nos.environ['BATTYCODA_SETTINGS'] = {str(settings)!r}\n"
    cell += f"import battycoda_nb as bc\nrecording = bc.connect().open({opened!r})\n"
    address = lab.add(name, cell + f"explorer = bc.CallExplorer(recording{options})\nexplorer", *more)
    open_notebook(page, address)
    run_all(page)
    page.wait_for_selector(f'{ROOT}[data-state="shown"]', timeout=60_000)
    page.locator(FIRST).focus()


def spot(page: Page, across: float, up: float, part: str = ".bc-cursor") -> tuple[float, float]:
    box = page.locator(f"{FIRST} >> {part}").bounding_box()
    assert box is not None
    if part != ".bc-cursor":
        return box["x"] + across * box["width"], box["y"] + (1 - up) * box["height"]
    plot = json.loads(page.get_attribute(FIRST, "data-plot") or "{}")
    return box["x"] + plot["x"] + across * plot["width"], box["y"] + plot["y"] + (1 - up) * plot["height"]


def close(page: Page) -> None:
    page.wait_for_selector(f'{ROOT}[data-close="shown"]', timeout=60_000)


def trait(page: Page, output: str) -> str:
    """What a cell printed."""
    return page.locator(".jp-OutputArea-output", has_text=output).first.inner_text()


def test_what_is_zoomed_into_is_enlarged_at_once_and_then_computed_anew(page: Page, lab: Lab, sweeps: Path) -> None:
    look_at(page, lab, "zoom.ipynb", str(sweeps), options=", cmap='gray', remember=False")
    x, y = spot(page, 0.6, 0.4)
    before, rough = page.evaluate(TURN, [x, y])
    assert before != rough, "enlarged in the same task"
    close(page)
    fine = light(page)
    assert page.evaluate("() => pictureNow()") not in (before, rough), "finer than what was enlarged"
    # from the file and scipy alone: four times as many frequencies, hardly any hop
    samples, _ = soundfile.read(sweeps)
    shown = page.evaluate(
        "() => document.querySelector('.battycoda-explorer .bc-strip').getAttribute('aria-valuetext')"
    )
    assert shown.startswith("call 1 of 40")
    _, _, power = scipy.signal.spectrogram(samples[: RATE // 4], RATE, nperseg=256, noverlap=252, nfft=1024,
                                           scaling="spectrum")  # fmt: skip
    db = 10 * np.log10(power + 1e-20) - 20 * np.log10(np.abs(samples).max())
    grey = np.clip(1 + db / 80, 0, 1)[::-1]
    # What lies under the pointer stays there. The whole picture begins half a window into the call's surroundings.
    first, whole = 0.19 + (128 - 8) / RATE, ((6500 - 256) // 16 + 1) * 16 / RATE
    width = whole / np.exp(900 * 0.0016)
    left = first + 0.6 * (whole - width)
    columns = ((np.array([left, left + width]) * RATE) - 128) / 4
    assert likeness(fine, grey[:, round(columns[0]) : round(columns[1])]) > 0.97

    page.keyboard.press("ArrowRight")
    at(page, 1)
    close(page)
    page.keyboard.press("0")
    assert page.get_attribute(FIRST, "data-close") == ""
    page.keyboard.press("b")
    close(page)


def test_other_transforms_come_here_first_and_for_the_neighbours_without_asking(
    page: Page, lab: Lab, sweeps: Path
) -> None:
    look_at(page, lab, "transforms.ipynb", str(sweeps), options=", remember=False, call=5")
    old = page.get_attribute(FIRST, "data-digest")
    page.get_by_label("Scale", exact=True).select_option("pcen")
    page.wait_for_selector(f'{ROOT}[data-state="shown"]:not([data-digest="{old}"])', timeout=60_000)
    assert np.ptp(light(page)) > 200
    page.wait_for_function(
        """() => {
          document.querySelector(".battycoda-explorer").dispatchEvent(
            new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true }));
          return document.querySelector(".battycoda-explorer").dataset.state === "shown";
        }""",
        timeout=60_000,
    )


def test_the_strip_and_the_filmstrip_lead_to_calls(page: Page, lab: Lab, sweeps: Path) -> None:
    look_at(page, lab, "strips.ipynb", str(sweeps), options=", remember=False")
    box = page.locator(".bc-strip").bounding_box()
    assert box is not None
    page.wait_for_function(  # painted from end to end
        """() => {
          const canvas = document.querySelector(".bc-strip-picture");
          const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return [...Array(width).keys()].every((x) => data[4 * x + 3] > 0);
        }""",
        timeout=60_000,
    )
    page.mouse.click(box["x"] + box["width"] * (0.2 + 0.49 * 30) / 20, box["y"] + 20)
    at(page, 30)
    page.keyboard.press("Shift+F")
    film = page.locator(".bc-filmstrip")
    film.wait_for()
    place = page.locator(".bc-film-scroller").bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + place["width"] * 0.2, place["y"] + place["height"] / 2)
    page.wait_for_function("() => document.querySelector('.battycoda-explorer').dataset.call !== '30'")
    page.wait_for_selector(f'{ROOT}[data-state="shown"]')


def kept_views(lab: Lab) -> list[dict[str, object]]:
    """What is kept of how recordings were looked at; it is written within a second."""
    path = lab.folder / "looking" / "views.json"
    return list(json.loads(path.read_text())["recordings"].values()) if path.exists() else []


def test_a_view_and_labels_outlive_the_kernel(page: Page, lab: Lab, sweeps: Path, until: Callable[..., object]) -> None:
    show = "print(explorer.call, explorer.frequencies, [explorer.labels.of(n).label for n in range(3)], 'so far')"
    look_at(page, lab, "keep.ipynb", str(sweeps), show)
    page.keyboard.press("m")  # of keys.json
    at(page, 1)
    page.keyboard.press("a")
    at(page, 2)
    page.keyboard.press("x")
    page.keyboard.press("Control+z")
    at(page, 2)
    page.wait_for_selector(".bc-counter >> text=call 3 of 40, 5 % labelled")
    page.keyboard.press("z")
    page.mouse.move(*spot(page, 0.2, 0.8))
    page.mouse.down()
    page.mouse.move(*spot(page, 0.7, 0.3), steps=3)
    page.mouse.up()
    close(page)
    page.keyboard.press("n")
    at(page, 3)
    limits = page.evaluate("() => document.querySelector('.bc-strip').getAttribute('aria-valuetext')")
    page.wait_for_function("() => document.querySelector('.battycoda-explorer').dataset.close === 'shown'")
    picture = light(page)
    until(lambda: any(view["call"] == 3 and view["frequencies"] for view in kept_views(lab)), "the view is kept")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'", timeout=60_000
    )
    run_all(page)
    page.wait_for_selector(f'{ROOT}[data-call="3"][data-state="shown"]', timeout=60_000)
    close(page)
    assert page.evaluate("() => document.querySelector('.bc-strip').getAttribute('aria-valuetext')") == limits
    assert likeness(light(page), picture[:, ::1]) > 0.99
    page.wait_for_selector(".jp-OutputArea-output >> text=/^3 .*'Myotis', 'FM', ''.* so far/")


def test_traits_are_linked_in_the_browser(page: Page, lab: Lab, sweeps: Path) -> None:
    link = (
        "import ipywidgets\n"
        "slider = ipywidgets.IntSlider(max=39, description='to call')\n"
        "link = ipywidgets.jslink((slider, 'value'), (explorer, 'call'))\n"
        "slider"
    )
    look_at(page, lab, "link.ipynb", str(sweeps), link, options=", remember=False")
    page.wait_for_selector(".widget-readout")
    page.locator(FIRST).focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_selector(".widget-readout >> text=3")
    page.locator(".widget-readout").fill("17")
    page.keyboard.press("Enter")
    at(page, 17)


def test_many_files_are_stepped_through_as_one(page: Page, lab: Lab, sweeps: Path) -> None:
    folder = lab.folder / "night 1 ü"
    folder.mkdir()
    samples, _ = soundfile.read(sweeps)
    for name, calls in (("a b.wav", 2), ("c.wav", 0), ("d.wav", 3)):
        soundfile.write(folder / name, samples[: RATE * 2], RATE)
        rows = "".join(f"{0.2 + 0.49 * n:.6f},{0.206 + 0.49 * n:.6f}\n" for n in range(calls))
        if calls:
            (folder / name).with_suffix(".csv").write_text("onset,offset\n" + rows)
    (folder / "e.wav").write_bytes(b"RIFF and no more")
    look_at(page, lab, "night.ipynb", f"{folder}/", options=", remember=False")
    titles = ["a b.wav (file 1 of 4)"] * 2 + ["c.wav (file 2 of 4)"] * 2 + ["d.wav (file 3 of 4)"] * 3
    assert "call 1 of 8" in page.locator(FIRST).inner_text()
    # all of it is within the eight that are asked for ahead, and then no step waits, also not across a border
    page.wait_for_function(
        """() => {
          const root = document.querySelector(".battycoda-explorer");
          const press = (key) => root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
          const states = [];
          press("Home");
          for (let step = 0; step < 7; step++) { states.push(root.dataset.state); press("ArrowRight"); }
          return states.every((state) => state === "shown");
        }""",
        timeout=60_000,
    )
    at(page, 7, "failed")
    assert "e.wav" in page.locator(f"{FIRST} >> .bc-words").inner_text()
    for call in reversed(range(7)):
        page.keyboard.press("ArrowLeft")
        at(page, call)
        assert page.locator(f"{FIRST} >> .bc-title").inner_text() == titles[call]
    assert "window 3 of 8" not in page.locator(FIRST).inner_text()


def test_why_a_call_is_still_grey_is_said_in_its_place(page: Page, lab: Lab, sweeps: Path) -> None:
    pid = "print('pid', [worker.pid for worker in bc.connect().status().workers])"
    look_at(
        page, lab, "grey.ipynb", str(sweeps), pid, options=", remember=False, ahead=1, behind=0, preset='fine time'"
    )
    page.wait_for_selector(".jp-OutputArea-output >> text=/^pid/")
    [worker] = json.loads(trait(page, "pid").removeprefix("pid "))
    os.kill(worker, signal.SIGSTOP)
    try:
        page.locator(FIRST).focus()
        page.keyboard.press("End")
        page.wait_for_selector(f"{FIRST} >> .bc-words >> text=/silent/", timeout=60_000)
    finally:
        os.kill(worker, signal.SIGCONT)
    at(page, CALLS - 1, timeout=60_000)
