"""Zooming, panning, closer pictures, the look and the keys of the screen, over a model in the page."""

import numpy as np
import pytest
from front_end import (
    STATE,
    TOKEN,
    assert_same_picture,
    b64,
    cmap_of,
    enlarge,
    expected_pixels,
    meta_of,
    noise,
    png,
    show,
)  # fmt: skip

SHAPE = (33, 100)  # meta_of: 0.1 ms a column from 10 s on, 1 kHz a row
LEFT, RIGHT = 10.0 - 0.00005, 10.01 - 0.00005


@pytest.fixture
def zoomable(page, address):
    """Call 0 of 5 at 10.002 to 10.006 s, with its recording's facts, in grey by the dB range."""
    screen = show(page, address, cmap="gray", mapping="range")
    for call in range(3):
        screen.send(call, noise(call, SHAPE), onset=10.002, offset=10.006)
    onsets = 10.002 + 0.1 * np.arange(5)
    screen.tell(onsets, onsets + 0.004)
    screen.wait("root().dataset.state === 'shown'")
    page.focus(".battycoda-explorer")
    return screen


def point(screen, across, up):
    """Where a share of the plot lies on the page."""
    box, plot = screen.page.locator(".bc-cursor").bounding_box(), screen.plot_rectangle
    return box["x"] + plot["x"] + across * plot["width"], box["y"] + plot["y"] + (1 - up) * plot["height"]


def asked(screen, kind):
    return [message for message in screen.sent if message["type"] == kind]


def answer(screen, message):
    """Say something to the front end, and let it come to rest."""
    script = "(message) => { model.fire('msg:custom', message, []); return new Promise((rest) => setTimeout(rest)); }"
    screen.page.evaluate(script, message)


def zoom_in(screen):
    """Show a part of the picture, as a key does."""
    screen.page.locator(".battycoda-explorer").focus()
    screen.page.keyboard.press("+")
    screen.page.keyboard.press("+")


def close_up(screen, levels, message, t0, dt, digest="closer"):
    """Answer a message of type "close"."""
    answer = {**message, "type": "close", "digest": digest, "meta": meta_of(levels, t0=t0, dt=dt)}
    script = "([answer, data]) => model.fire('msg:custom', answer, [bytes(data)])"
    screen.page.evaluate(script, [answer, b64(png(levels))])
    screen.wait("root().dataset.close === 'shown'")


def grey(levels, low=-90.0, high=-10.0):
    """Grey values of levels in the range that STATE asks for: -80 to 0 dB re the reference of -10."""
    return 255 * np.clip((-127.5 + 0.5 * levels.astype(float) - low) / (high - low), 0, 1)


def part(screen, levels, columns, rows):
    """What the plot shows of some columns and rows (from the top), which may be fractions of one [shape=(h, w)]."""
    width, height = screen_size(screen)
    wide = round(width * levels.shape[1] / (columns[1] - columns[0]))
    high = round(height * levels.shape[0] / (rows[1] - rows[0]))
    whole = enlarge(np.repeat(grey(levels)[..., None], 3, axis=2), wide, high)[..., 0]
    left, top = round(columns[0] / levels.shape[1] * wide), round(rows[0] / levels.shape[0] * high)
    return whole[top : top + height, left : left + width]


def likeness(seen, expected):
    """Correlation, less the columns with the call's marks."""
    plain = np.abs(seen.mean(axis=0) - expected.mean(axis=0)) < 30
    return np.corrcoef(seen[:, plain].ravel(), expected[:, plain].ravel())[0, 1]


def times(screen):
    screen.wait("JSON.stringify(model.get('times')) !== window.lastTimes")
    return screen.page.evaluate(
        "() => { window.lastTimes = JSON.stringify(model.get('times')); return model.get('times'); }"
    )


