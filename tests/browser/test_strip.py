"""The strip of the whole recording, alone in a page: what is painted where, and where a hand on it leads."""

import numpy as np
import pytest
from front_end import HARNESS, b64, unpack

from battycoda_nb.widgets.bundle import load_style
from battycoda_nb.widgets.explorer.view import ENTRY

LANE, HEIGHT, WIDTH = 10, 38, 600  # CSS pixels of the marks' lane and the levels, and of the page's column
BINS, TOTAL, SEGMENT, DT = 33, 2400, 600, 0.025  # a minute in four segments, four columns to a pixel

OPEN = """async ([address, width, state]) => {
  const { Strip } = await import(address + "widgets/explorer/controls/strip.js");
  const { colourTable } = await import(address + "display/colours.js");
  const root = document.querySelector(".battycoda-explorer");
  window.went = [];
  window.strip = new Strip({ goTo: (seconds, { drag }) => went.push([seconds, drag]) });
  window.look = { mapping: "contrast", contrast: 4, low: -80, high: 0, reference: 0, cmap: "viridis", rms: 0.05 };
  window.theme = { font: "sans-serif", text: "#000", muted: "#808080", line: "#ccc", blank: "#eee", brand: "#0000ff" };
  window.scale = { low: -127.5, step: 0.5, enbw: 1500 };
  window.tableOf = (look) => Array.from(new Uint8Array(colourTable(scale, look).buffer));
  window.place = (state) => ({
    ...state, onsets: Float64Array.from(state.onsets), offsets: Float64Array.from(state.offsets),
  });
  window.pixels = (canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [canvas.height, canvas.width, btoa(Array.from(data, (v) => String.fromCharCode(v)).join(""))];
  };
  root.style.width = `${width}px`;
  root.append(strip.node);
  strip.resize(1);
  strip.repaint(look, theme);
  window.state = place(state);
  strip.show(state.onsets ? window.state : state);
}"""

STATE = {
    "duration": TOTAL * DT,
    "onsets": [12.3, 30.0, 59.99],
    "offsets": [12.305, 30.6, 60.0],
    "call": 0,
    "count": 3,
    "viewport": {"left": 12.25, "right": 12.35},
    "title": "night 1/Fledermäuse.wav",
    "unit": "call",
}


class StripPage:
    """The strip in the page, and its pixels."""

    def __init__(self, page):
        self.page = page

    def receive(self, levels, first=0, total=TOTAL, low=-127.5):
        """Columns `levels` [shape=(BINS, columns)], the highest frequency first."""
        bins, columns = levels.shape
        segment = {"first": first, "total": total, "t0": (first + 0.5) * DT, "dt": DT, "columns": columns}
        self.page.evaluate(
            """([segment, data, low]) =>
              strip.receive({ ...segment, ...scale, low, levels: new Uint8Array(bytes(data).buffer) })""",
            [{**segment, "bins": bins}, b64(levels.tobytes()), low],
        )

    def pixels(self, layer):
        """RGBA of one layer [shape=(height, width, 4)]."""
        height, width, data = self.page.evaluate(f"() => pixels(strip.painter.{layer})")
        return unpack(data).reshape(height, width, 4).astype(int)

    def table(self, **changes):
        return np.reshape(self.page.evaluate("(changes) => tableOf({ ...look, ...changes })", changes), (256, 4))

    def show(self, **changes):
        self.page.evaluate("(changes) => { window.state = { ...state, ...changes }; strip.show(state); }", changes)

    def attribute(self, name):
        return self.page.locator(".bc-strip").get_attribute(name)

    @property
    def went(self):
        return self.page.evaluate("() => went")


@pytest.fixture
def strip(page, address):
    page.goto(address + "__init__.py")
    style = load_style(ENTRY)
    body = '<div class="battycoda-explorer" style="padding: 0; border: 0"></div>'
    page.set_content(f"<!doctype html><style>{style}</style><body style='margin: 0'>{body}</body>")
    page.evaluate(HARNESS)
    page.evaluate(OPEN, [address, WIDTH, STATE])
    return StripPage(page)


