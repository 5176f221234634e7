"""The widget's whole screen in a real browser, over a model in the page; test_explorer.py has the kernel too."""

import numpy as np
import pytest
from front_end import TOKEN, assert_same_picture, b64, expected_pixels, meta_of, noise, png, show, unpack


def test_a_step_onto_a_picture_in_memory_is_painted_in_the_same_task(screen):
    before = screen.sent
    answer = screen.page.evaluate(
        """() => {
          press("ArrowRight");
          const { call, state, digest } = root().dataset;
          return { call, state, digest, trait: model.get("call"), saved: model.saved, ...plotPixels() };
        }"""
    )
    screen.wait("model.saved === 1 && model.get('call') === 1")
    assert {name: answer[name] for name in ("call", "state", "digest")} == {
        "call": "1",
        "state": "shown",
        "digest": "digest-1",
    }
    assert (answer["trait"], answer["saved"]) == (0, 0), "the kernel is told after the paint"
    pixels = unpack(answer["data"]).reshape(answer["height"], answer["width"], 4)[..., :3].astype(int)
    assert_same_picture(pixels, expected_pixels(noise(1), screen))
    assert screen.sent == before, "nothing is asked of the kernel"
    assert screen.text(".bc-counter") == "call 2 of 5"


def test_a_tone_lies_at_its_time_and_frequency(screen):
    bins, columns, df, dt, t0 = 129, 313, 976.5625, 64e-6, 3.2
    frequency, time = 40 * df, t0 + 200 * dt
    levels = np.zeros((bins, columns), np.uint8)
    levels[bins - 1 - 40, :] = 255  # the top row is the highest frequency
    levels[:, 200] = 255
    screen.send(0, levels, t0=t0, dt=dt, df=df, digest="tone")
    assert screen.digest == "tone"
    light = screen.pixels().sum(axis=2).astype(float)
    light -= light.min()
    height, width = light.shape
    row, column = light[:, : width // 4].sum(axis=1), light[: height // 4].sum(axis=0)
    y = (row * (np.arange(height) + 0.5)).sum() / row.sum()
    x = (column * (np.arange(width) + 0.5)).sum() / column.sum()
    top, bottom = (bins - 0.5) * df, -0.5 * df
    assert top - y / height * (top - bottom) == pytest.approx(frequency, abs=df / 2)
    assert t0 - dt / 2 + x / width * columns * dt == pytest.approx(time, abs=dt / 2)


def test_a_missing_picture_leaves_a_blank_plot_and_is_asked_for(screen):
    answer = screen.page.evaluate(
        """() => {
          press("ArrowRight"); press("ArrowRight");
          const { state, digest } = root().dataset;
          return { state, digest, last: model.sent.at(-1), ...plotPixels() };
        }"""
    )
    assert (answer["state"], answer["digest"]) == ("waiting", "")
    assert answer["last"] == {"type": "need", "transform": TOKEN, "call": 2, "channel": 0, "overview": False}
    pixels = unpack(answer["data"]).reshape(answer["height"], answer["width"], 4)
    assert (pixels == pixels[0, 0]).all(), "nothing of the old picture is left"
    assert screen.text(".bc-words") == "Computing call 3 …"
    screen.say("waiting", 4, "not this one")
    assert screen.text(".bc-words") == "Computing call 3 …"
    screen.say("waiting", 2, "Waiting for a worker …")
    assert screen.text(".bc-words") == "Waiting for a worker …"
    screen.send(2)
    assert screen.state == "shown"
    assert_same_picture(screen.pixels(), expected_pixels(noise(2), screen))


def test_a_failure_is_shown_as_text_and_can_be_tried_again(screen):
    screen.page.keyboard.press("End")
    text = '<img src=x onerror="window.hacked = true"> No such file'
    screen.say("failed", 4, text)
    assert (screen.state, screen.digest) == ("failed", "d")
    assert screen.text(".bc-words") == text
    assert screen.page.locator("img").count() == 0
    assert screen.page.evaluate("() => window.hacked") is None
    screen.page.get_by_role("button", name="Try again").click()
    assert screen.sent[-1] == {"type": "retry", "transform": TOKEN, "call": 4, "channel": 0, "overview": False}
    assert screen.state == "waiting"
    assert not screen.page.get_by_role("button", name="Try again").is_visible()
    screen.send(4)
    assert screen.state == "shown"


def test_a_picture_that_does_not_fit_its_meta_is_a_failure(screen):
    screen.page.keyboard.press("End")
    screen.send(4, data=png(noise(4, (32, 100))))
    screen.wait("root().dataset.state === 'failed'")
    assert "call 5 cannot be shown: the picture is 32 x 100" in screen.text(".bc-words")


def test_text_from_the_recording_stays_text(page, address):
    evil = "<b onmouseover=alert(1)>x</b>"
    screen = show(page, address, title=evil, notice=evil)
    screen.send(0, label=evil, onset=10.0, offset=10.005)
    screen.wait("root().dataset.state === 'shown'")
    assert [screen.text(name) for name in (".bc-title", ".bc-notice", ".bc-label")] == [evil] * 3
    assert page.locator("b").count() == 0


def test_the_header_gives_the_facts(page, address):
    screen = show(page, address, call=2)
    screen.send(2, label="FM", onset=10.0, offset=10.00524)
    screen.wait("root().dataset.state === 'shown'")
    assert screen.text(".bc-counter") == "call 3 of 5"
    assert screen.text(".bc-label") == "FM"
    facts = page.locator(".bc-fact:visible")
    known = ["5.24 ms", "10.0000 s", "\N{EN DASH}"]
    assert facts.all_inner_texts() == [*known, "\N{EN DASH}"], "a picture is no measure"
    screen.peaks(1, [[20_000.0, False], [45_678.0, False], None, [50_000.0, True]])
    assert facts.all_inner_texts() == [*known, "45.7 kHz"]
    screen.peaks(2, [[45_000.0, False]], channel=1)
    for changes in ("model.set('scale', 'pcen')", "model.set('times', [0, 0.004])", "model.set('overview', true)"):
        page.evaluate(f"() => {{ {changes} }}")
        assert facts.last.inner_text() == "45.7 kHz", changes
    for call, text in ((3, "\N{EN DASH}"), (4, "50.0 kHz (band edge)"), (1, "20.0 kHz")):
        page.evaluate("(call) => model.set('call', call)", call)
        assert facts.last.inner_text() == text


def test_the_header_gives_the_time_of_day(page, address):
    screen = show(page, address, call=2)
    screen.send(2, label="FM", onset=10.0, offset=10.00524)
    screen.wait("root().dataset.state === 'shown'")
    facts = page.locator(".bc-fact:visible")
    screen.tell([9, 10], [9.1, 10.1], recorded="2024-05-31T23:59:51.500+02:00", first=1)
    assert facts.all_inner_texts()[:2] == ["00:00:01", "5.24 ms"]
    clock = page.get_by_title("by the recorder's clock").get_attribute("title")
    assert clock == "2024-06-01 00:00:01 +02:00, by the recorder's clock"


def test_a_recording_without_calls_says_so(page, address):
    screen = show(page, address, count=0, notice="bat1.wav has no calls: its segment file is empty.")
    assert screen.state == "failed"
    assert screen.text(".bc-words") == "bat1.wav has no calls: its segment file is empty."
    assert not page.get_by_role("button", name="Try again").is_visible()
    assert screen.sent == [{"type": "ready"}]
    page.evaluate("() => model.set('notice', 'Still none.')")
    assert screen.text(".bc-words") == "Still none."
    page.evaluate("() => { model.set('notice', ''); model.set('count', 2); }")
    assert screen.state == "waiting"
    assert screen.sent[-1]["type"] == "need"


def test_the_contrast_changes_pixels_and_sends_nothing(screen):
    sent, saved = screen.sent, screen.saved
    answer = screen.page.evaluate(
        """() => {
          const slider = document.querySelector("input[type=range]");
          slider.value = "5.5";
          slider.dispatchEvent(new Event("input", { bubbles: true }));
          return plotPixels();
        }"""
    )
    pixels = unpack(answer["data"]).reshape(answer["height"], answer["width"], 4)[..., :3].astype(int)
    assert_same_picture(pixels, expected_pixels(noise(0), screen, contrast=5.5))
    assert screen.text(".bc-contrast output") == "5.5"
    assert (screen.sent, screen.saved) == (sent, saved)


def test_the_slider_is_stored_when_it_is_let_go_and_gives_the_keys_back(screen):
    page = screen.page
    box = page.locator("input[type=range]").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, middle, steps=5)
    assert screen.saved == 0
    page.mouse.up()
    screen.wait("model.saved === 1 && model.get('contrast') > 5")
    assert page.evaluate("() => document.activeElement === root()")
    page.keyboard.press("ArrowRight")
    assert screen.call == "1"