def test_the_wheel_enlarges_at_once_about_the_pointer_and_a_closer_picture_follows(zoomable):
    screen, page = zoomable, zoomable.page
    page.evaluate("() => { window.lastTimes = 'null'; }")
    page.mouse.move(*point(screen, 0.5, 0.5))
    page.mouse.wheel(0, -600)
    start, stop = times(screen)
    assert start + stop == pytest.approx(LEFT + RIGHT - 2 * 10.002, abs=1e-4), "the middle stays where it was"
    assert stop - start == pytest.approx((RIGHT - LEFT) / np.exp(0.96), rel=0.02)
    wanted = (np.array([start, stop]) + 10.002 - LEFT) / (RIGHT - LEFT) * 100
    seen = screen.pixels()[..., 0]
    assert likeness(seen, part(screen, noise(0, SHAPE), wanted, (0, 33))) > 0.97
    [message] = asked(screen, "close")
    assert (message["call"], message["channel"], message["transform"], message["ahead"]) == (0, 0, TOKEN, False)
    assert message["start"] <= start + 10.002 and message["stop"] >= stop + 10.002
    finer = noise(9, (65, 400))
    dt = (message["stop"] - message["start"]) / 400
    close_up(screen, finer, message, message["start"] + dt / 2, dt)
    assert np.abs(screen.pixels()[..., 0] - seen).mean() > 20, "other pixels than those that were enlarged"
    ahead = [one for one in asked(screen, "close") if one["ahead"]]
    assert [one["call"] for one in ahead] == [1], "the next call in the same zoom; there is none before"


def screen_size(screen):
    plot = screen.plot_rectangle
    return plot["width"], plot["height"]


def test_without_the_focus_the_wheel_is_the_pages(zoomable):
    page = zoomable.page
    page.evaluate("() => document.activeElement.blur()")
    page.mouse.move(*point(zoomable, 0.5, 0.5))
    page.mouse.wheel(0, -600)
    page.keyboard.press("Tab")  # a task later
    assert page.evaluate("() => model.get('times')") is None


def test_keys_zoom_pan_go_back_and_reset(zoomable):
    screen, page = zoomable, zoomable.page
    page.mouse.move(0, 0)
    page.evaluate("() => { window.lastTimes = 'null'; }")
    page.keyboard.press("+")
    start, stop = times(screen)
    assert stop - start == pytest.approx((RIGHT - LEFT) / 1.5)
    page.keyboard.press("Shift+ArrowRight")
    panned = times(screen)
    assert panned == [pytest.approx(start + 0.2 * (stop - start)), pytest.approx(stop + 0.2 * (stop - start))]
    page.keyboard.press("-")
    wider = times(screen)
    assert wider[1] - wider[0] == pytest.approx(RIGHT - LEFT)
    page.keyboard.press("0")
    assert times(screen) is None
    page.wait_for_function("() => performance.now() > 0")
    page.keyboard.press("b")
    assert times(screen) is not None, "back to a view before"


def test_a_box_zooms_into_what_it_holds(zoomable):
    screen, page = zoomable, zoomable.page
    page.evaluate("() => { window.lastTimes = 'null'; }")
    page.keyboard.press("z")
    page.mouse.move(*point(screen, 0.25, 0.75))
    page.mouse.down()
    page.mouse.move(*point(screen, 0.75, 0.25), steps=4)
    assert page.locator(".bc-box").is_visible()
    page.mouse.up()
    start, stop = times(screen)
    width = RIGHT - LEFT
    assert (start, stop) == (
        pytest.approx(LEFT + width / 4 - 10.002, abs=width / 300),
        pytest.approx(LEFT + 0.75 * width - 10.002, abs=width / 300),
    )
    low, high = page.evaluate("() => model.get('frequencies')")
    assert (low, high) == (pytest.approx(-500 + 33_000 / 4, abs=200), pytest.approx(-500 + 33_000 * 0.75, abs=200))
    assert not page.locator(".bc-box").is_visible()


