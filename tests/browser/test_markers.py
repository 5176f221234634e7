"""The two markers: dragged by a real pointer, moved by keys, and what they say lies between them."""

import pytest
from stage import open_stage

# A picture of 500 x 250 CSS pixels at (54, 26) of the stage: 20 us and 0.4 kHz a pixel; its left edge is 2 ms before
# the onset. The level read is the time in ms.
OPEN = """async (markers) => {
  const { Markers } = await import(address + "widgets/explorer/controls/markers.js");
  const stage = document.querySelector(".bc-stage");
  stage.addEventListener("pointerdown", (event) => clicks.push(event.target.className));
  document.addEventListener("keydown", (event) => keys.push(event.key));
  Object.assign(window, { clicks: [], keys: [], told: [], frames: 0 });
  window.view = {
    plot: { x: 54, y: 26, width: 500, height: 250 },
    place: ([seconds, hertz]) => [54 + (seconds + 0.002) / 20e-6, 276 - hertz / 400],
    unplace: ([x, y]) => [(x - 54) * 20e-6 - 0.002, (276 - y) * 400],
  };
  window.markers = new Markers({
    moved: (markers, { final }) => told.push({ markers, final }),
    read: ([seconds]) => seconds * 1000,
  });
  stage.append(window.markers.node, window.markers.readout);
  window.markers.show({ markers, ...view, onset: 5, theme });
}"""
PLACES = [[0.001, 60_000], [0.0052, 47_700]]  # at (204, 126) and (414, 156.75) of the stage
FRAME = "() => new Promise((resolve) => requestAnimationFrame(resolve))"


@pytest.fixture
def stage(page, address):
    open_stage(page, address)
    page.evaluate("() => { window.clicks = []; window.keys = []; }")
    page.evaluate(OPEN, PLACES)
    return page


def marker(page, name):
    return page.get_by_role("slider", name=f"Marker {name}")


def middle(page, name):
    box = marker(page, name).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, name, across, down, *, off=(0, 0)):
    x, y = middle(page, name)
    page.mouse.move(x + off[0], y + off[1])
    page.mouse.down()
    page.mouse.move(x + off[0] + across / 2, y + off[1] + down / 2)
    page.evaluate(FRAME)
    page.mouse.move(x + off[0] + across, y + off[1] + down)


def test_they_stand_where_they_were_put_and_say_so(stage):
    box = stage.locator(".bc-stage").bounding_box()
    x, y = middle(stage, "A")
    assert (x - box["x"], y - box["y"]) == pytest.approx((204.5, 126.5), abs=0.6)
    assert marker(stage, "A").get_attribute("aria-valuetext") == "1.00 ms, 60.0 kHz"
    assert marker(stage, "B").get_attribute("aria-valuetext") == "5.20 ms, 47.7 kHz"
    assert stage.locator(".bc-difference span").all_inner_texts() == [
        "Δ 4.20 ms", "238 Hz", "Δ \N{MINUS SIGN}12.30 kHz", "Δ 4.2 dB",
    ]  # fmt: skip


def test_a_drag_moves_by_its_milliseconds_and_kilohertz(stage):
    drag(stage, "A", 100, -50, off=(4, 3))  # wherever it was taken
    assert not any(news["final"] for news in stage.evaluate("told"))
    stage.mouse.up()
    news = stage.evaluate("told")
    assert [one["final"] for one in news][-1] is True and sum(one["final"] for one in news) == 1
    first, second = news[-1]["markers"]
    assert first == pytest.approx([0.003, 80_000])
    assert second == pytest.approx(PLACES[1])
    assert marker(stage, "A").get_attribute("aria-valuetext") == "3.00 ms, 80.0 kHz"
    assert stage.locator(".bc-difference span").first.inner_text() == "Δ 2.20 ms"
    assert stage.evaluate("clicks") == []