def test_arrows_in_the_focused_slider_move_the_slider(screen):
    screen.page.focus("input[type=range]")
    screen.page.keyboard.press("ArrowRight")
    assert (screen.call, screen.text(".bc-contrast output")) == ("0", "4.1")
    screen.wait("model.saved === 1 && model.get('contrast') === 4.1")
    assert screen.page.evaluate("() => document.activeElement.type") == "range"


def test_the_colour_map_goes_round_by_key(screen):
    before = screen.pixels()
    screen.page.keyboard.press("Shift+C")
    assert screen.page.evaluate("() => model.get('cmap')") == "magma"
    assert screen.page.locator("select[aria-label='Colour map']").input_value() == "magma"
    assert np.abs(screen.pixels() - before).mean() > 5


def test_the_toolbar_steps_and_gives_the_keys_back(screen):
    page = screen.page
    page.get_by_role("button", name="Next call").click()
    assert (screen.call, page.evaluate("() => document.activeElement === root()")) == ("1", True)
    page.get_by_role("button", name="Overview").click()
    assert screen.sent[-1] == {"type": "need", "transform": TOKEN, "call": 1, "channel": 0, "overview": True}
    assert page.get_by_role("button", name="Overview").get_attribute("aria-pressed") == "true"
    page.keyboard.press("o")
    assert (screen.state, screen.digest) == ("shown", "digest-1")