def test_dragging_moves_what_is_under_the_pointer_with_it(zoomable):
    screen, page = zoomable, zoomable.page
    page.evaluate(
        """() => {
            window.lastTimes = 'null';
            const send = model.send;
            let moved = -Infinity;
            window.rests = []; // ms from the last move of the pointer to each request for a closer picture
            addEventListener("pointermove", () => { moved = performance.now(); }, { capture: true });
            model.send = (message) => {
                if (message.type === "close") window.rests.push(performance.now() - moved);
                send(message);
            };
        }"""
    )
    page.mouse.move(*point(screen, 0.6, 0.5))
    page.mouse.down()
    page.mouse.move(*point(screen, 0.1, 0.5), steps=5)
    page.mouse.up()
    start, stop = times(screen)
    width = RIGHT - LEFT
    assert start == pytest.approx(LEFT + width / 2 - 10.002, abs=width / 200)
    assert stop - start == pytest.approx(width)
    screen.wait("model.sent.some((message) => message.type === 'close')")
    assert min(page.evaluate("() => window.rests")) > 75, "asked while the pointer was moving"


def test_zoom_and_limits_stay_when_stepping(zoomable):
    screen, page = zoomable, zoomable.page
    page.evaluate("() => { model.set('times', [0, 0.002]); model.set('frequencies', [10000, 20000]); }")
    before = screen.pixels()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("() => [model.get('times'), model.get('frequencies')]") == [[0, 0.002], [10000, 20000]]
    after = screen.pixels()
    assert np.abs(after - before).mean() > 5, "the next call"
    assert likeness(after[..., 0], part(screen, noise(1, SHAPE), (20.5, 40.5), (12.5, 22.5))) > 0.97