def test_news_comes_at_most_once_a_frame(stage):
    script = """async () => {
      const handle = document.querySelector(".bc-marker");
      const at = (type, clientX) =>
        handle.dispatchEvent(new PointerEvent(type, { pointerId: 1, button: 0, clientX, clientY: 0, bubbles: true }));
      handle.setPointerCapture = () => {};
      await new Promise((resolve) => requestAnimationFrame(resolve));
      at("pointerdown", 0);
      for (let x = 1; x <= 50; x++) at("pointermove", x);
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      return told.length;
    }"""
    assert stage.evaluate(script) == 1
    assert stage.evaluate("told[0].markers[0]") == pytest.approx([0.002, 60_000])


def test_a_drag_ends_at_the_pictures_edge(stage):
    drag(stage, "B", 900, 700)
    stage.mouse.up()
    assert stage.evaluate("told.at(-1).markers[1]") == pytest.approx([0.008, 0.0])


def test_what_is_told_while_dragging_does_not_take_it_away(stage):
    drag(stage, "A", 50, 0)
    stage.evaluate("(places) => markers.show({ markers: places, ...view, onset: 5, theme })", PLACES)
    stage.mouse.up()
    assert stage.evaluate("told.at(-1).markers[0]") == pytest.approx([0.002, 60_000])


def test_arrow_keys_move_by_a_pixel_and_with_shift_by_ten(stage):
    marker(stage, "A").focus()
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowUp", "Shift+ArrowDown"):
        stage.keyboard.press(key)
    news = stage.evaluate("told.filter((one) => one.final).map((one) => one.markers[0])")
    assert news == [pytest.approx(place) for place in
                    ([0.00102, 60_000], [0.00122, 60_000], [0.00122, 60_400], [0.00122, 56_400])]  # fmt: skip
    assert stage.evaluate("keys.filter((key) => key.startsWith('Arrow'))") == []  # they do not step to another call
    stage.keyboard.press("Escape")
    stage.keyboard.press("Control+ArrowRight")
    assert stage.evaluate("keys.filter((key) => key !== 'Shift')") == ["Escape", "Control", "ArrowRight"]


def test_a_click_beside_them_goes_to_what_lies_below(stage):
    box = stage.locator(".bc-stage").bounding_box()
    for x, y in ((300, 126), (204, 200), (220, 140)):  # on a hair line of A, on its other one, beside it
        stage.mouse.click(box["x"] + x + 0.5, box["y"] + y + 0.5)
    assert stage.evaluate("clicks") == ["bc-stage"] * 3
    assert stage.evaluate("told") == []


def test_none_are_shown_and_those_zoomed_away_are_not_in_the_way(stage):
    stage.evaluate("() => markers.show({ markers: [[0.001, 60000], [0.02, 47700]], ...view, onset: 5, theme })")
    assert marker(stage, "A").is_visible() and not marker(stage, "B").is_visible()
    stage.evaluate("() => markers.show({ markers: [], ...view, onset: 5, theme })")
    assert not marker(stage, "A").is_visible() and not stage.locator(".bc-difference").is_visible()
    stage.evaluate("() => markers.end()")
    assert stage.locator(".bc-markers").count() == 0


@pytest.mark.parametrize(
    ("markers", "levels", "texts"),
    [
        ([[0, 40e3], [0.0042, 52.3e3]], [-40, -34], ["Δ 4.20 ms", "238 Hz", "Δ 12.30 kHz", "Δ 6.0 dB"]),
        ([[0.01, 40e3], [0.0099, 40e3]], [None, -34], ["Δ \N{MINUS SIGN}0.10 ms", "10.00 kHz", "Δ 0.00 kHz", ""]),
        ([[0.5, 0], [2.75, 0]], [0, -1], ["Δ 2.25 s", "0.44 Hz", "Δ 0.00 kHz", "Δ \N{MINUS SIGN}1.0 dB"]),
        ([[0.5, 0], [0.5, 0]], [-1, None], ["Δ 0.00 ms", "", "Δ 0.00 kHz", ""]),
    ],
)
def test_the_difference_in_words(modules, markers, levels, texts):
    script = "(m, [markers, levels]) => { let k = 0; return m.differenceText(markers, () => levels[k++]); }"
    found = modules("widgets/explorer/controls/markers.js", script, [markers, levels])
    assert [found[name] for name in ("time", "rate", "frequency", "level")] == texts