def test_the_channel_is_offered_where_there_are_several(page, address):
    screen = show(page, address, channels=2)
    choice = page.get_by_label("Channel")
    assert choice.locator("option").all_inner_texts() == ["channel 1", "channel 2"]
    choice.select_option("1")
    assert screen.sent[-1] == {"type": "need", "transform": TOKEN, "call": 0, "channel": 1, "overview": False}
    assert page.evaluate("() => model.get('channel')") == 1
    page.evaluate("() => model.set('channels', 1)")
    assert not choice.is_visible()


def test_a_held_key_steps_every_time_and_stops_at_the_last_call(screen):
    for call in (2, 3, 4):
        screen.send(call)
    calls = screen.page.evaluate(
        "() => Array.from({ length: 6 }, () => { press('ArrowRight', { repeat: true }); return root().dataset.call; })"
    )
    assert calls == ["1", "2", "3", "4", "4", "4"]
    assert (screen.state, screen.text(".bc-hint")) == ("shown", "last call")


def test_keys_that_are_ours_go_no_further(screen):
    answer = screen.page.evaluate(
        """() => {
          const seen = [];
          document.addEventListener("keydown", (event) => seen.push(event.key));
          // false when the default was prevented
          const passed = [press("ArrowRight"), press("x"), press("e", { ctrlKey: true }), press("o", { repeat: true })];
          return [...passed, seen];
        }"""
    )
    assert answer == [False, True, True, False, ["x", "e"]]
    screen.wait("model.get('call') === 1")
    assert (screen.call, screen.page.evaluate("() => model.get('overview')")) == ("1", False)


def test_the_list_of_keys_opens_and_escape_closes_it_before_it_leaves(screen):
    page = screen.page
    panel = page.get_by_role("dialog", name="Keys")
    page.keyboard.press("?")
    assert panel.is_visible()
    page.keyboard.press("Escape")
    assert not panel.is_visible()
    assert page.evaluate("() => document.activeElement === root()")
    page.keyboard.press("Escape")
    assert page.evaluate("() => document.activeElement.className") == "jp-Cell"
    page.locator(".bc-cursor").click(position={"x": 300, "y": 200})
    assert page.evaluate("() => document.activeElement === root()")


def test_the_kernel_can_move_it_and_is_not_answered(screen):
    screen.page.evaluate("() => model.set('call', 1)")
    assert (screen.call, screen.state, screen.saved) == ("1", "shown", 0)
    screen.page.evaluate("() => model.set('call', 3)")
    assert (screen.call, screen.state, screen.saved) == ("3", "waiting", 0)
    assert screen.sent[-1] == {"type": "need", "transform": TOKEN, "call": 3, "channel": 0, "overview": False}