def test_the_overview_frames_the_detail(page, address):
    screen = show(page, address, overview=True, cmap="gray")
    screen.send(0, np.zeros((33, 1000), np.uint8), overview=True, onset=10.045, offset=10.055)
    screen.tell([10.045], [10.055])
    screen.wait("root().dataset.state === 'shown'")
    light = screen.pixels()[..., 0]
    middle = light[light.shape[0] // 2 - 40 : light.shape[0] // 2 + 40].mean(axis=0)
    width = screen.plot_rectangle["width"]
    found = np.flatnonzero(middle > 20)
    places = [(time - 10.0 + 0.00005) / 0.1 * width for time in (10.035, 10.045, 10.055, 10.065)]
    for place in places:
        assert np.abs(found - place).min() <= 1.5, "the detail's edges are 10 ms outside of the call's"


def test_the_grid_lies_at_the_ticks(zoomable):
    before = zoomable.pixels()
    zoomable.page.keyboard.press("g")
    assert zoomable.page.evaluate("() => model.get('grid')") is True
    changed = np.abs(zoomable.pixels() - before).sum(axis=2) > 0
    plot = zoomable.plot_rectangle
    rows = np.flatnonzero(changed.mean(axis=1) > 0.5)
    kilohertz = (plot["height"] - rows - 0.5) / plot["height"] * 33 - 0.5
    assert len(rows) >= 4
    np.testing.assert_allclose(kilohertz % 5 % 5, np.round(kilohertz / 5) * 5 % 5, atol=5)
    assert np.abs(kilohertz - 5 * np.round(kilohertz / 5)).max() < 0.1


def test_the_range_recolours_every_call_alike_and_sends_nothing(zoomable):
    screen, page = zoomable, zoomable.page
    sent, saved = screen.sent, screen.saved
    page.get_by_role("slider", name="Brightest level (dBFS)").focus()
    for _ in range(3):
        page.keyboard.press("PageDown")
    expected = enlarge(np.repeat(grey(noise(0, SHAPE), -90, -40)[..., None], 3, axis=2), *screen_size(screen))
    difference = np.abs(screen.pixels() - expected)
    assert np.percentile(difference, 95) <= 8
    assert screen.sent == sent
    screen.wait(f"model.saved > {saved} && model.get('high') === -30")


def test_a_closer_picture_that_failed_is_asked_for_again_when_workers_are_back(zoomable):
    """Once the kernel says that it may be asked for again; what was only dropped waits for the next move."""
    screen = zoomable
    zoom_in(screen)
    screen.wait("model.sent.some((message) => message.type === 'close')")
    [message] = asked(screen, "close")
    answer(screen, {**message, "failed": "No worker has been heard of lately"})
    screen.wait("root().dataset.close === 'failed'")
    answer(screen, {**message, "dropped": True})
    screen.wait("root().dataset.close === 'waiting'")
    assert asked(screen, "close") == [message, message]
    answer(screen, {**message, "dropped": True})
    assert asked(screen, "close") == [message, message]


def test_a_strip_that_failed_is_asked_for_again_when_workers_are_back(zoomable):
    screen = zoomable
    [strip] = asked(screen, "strip")
    name = {"type": "strip", "file": strip["file"], "channel": strip["channel"]}
    answer(screen, {**name, "failed": "No worker has been heard of lately"})
    answer(screen, {**name, "dropped": True})
    assert asked(screen, "strip") == [strip, strip]
    answer(screen, {**name, "dropped": True})
    assert asked(screen, "strip") == [strip, strip]


@pytest.mark.parametrize("name", ["viridis", "gray_r"])
def test_a_map_is_shown_from_end_to_end_of_the_range(page, address, name):
    screen = show(page, address, cmap=name, mapping="range")
    levels = np.tile(np.arange(0, 256, 2, np.uint8), (8, 1))
    screen.send(0, levels)
    screen.wait("root().dataset.state === 'shown'")
    row = screen.pixels()[4]
    np.testing.assert_allclose(row[2], cmap_of(name)[0], atol=3)
    np.testing.assert_allclose(row[-3], cmap_of(name)[255], atol=3)


def test_a_preset_asks_for_what_is_on_the_screen_and_back_again_asks_nothing(zoomable):
    screen, page = zoomable, zoomable.page
    choice = page.get_by_label("Preset of the transform")
    choice.select_option("bat 2 ms")
    token = "hann 2.000 0.750 linear"
    assert screen.sent[-1] == {"type": "need", "call": 0, "channel": 0, "overview": False, "transform": token}
    assert page.evaluate("() => [model.get('window'), model.get('window_length'), model.get('overlap')]") == [
        "hann", 2, 0.75,
    ]  # fmt: skip
    assert screen.state == "waiting"
    screen.send(0, noise(7, (65, 50)), transform=token, digest="two ms")
    assert (screen.state, screen.digest) == ("shown", "two ms")
    page.get_by_label("Window length (ms)").fill("1.5")
    page.get_by_label("Window length (ms)").press("Tab")
    assert choice.input_value() == "custom"
    sent = len(screen.sent)
    choice.select_option("battycoda")
    assert (screen.state, screen.digest) == ("shown", "digest-0")
    assert [message["type"] for message in screen.sent[sent:]] == []


def test_keys_are_as_the_user_wants_them(page, address):
    screen = show(page, address, bindings={"next": ["n"], "previous": []}, label_keys={"m": "Myotis", "x": "Noise"})
    screen.send(0)
    screen.tell([10.0, 10.1, 10.2], [10.004, 10.104, 10.204])
    page.focus(".battycoda-explorer")
    page.keyboard.press("n")
    assert screen.call == "1"
    for key in ("ArrowRight", "ArrowLeft", "q"):
        page.keyboard.press(key)
    assert screen.call == "1"
    page.keyboard.press("m")
    message = {"type": "judge", "action": "label", "call": 1, "label": "Myotis"}
    assert message in screen.sent
    assert screen.call == "2", "a label moves on"
    page.keyboard.press("Delete")
    page.keyboard.press("Control+z")
    assert [message["action"] for message in asked(screen, "judge")] == ["label", "remove", "undo"]
    labels = {"type": "labels", "entries": [[1, "Myotis", "labelled"]], "labelled": 1 / 3, "call": 1, "problem": ""}
    page.evaluate("(labels) => model.fire('msg:custom', labels, [])", labels)
    assert (screen.text(".bc-label"), screen.text(".bc-counter")) == ("Myotis", "call 2 of 5, 33 % labelled")
    page.keyboard.press("?")
    rows = page.locator(".bc-key-row").all_inner_texts()
    assert any("label: Myotis" in row for row in rows) and not any("previous call" in row for row in rows)


def test_what_belongs_to_jupyterlab_with_ctrl_held_stays_with_it(zoomable):
    answer = zoomable.page.evaluate(
        """() => {
          const claimed = () => "lmSuppressShortcuts" in root().dataset;
          const seen = [];
          const look = (event) => seen.push([event.key, claimed()]);
          document.addEventListener("keydown", look, true);
          for (const key of ["Control", "s", "z"]) press(key, { ctrlKey: true });
          return seen;
        }"""
    )
    assert answer == [["Control", False], ["s", False], ["z", True]]


def test_the_counter_speaks_of_windows_where_there_are_no_calls(page, address):
    screen = show(page, address, unit="window")
    screen.send(0, onset=0.0, offset=1.0)
    screen.tell([0.0, 1.0, 2.0], [1.0, 2.0, 3.0], unit="window", padding=[0, 1])
    assert screen.text(".bc-counter") == "window 1 of 5"
    assert page.get_by_role("button", name="Next window").is_visible()


def test_nothing_of_the_state_is_missing_in_the_harness():
    from battycoda_nb.widgets.explorer.view import SpectrogramView

    ours = {name for name in SpectrogramView().get_state() if not name.startswith("_")}
    assert ours - {"layout", "tabbable", "tooltip"} == set(STATE)


def test_markers_measure_and_are_stored_when_let_go(zoomable):
    screen, page = zoomable, zoomable.page
    page.keyboard.press("Shift+M")
    assert len(page.evaluate("() => model.get('markers')")) == 2
    handle = page.get_by_role("slider", name="Marker A")
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = page.evaluate("() => model.get('markers')[0][0]")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 0.1 * screen.plot_rectangle["width"], y, steps=4)
    page.mouse.up()
    after = page.evaluate("() => model.get('markers')[0][0]")
    assert after - before == pytest.approx(0.001, abs=2e-5), "a tenth of 10 ms"
    assert page.locator(".bc-difference").is_visible()
    page.keyboard.press("Shift+M")
    assert page.evaluate("() => model.get('markers')") == []
    assert not page.locator(".bc-difference").is_visible()