def loudest(levels, height=HEIGHT, columns=TOTAL // WIDTH):
    """Max-pooled to pixels; the rows (fewer than the pixels') repeated."""
    pooled = levels.reshape(len(levels), -1, columns).max(axis=2)
    return pooled[((np.arange(height) + 0.5) * len(levels) / height).astype(int)]


def noise(seed, columns=SEGMENT):
    return np.random.default_rng(seed).integers(0, 256, (BINS, columns)).astype(np.uint8)


def test_it_appears_piece_by_piece_and_each_piece_is_exact(strip):
    for first in (1200, 0):
        strip.receive(noise(first), first)
    pixels, table = strip.pixels("picture"), strip.table()
    assert pixels.shape == (HEIGHT, WIDTH, 4)
    for first, filled in ((0, True), (600, False), (1200, True), (1800, False)):
        part = pixels[:, first // 4 : first // 4 + 150]
        if filled:
            np.testing.assert_array_equal(part, table[loudest(noise(first))])
        else:
            assert not part.any(), "what has not come is clear"
    for first in (600, 1800):
        strip.receive(noise(first), first)
    whole = np.concatenate([noise(first) for first in range(0, TOTAL, SEGMENT)], axis=1)
    np.testing.assert_array_equal(strip.pixels("picture"), table[loudest(whole)])


def test_one_loud_column_in_an_hour_survives_the_pooling(strip):
    levels = np.full((129, TOTAL), 20, np.uint8)
    levels[37, 1234] = 250  # more bins than pixels, too
    strip.receive(levels)
    y, x = np.nonzero((strip.pixels("picture") == strip.table()[250]).all(axis=2))
    assert (y.tolist(), x.tolist()) == ([int(37.5 * HEIGHT / 129)], [1234 // 4])


def test_other_colours_are_those_of_the_table_and_need_no_levels(strip):
    strip.receive(noise(1, TOTAL))
    strip.page.evaluate("() => strip.repaint({ ...look, contrast: 2, cmap: 'gray_r' }, theme)")
    expected = strip.table(contrast=2, cmap="gray_r")[loudest(noise(1, TOTAL))]
    np.testing.assert_array_equal(strip.pixels("picture"), expected)


def test_a_segment_on_another_scale_keeps_its_decibels(strip):
    strip.receive(np.full((BINS, SEGMENT), 200, np.uint8), 0)
    strip.receive(np.full((BINS, SEGMENT), 200, np.uint8), 600, low=-117.5)
    table, pixels = strip.table(), strip.pixels("picture")
    assert (table[200] != table[220]).any()
    assert (pixels[:, :150] == table[200]).all()
    assert (pixels[:, 150:300] == table[220]).all()


def test_another_recording_leaves_nothing_of_the_first(strip):
    strip.receive(noise(1), 0)
    strip.page.evaluate("() => strip.reset()")
    assert not strip.pixels("picture").any()
    strip.receive(noise(2), 0)
    strip.receive(noise(3, 300), 300, total=1200)  # of another shape, without a reset
    pixels = strip.pixels("picture")
    assert not pixels[:, :70].any()
    assert pixels[:, 80:140].any()


def test_every_call_is_marked_at_its_pixel(strip):
    lane = strip.pixels("chrome")[LANE - 4, :, 3] > 0
    # 10 pixels a second: 12.3 to 12.305 s, 30 to 30.6 s, 59.99 to 60 s
    assert np.nonzero(lane)[0].tolist() == [123, *range(300, 306), 599]
    onsets = np.arange(2000) * 0.03
    script = "([onsets, offsets]) => strip.show(place({ ...state, onsets, offsets, call: 7 }))"
    strip.page.evaluate(script, [onsets.tolist(), (onsets + 0.005).tolist()])
    lane = strip.pixels("chrome")[LANE - 4, :, 3] > 0
    expected = np.zeros(WIDTH, bool)
    for onset in onsets:
        expected[int(onset * 10 + 1e-9) : int(np.ceil((onset + 0.005) * 10 - 1e-9))] = True
    assert (lane == expected).mean() > 0.99


def test_the_view_is_framed_and_the_current_call_marked(strip):
    overlay = strip.pixels("overlay")
    framed = np.nonzero(overlay[LANE + HEIGHT // 2, :, 3])[0]
    assert len(framed) >= 3, "0.1 s is one pixel, and must be seen"
    assert framed.mean() == pytest.approx(123, abs=1.5)
    blue = (overlay[..., 2] > 200) & (overlay[..., 0] < 50) & (overlay[..., 3] > 200)
    assert np.nonzero(blue[LANE - 3])[0].mean() == pytest.approx(122.5, abs=1.5)
    strip.show(call=1, viewport={"left": 25.0, "right": 35.0})
    framed = np.nonzero(strip.pixels("overlay")[LANE + HEIGHT // 2, :, 3])[0]
    assert (framed[0], framed[-1]) == (pytest.approx(250, abs=1), pytest.approx(350, abs=1))


def test_a_move_redraws_the_overlay_only(strip):
    strip.receive(noise(1, TOTAL))
    spoil = """() => {
      const { picture, chrome } = strip.painter;
      for (const canvas of [picture, chrome]) canvas.getContext("2d").clearRect(0, 0, 9999, 9999);
    }"""
    strip.page.evaluate(spoil)
    before = strip.pixels("overlay")
    strip.show(call=1, viewport={"left": 25.0, "right": 35.0})
    assert not strip.pixels("picture").any()
    assert not strip.pixels("chrome").any()
    assert (strip.pixels("overlay") != before).any()


def test_a_click_goes_to_its_second(strip):
    strip.page.mouse.click(150, 30)
    assert strip.went == [[pytest.approx(15.0, abs=0.05), False]]


def test_a_drag_goes_along_beyond_the_edges_and_says_where_it_ended(strip):
    mouse = strip.page.mouse
    mouse.move(100, 30)
    mouse.down()
    mouse.move(200, 200)  # the strip keeps the pointer
    strip.page.wait_for_function("() => went.length === 2")
    mouse.move(900, 30)
    strip.page.wait_for_function("() => went.length === 3")
    mouse.up()
    mouse.move(50, 30)
    assert strip.went == [
        [pytest.approx(10.0, abs=0.05), False],
        [pytest.approx(20.0, abs=0.05), True],
        [60.0, True],
        [60.0, False],
    ]


def test_a_drag_tells_at_most_once_a_frame(strip):
    strip.page.evaluate(
        """async () => {
          const at = (type, x) => strip.node.dispatchEvent(
            new PointerEvent(type, { clientX: x, clientY: 30, pointerId: 1, bubbles: true }));
          strip.node.setPointerCapture = () => {};  // no real pointer here
          at("pointerdown", 10);
          for (let x = 11; x <= 60; x++) at("pointermove", x);
          await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        }"""
    )
    assert strip.went == [[pytest.approx(1.0), False], [pytest.approx(6.0), True]]


@pytest.mark.parametrize(
    ("call", "key", "seconds"),
    [
        (0, "ArrowRight", 30.0),
        (1, "ArrowLeft", 12.3),
        (2, "ArrowUp", 59.99),
        (0, "PageUp", 18.3),
        (0, "PageDown", 6.3),
        (1, "Home", 12.3),
        (1, "End", 59.99),
        (-1, "ArrowRight", 30.0),  # the view's middle is 20 s
        (-1, "ArrowLeft", 12.3),
        (0, "ArrowLeft", 12.3),
    ],
)
def test_keys_move_along(strip, call, key, seconds):
    strip.page.focus(".bc-strip")
    strip.show(call=call, viewport={"left": 19.0, "right": 21.0})
    strip.page.keyboard.press(key)
    assert [drag for _, drag in strip.went] == [False]
    assert strip.went[0][0] == pytest.approx(seconds)


def test_without_calls_a_key_moves_by_a_hundredth(strip):
    strip.page.evaluate("() => strip.show({ duration: 60, viewport: { left: 9, right: 11 } })")
    strip.page.focus(".bc-strip")
    strip.page.keyboard.press("ArrowRight")
    assert strip.went == [[pytest.approx(10.6), False]]


def test_other_keys_are_left_to_the_explorer(strip):
    strip.page.focus(".bc-strip")
    strip.page.evaluate("() => { window.heard = []; document.onkeydown = (event) => heard.push(event.key); }")
    for key in ("e", "ArrowRight", "Shift+ArrowRight", "Escape"):
        strip.page.keyboard.press(key)
    assert strip.page.evaluate("() => heard") == ["e", "Shift", "ArrowRight", "Escape"]


def test_it_says_where_it_is(strip):
    assert strip.attribute("role") == "slider"
    assert strip.attribute("aria-label") == "The whole recording"
    assert strip.attribute("aria-valuetext") == "call 1 of 3 at 12.30 s"
    assert float(strip.attribute("aria-valuenow")) == 12.3
    assert float(strip.attribute("aria-valuemax")) == 60.0
    strip.show(first=100, call=101, count=340, unit="window")
    assert strip.attribute("aria-valuetext") == "window 102 of 340 at 30.00 s"
    strip.show(first=0, call=-1, viewport={"left": 4.0, "right": 5.0})
    assert strip.attribute("aria-valuetext") == "4.50 s"
    assert strip.page.locator(".bc-strip-name").inner_text() == "night 1/Fledermäuse.wav"


@pytest.mark.parametrize("duration", [0.05, 0.8, 3.0, 59.0, 300.0, 3600.0, 40_000.0])
@pytest.mark.parametrize("width", [600, 2000])
def test_the_times_on_its_axis_are_true_and_do_not_touch(modules, duration, width):
    ticks = modules("widgets/explorer/painting/strip_painter.js", "(m, [d, w]) => m.timeTicks(d, w)", [duration, width])
    units = {"h": 3600, "min": 60, "s": 1, "ms": 0.001}
    assert 3 <= len(ticks) <= width / 72 + 1
    for tick in ticks[1:]:
        value, unit = tick["text"].split()
        assert float(value) * units[unit] == pytest.approx(tick["share"] * duration)


def test_it_takes_another_width_and_a_finer_screen(strip):
    strip.receive(noise(1, TOTAL))
    strip.page.evaluate(
        "() => { document.querySelector('.battycoda-explorer').style.width = '400px'; strip.resize(1.5); }"
    )
    pixels = strip.pixels("picture")
    assert pixels.shape == (57, 600, 4)
    np.testing.assert_array_equal(pixels, strip.table()[loudest(noise(1, TOTAL), height=57)])


def test_after_its_end_nothing_is_heard_of_it(strip):
    strip.page.evaluate("() => { window.node = strip.node; strip.end(); document.body.append(node); }")
    strip.page.mouse.click(150, 30)
    assert strip.went == []