def test_the_read_out_follows_the_pointer_and_repaints_no_picture(screen):
    page, plot = screen.page, screen.plot_rectangle
    levels = noise(0)
    page.evaluate(
        """() => {
          const context = root().querySelector(".bc-picture").getContext("2d");
          window.painted = 0;
          const { drawImage } = context;
          context.drawImage = (...all) => { window.painted += 1; drawImage.apply(context, all); };
        }"""
    )
    box = page.locator(".bc-cursor").bounding_box()
    x, y = plot["width"] * 0.255, plot["height"] * (1 - 10.5 / 33)  # column 25, the centre of bin 10
    page.mouse.move(box["x"] + plot["x"] + x, box["y"] + plot["y"] + y)
    level = levels[33 - 1 - 10, 25]
    assert page.locator(".bc-field").nth(0).inner_text().split() == ["10.00", "kHz"]
    db = -127.5 + 0.5 * level
    assert page.locator(".bc-field").nth(2).inner_text().split() == [f"{db:.1f}".replace("-", "\N{MINUS SIGN}"), "dBFS"]
    assert page.evaluate("() => window.painted") == 0
    page.mouse.move(0, 0)
    assert page.locator(".bc-readout").evaluate("(node) => getComputedStyle(node).visibility") == "hidden"


def test_the_marks_show_the_call(page, address):
    screen = show(page, address, cmap="gray")
    levels = np.zeros((33, 100), np.uint8)
    screen.send(0, levels, onset=10.002, offset=10.006)
    screen.tell([10.002, 10.008], [10.006, 10.009])
    screen.wait("root().dataset.state === 'shown'")
    light = screen.pixels()[..., 0].mean(axis=0)
    width = screen.plot_rectangle["width"]
    marks = [(time - 10.0 + 0.00005) / 0.01 * width for time in (0.002 + 10, 10.006, 10.008, 10.009)]
    bright = np.flatnonzero(light > 10)
    assert len(bright) == 4
    np.testing.assert_allclose(bright, marks, atol=1)
    assert light[bright[:2]].min() > 1.5 * light[bright[2:]].max(), "the other call's are fainter"


BOXES = """() => {
  const leaves = [...root().querySelectorAll(
    ".bc-title, .bc-counter, .bc-label, .bc-name, .bc-fact, .bc-notice, .bc-stage, .bc-field, .bc-hint," +
    " button, select, input, output"
  )].filter((node) => node.checkVisibility() && !node.closest(".bc-message"));
  const box = (node) => {
    const { left, top, right, bottom } = node.getBoundingClientRect();
    return [node.className || node.tagName, left, top, right, bottom, node.scrollWidth - node.clientWidth];
  };
  return [box(root()), ...leaves.map(box)];
}"""


@pytest.mark.parametrize("panels", [False, True])
@pytest.mark.parametrize("width", [600, 700, 1400, 2000])
def test_nothing_overlaps_at_any_width(page, address, width, panels):
    page.set_viewport_size({"width": width, "height": 900})
    screen = show(
        page,
        address,
        call=12_344,
        count=12_345,
        channels=4,
        notice="The file is cut short: " * 8,
        title="a_very_long_name_of_a_recording_" * 8 + ".wav",
        heterodyne=40_000 if panels else 0,
        expansion=1 if panels else 10,
        mapping="range" if panels else "contrast",
        markers=[[0.001, 10_000.0], [0.005, 20_000.0]] if panels else [],
        **dict.fromkeys(("waveform", "spectrum", "filmstrip"), panels),
    )
    screen.send(
        12_344, label="a label that somebody made far too long " * 3, t0=3590.0, onset=3590.002, offset=3590.006
    )
    screen.wait("root().dataset.state === 'shown'")
    if panels:
        screen.tell([3590.002], [3590.006], first=12_344, duration=3600.0, title="another_very_long_name_" * 9)
    box = page.locator(".bc-cursor").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    (_, *outer, _), *boxes = page.evaluate(BOXES)
    assert outer[2] - outer[0] == width
    assert len(boxes) > 20
    for name, left, top, right, bottom, _ in boxes:
        assert left >= outer[0] and top >= outer[1] and right <= outer[2] and bottom <= outer[3], name
    for index, one in enumerate(boxes):
        for other in boxes[index + 1 :]:
            # Buttons of one group share the pixel of their border.
            across = min(one[3], other[3]) - max(one[1], other[1])
            apart = across <= 1 or min(one[4], other[4]) <= max(one[2], other[2])
            assert apart, f"{one[0]} overlaps {other[0]} at {width} px"
    clipped = [name for name, *_, beyond in boxes if beyond > 0 and name not in ("bc-title", "bc-label")]
    assert clipped == []
    plot = screen.plot_rectangle
    beside = 112 if panels else 0
    assert (plot["x"] + plot["width"], plot["height"]) == (pytest.approx(width - 30 - 66 - beside), 420 - 66)