def test_pixels_are_as_before_where_nothing_is_zoomed(screen):
    assert_same_picture(screen.pixels(), expected_pixels(noise(0), screen))


def test_a_drag_along_the_strip_asks_for_where_it_ends_only(page, address):
    screen = show(page, address, count=50)
    onsets = 1.0 + np.arange(50)
    screen.send(0, onset=1.0, offset=1.004, t0=0.99)
    screen.tell(onsets, onsets + 0.004)
    screen.wait("root().dataset.state === 'shown'")
    box = page.locator(".bc-strip").bounding_box()
    sent, y = len(screen.sent), box["y"] + 25
    page.mouse.move(box["x"] + box["width"] * 5.002 / 60, y)
    page.mouse.down()
    for second in range(6, 30):
        page.mouse.move(box["x"] + box["width"] * (second + 0.002) / 60, y)
    page.mouse.up()
    screen.wait("model.get('call') === 28")
    asked = [message["call"] for message in screen.sent[sent:] if message["type"] == "need"]
    assert set(asked) == {4, 28}, "where it began and where it ended"


def test_enter_takes_what_was_typed_and_shows_what_is_used(zoomable):
    screen, page = zoomable, zoomable.page
    field = page.get_by_label("Overlap (%)")
    field.click()
    field.fill("130")
    page.keyboard.press("Enter")
    assert screen.sent[-1]["transform"] == "tukey 0.000 0.980 linear"
    assert field.input_value() == "98"
    assert page.evaluate("() => document.activeElement === root()")


def test_a_suggested_label_looks_unlike_ones_own(zoomable):
    page = zoomable.page
    zoomable.send(0, noise(0, SHAPE), onset=10.002, offset=10.006, label="FM")
    chip = page.locator(".bc-label")
    assert (chip.inner_text(), chip.get_attribute("data-state")) == ("FM", "suggested")
    dashed = chip.evaluate("(node) => getComputedStyle(node).borderStyle")
    labels = {"type": "labels", "entries": [[0, "FM", "accepted"]], "labelled": 0.2, "call": None, "problem": ""}
    page.evaluate("(labels) => model.fire('msg:custom', labels, [])", labels)
    assert dashed == "dashed" != chip.evaluate("(node) => getComputedStyle(node).borderStyle")
    assert "accepted by you" in chip.get_attribute("title")