@pytest.mark.parametrize(("scale", "unit"), [("linear", "dB"), ("pcen", "PCEN")])
def test_the_level_between_two_markers_is_in_the_pictures_unit(page, address, scale, unit):
    screen = show(page, address, markers=[[0.001, 1e4], [0.002, 2e4]])
    screen.send(0, onset=10.001, offset=10.005, scale=scale)
    assert screen.text(".bc-difference span:last-child").endswith(f" {unit}")


@pytest.mark.parametrize("dark", [False, True])
def test_every_control_has_a_name_and_its_text_can_be_read(page, address, dark):
    panels = dict.fromkeys(("waveform", "spectrum", "filmstrip"), True)
    screen = show(page, address, channels=2, markers=[[0.001, 1e4], [0.002, 2e4]], **panels)
    if dark:
        theme = {"layout-color1": "#111111", "layout-color2": "#424242", "ui-font-color1": "rgb(255, 255, 255)",
                 "ui-font-color2": "rgba(255, 255, 255, 0.7)", "border-color1": "#616161"}  # fmt: skip
        page.evaluate(
            "(theme) => Object.entries(theme).forEach(([k, v]) => document.body.style.setProperty(`--jp-${k}`, v))",
            theme,
        )
    screen.send(0, onset=10.001, offset=10.004)
    screen.tell([10.001, 10.1], [10.004, 10.104])
    screen.wait("root().dataset.state === 'shown'")
    controls = page.locator(".battycoda-explorer").evaluate(
        """(root) => [...root.querySelectorAll("button, select, input, [tabindex='0'], [role=slider]")]
          .filter((node) => node.checkVisibility())
          .map((node) => [node.tagName, ...["role", "aria-label"].map((name) => node.getAttribute(name)),
            node.textContent])"""
    )
    assert len(controls) > 25
    for tag, role, label, text in controls:
        assert label or (tag == "BUTTON" and text.strip()), (tag, role, text)
    ratios = page.evaluate(CONTRAST)
    assert len(ratios) > 20
    assert {text: ratio for text, ratio in ratios if ratio < 4.5} == {}


# How much lighter or darker each text is than what lies behind it, as WCAG reckons it.
CONTRAST = """() => {
  const rgba = (text) => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
  const over = (top, below) => below.map((value, k) => (k < 3 ? top[k] * top[3] + value * (1 - top[3]) : 1));
  const behind = (node) => {
    const own = getComputedStyle(node).backgroundColor;
    const below = node === document.body ? [255, 255, 255, 1] : behind(node.parentElement);
    const srgb = own.startsWith("color(srgb") ? rgba(own).map((v, k) => (k < 3 ? v * 255 : v)) : rgba(own);
    return over(srgb, below);
  };
  const linear = (value) => (value <= 10.31 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const leaves = [...root().querySelectorAll("*")].filter((node) => node.checkVisibility()
    && !node.closest("[aria-disabled=true], .bc-message, .bc-stage, option")
    && [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim()));
  return leaves.map((node) => {
    const below = behind(node);
    const [one, other] = [over(rgba(getComputedStyle(node).color), below), below].map(luminance);
    return [node.textContent, (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)];
  });
}"""


def test_a_new_size_is_painted_again(screen):
    screen.page.set_viewport_size({"width": 800, "height": 700})
    screen.wait("JSON.parse(root().dataset.plot).width === 800 - 30 - 54 - 66")
    assert_same_picture(screen.pixels(), expected_pixels(noise(0), screen))


def test_it_is_crisp_on_a_fine_screen(browser, address):
    context = browser.new_context(viewport={"width": 900, "height": 700}, device_scale_factor=2)
    page = context.new_page()
    screen = show(page, address)
    screen.send(0)
    sizes = page.evaluate(
        "() => [...document.querySelectorAll('.bc-stage canvas')].map((c) => [c.width / c.clientWidth, c.height / 420])"
    )
    assert sizes == [[2, 2], [2, 2]]
    context.close()


RED_AXIS = """(() => {
  const { data } = root().querySelector(".bc-picture").getContext("2d").getImageData(0, 0, 54, 400);
  return data.some((v, k) => k % 4 === 0 && v > 200 && data[k + 1] < 50 && data[k + 3] > 100);
})()"""
RED_THEME = "() => document.body.style.setProperty('--jp-ui-font-color1', 'rgb(255, 0, 0)')"


def test_a_change_of_theme_is_painted_without_a_step(screen):
    """JupyterLab cancels the transition that tells us of it, so its end must not be needed."""
    assert not screen.page.evaluate(RED_AXIS)
    screen.page.evaluate("() => { root().style.transition = 'color 1000s'; }")
    screen.page.evaluate(RED_THEME)
    screen.wait(RED_AXIS)


def test_a_change_of_theme_behind_another_tab_is_painted_too(screen):
    screen.page.evaluate("() => { document.querySelector('.jp-Cell').style.display = 'none'; }")
    screen.wait("JSON.parse(root().dataset.plot).width === 1")
    screen.page.evaluate(RED_THEME)
    screen.page.evaluate("() => { document.querySelector('.jp-Cell').style.display = ''; }")
    screen.wait(RED_AXIS)


def test_two_displays_share_what_they_hold(page, address):
    screen = show(page, address, displays=2)
    screen.send(0)
    screen.send(1)
    states = "[...document.querySelectorAll('.battycoda-explorer')].map((n) => n.dataset.call + n.dataset.state)"
    screen.wait(f"{states}.join() === '0shown,0shown'")
    assert [message["type"] for message in screen.sent] == ["ready", "need"]
    page.evaluate("() => press('ArrowRight')")
    assert page.evaluate(f"() => {states}") == ["1shown", "1shown"]
    np.testing.assert_array_equal(screen.pixels(0), screen.pixels(1))
    page.evaluate("() => ends[0]()")
    assert page.evaluate(f"() => {states}") == ["1shown"]
    page.evaluate("() => press('ArrowLeft')")
    assert page.evaluate(f"() => {states}") == ["0shown"]
    page.evaluate("() => { ends[1](); endSession(); }")
    assert page.evaluate("() => [model.listening(), document.querySelectorAll('canvas').length]") == [0, 0]


def test_a_picture_that_was_pushed_out_is_asked_for_again(page, address):
    large = np.zeros((6000, 4000), np.uint8)  # 24 MB each: two fit, three do not
    screen = show(page, address)
    for call in range(3):
        screen.send(call, large)
        page.evaluate("(call) => model.set('call', call)", call)
        screen.wait(f"root().dataset.call === '{call}' && root().dataset.state === 'shown'")
    for call, state in ((2, "shown"), (1, "shown"), (0, "waiting")):
        page.evaluate("(call) => model.set('call', call)", call)
        assert (screen.call, screen.state) == (str(call), state)
    assert screen.sent[-1] == {"type": "need", "transform": TOKEN, "call": 0, "channel": 0, "overview": False}


def test_the_later_of_two_messages_wins(screen):
    """Unpacking the first is held up until the second has been shown."""
    screen.page.evaluate(
        """() => {
          const { stream } = Blob.prototype;
          const gate = new Promise((resolve) => { window.release = resolve; });
          Blob.prototype.stream = function () {
            Blob.prototype.stream = stream;
            const hold = { transform: async (chunk, out) => { await gate; out.enqueue(chunk); } };
            return stream.call(this).pipeThrough(new TransformStream(hold));
          };
        }"""
    )
    message = {"type": "picture", "call": 0, "channel": 0, "overview": False, "transform": TOKEN, "digest": "old"}
    message["meta"] = meta_of(noise(6))
    fire = "([message, data]) => model.fire('msg:custom', message, [bytes(data)])"
    screen.page.evaluate(fire, [message, b64(png(noise(6)))])
    screen.send(0, noise(7), digest="new")
    assert screen.digest == "new"
    screen.page.evaluate("() => release()")
    screen.send(1)
    screen.send(1)  # by now the first has long been unpacked
    assert screen.digest == "new"


def test_the_bundle_that_anywidget_gets_works_as_the_modules_do(page, address):
    from battycoda_nb.widgets.bundle import load_front_end
    from battycoda_nb.widgets.explorer.view import ENTRY

    screen = show(page, address, bundle=load_front_end(ENTRY))
    screen.send(0)
    screen.wait("root().dataset.state === 'shown'")
    assert_same_picture(screen.pixels(), expected_pixels(noise(0), screen))
