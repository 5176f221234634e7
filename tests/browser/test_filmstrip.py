"""The filmstrip alone in a page: what it asks for, what it paints where, and where it scrolls."""

import numpy as np
import pytest
from front_end import HARNESS

from battycoda_nb.widgets.bundle import load_style
from battycoda_nb.widgets.explorer.view import ENTRY

AXIS, TOP = 44, 20  # CSS pixels left of and above the pictures
BINS, DF, DT = 129, 976.5625, 64e-6

OPEN = """async ([address, width]) => {
  const { Filmstrip } = await import(address + "widgets/explorer/controls/filmstrip.js");
  const { colourTable } = await import(address + "display/colours.js");
  const root = document.querySelector(".battycoda-explorer");
  Object.assign(window, { opened: [], wanted: [], pictures: new Map(), texts: [] });
  window.film = new Filmstrip({
    open: (call) => opened.push(call),
    want: (calls) => wanted.push(calls),
    picture: (call) => pictures.get(call),
  });
  window.look = { mapping: "contrast", contrast: 4, low: -80, high: 0, reference: 0, cmap: "viridis", rms: 0.05 };
  window.theme = { font: "sans-serif", text: "#000", muted: "#808080", line: "#ccc", blank: "#eee", brand: "#0000ff" };
  window.tableOf = (look) => {
    const table = colourTable({ low: -127.5, step: 0.5, enbw: 1500 }, look);
    return Array.from(new Uint8Array(table.buffer));
  };
  root.style.width = `${width}px`;
  root.append(film.node);
  film.resize(1);
  // What is written, and where: each paint begins anew.
  const { context } = film.painter;
  const [write, clear] = [context.fillText.bind(context), context.clearRect.bind(context)];
  context.clearRect = (...box) => { if (box[0] === 0 && box[2] > 100) texts.length = 0; clear(...box); };
  context.fillText = (text, x, y) => {
    const { actualBoundingBoxLeft: l, actualBoundingBoxRight: r } = context.measureText(text);
    const { actualBoundingBoxAscent: a, actualBoundingBoxDescent: d } = context.measureText(text);
    texts.push({ text, left: x - l, right: x + r, top: y - a, bottom: y + d });
    write(text, x, y);
  };
  window.showCalls = ({ onsets, offsets, ...more }) => {
    const calls = onsets ? { onsets: Float64Array.from(onsets), offsets: Float64Array.from(offsets) } : {};
    window.state = { ...window.state, ...calls, look, theme, ...more };
    film.show(state);
  };
  window.frames = async (n = 2) => { for (; n > 0; n--) await new Promise(requestAnimationFrame); };
}"""

# A picture of the call with 10 ms on either side: quiet, but for what `loud` says: [bin, column] pairs.
PICTURE = """([call, loud, level, more]) => {
  const index = call - (state.first ?? 0), dt = 64e-6, bins = 129;
  const left = state.onsets[index] - 0.01;
  const columns = Math.round((state.offsets[index] + 0.01 - left) / dt);
  const levels = new Uint8Array(bins * columns).fill(40);
  for (const [bin, column] of loud) levels[(bins - 1 - bin) * columns + column] = level;
  const meta = { t0: left + dt / 2, dt, columns, bins, f0: 0, df: 976.5625, low: -127.5, step: 0.5, enbw: 1500 };
  pictures.set(call, { levels, meta: { ...meta, ...more } });
  film.arrived(call);
}"""


class FilmPage:
    """The filmstrip in the page."""

    def __init__(self, page):
        self.page = page

    def show(self, count=0, /, *, seed=1, interval=0.1, **more):
        """So many calls of 2 to 10 ms, or only a change."""
        if count:
            rng = np.random.default_rng(seed)
            self.onsets = 1 + np.cumsum(interval * rng.uniform(0.5, 1.5, count))
            self.offsets = self.onsets + rng.uniform(0.002, 0.01, count)
            more = {"onsets": self.onsets.tolist(), "offsets": self.offsets.tolist(), "count": count, "call": 0} | more
        self.page.evaluate("(state) => showCalls(state)", more)

    def send(self, call, loud=(), level=250, **meta):
        self.page.evaluate(PICTURE, [call, list(loud), level, meta])

    def get(self, expression):
        return self.page.evaluate(f"() => {expression}")

    def wait(self, condition):
        self.page.wait_for_function(f"() => {condition}", timeout=60_000)

    def rest(self):
        """Until what was to be painted and asked for has been."""
        self.wait("!film.demand.timer && !film.frame && film.scroll.target === null")

    def scroll(self, share):
        """The user's scroll bar at a share of its way."""
        self.page.evaluate(
            """async (share) => {
              const scroller = film.scroll.node;
              scroller.scrollLeft = share * (scroller.scrollWidth - scroller.clientWidth);
              await frames();
            }""",
            share,
        )
        self.rest()

    def place(self, index):
        """The call's picture on the canvas: x, y, width, height."""
        return self.page.evaluate("(index) => { film.paint(); return film.painter.place(index); }", index)

    def pixels(self, box):
        """RGBA of a box of the canvas."""
        data = self.page.evaluate(
            """({ x, y, width, height }) => {
              film.paint();
              return Array.from(film.painter.context.getImageData(x, y, width, height).data);
            }""",
            box,
        )
        return np.reshape(data, (box["height"], box["width"], 4))

    def table(self):
        return np.reshape(self.get("tableOf(look)"), (256, 4))

    @property
    def numbers(self):
        """The numbers under the pictures, from left to right."""
        bottom = self.get("TOP + film.painter.rows.height".replace("TOP", str(TOP)))
        return [int(one["text"]) for one in self.texts if one["top"] > bottom and one["text"].isdigit()]

    @property
    def texts(self):
        return self.get("(film.paint(), texts)")


def open_film(page, address, width=1000):
    page.goto(address + "__init__.py")
    style = load_style(ENTRY)
    body = '<div class="battycoda-explorer" style="padding: 0; border: 0"></div>'
    page.set_content(f"<!doctype html><style>{style}</style><body style='margin: 0'>{body}</body>")
    page.evaluate(HARNESS)
    page.evaluate(OPEN, [address, width])
    return FilmPage(page)


@pytest.fixture
def film(page, address):
    return open_film(page, address)


def test_only_what_is_in_view_and_half_a_page_beside_it_is_asked_for(film):
    film.show(1000)
    film.rest()
    (first,) = film.get("wanted")
    visible = film.get("film.layout.within(film.scroll.position, film.scroll.position + film.scroll.view)")
    assert first[: visible[1]] == list(range(visible[1])), "what is seen comes first"
    assert first == list(range(len(first)))
    assert len(first) == pytest.approx(1.5 * visible[1], abs=3)
    film.scroll(0.5)
    asked = film.get("wanted.at(-1)")
    visible = film.get("film.layout.within(film.scroll.position, film.scroll.position + film.scroll.view)")
    assert asked[0] == visible[0] > 400
    half = (visible[1] - visible[0]) / 2
    assert min(asked) == pytest.approx(visible[0] - half, abs=3)
    assert max(asked) == pytest.approx(visible[1] + half, abs=3)


def test_what_is_there_or_has_failed_is_not_asked_for_again(film):
    film.show(1000)
    film.rest()
    for call in (0, 2, 3):
        film.send(call)
    film.page.evaluate("() => film.failed(1, 'No such file')")
    film.rest()
    assert len(film.get("wanted")) == 1
    film.page.evaluate("() => { film.scroll.node.scrollLeft = 400; }")
    film.wait("wanted.length === 2")
    assert not {0, 1, 2, 3} & set(film.get("wanted[1]"))
    film.page.evaluate("() => { pictures.clear(); film.reset(); film.scroll.node.scrollLeft = 0; }")
    film.wait("wanted.at(-1).includes(1)")
    assert {0, 1, 2, 3} <= set(film.get("wanted.at(-1)"))


def test_pages_that_rush_by_are_not_asked_for(film):
    film.show(10_000)
    film.rest()
    film.page.evaluate(
        """async () => {
          for (let k = 1; k <= 60; k++) {
            film.scroll.node.scrollLeft = 12000 * k;
            await new Promise(requestAnimationFrame);
          }
        }"""
    )
    film.rest()
    assert len(film.get("wanted")) == 2
    assert film.get("wanted[1][0]") == film.get("film.layout.at(film.scroll.position)")


@pytest.mark.parametrize("count", [100_000, 400_000])
def test_any_number_of_calls_scrolls_to_the_last(film, count):
    film.page.evaluate(
        """(count) => {
          const onsets = new Float64Array(count).map((_, k) => 1 + 0.1 * k);
          const offsets = onsets.map((onset, k) => onset + 0.002 + 0.001 * (k % 9));
          film.show(window.state = { onsets, offsets, count, call: 0, look, theme });
        }""",
        count,
    )
    film.scroll(1)
    assert film.numbers[-1] == count
    assert film.get("wanted.at(-1).length") < 40
    assert max(film.get("wanted.at(-1)")) == count - 1
    last = film.place(count - 1)
    assert last["x"] + last["width"] <= 1000
    film.scroll(0.5)
    assert film.numbers[0] == pytest.approx(count / 2, rel=0.01)
    film.show(call=count // 3)
    film.rest()
    assert count // 3 + 1 in film.numbers
    film.scroll(0)
    assert film.numbers[0] == 1


def test_the_intervals_between_them_are_the_true_ones(film):
    film.show(50)
    film.scroll(0.4)
    written = [one for one in film.texts if one["bottom"] < TOP and one["left"] > AXIS]
    assert len(written) > 5
    margin = 0.002 * film.get("film.layout.scale")
    onsets = np.array([film.place(index)["x"] + margin for index in range(50)])  # on the canvas
    for one in written:
        index = int(np.searchsorted(onsets, (one["left"] + one["right"]) / 2)) - 1
        assert (one["left"] + one["right"]) / 2 == pytest.approx(onsets[index : index + 2].mean(), abs=2)
        value, unit = one["text"].split()
        decimals = len(value.partition(".")[2])
        assert (value, unit) == (f"{(film.onsets[index + 1] - film.onsets[index]) * 1000:.{decimals}f}", "ms")


def test_all_have_one_scale(film):
    film.show(30)
    scale = film.get("film.layout.scale")
    lengths = film.offsets - film.onsets + 0.004
    assert 60 <= np.median(lengths) * scale <= 90
    for index in range(30):
        assert film.place(index)["width"] == pytest.approx(lengths[index] * scale, abs=0.51)


def test_a_tone_lies_at_its_time_and_frequency(film):
    film.show(10, call=2)
    film.send(3, [(40, column) for column in range(150)], 250)
    box = film.place(3)
    light = film.pixels(box)[..., :3].sum(axis=2).astype(float)
    light -= np.median(light)
    row = light.sum(axis=1).clip(0)
    y = (row * (np.arange(box["height"]) + 0.5)).sum() / row.sum()
    assert (BINS - 0.5) * DF - y / box["height"] * BINS * DF == pytest.approx(40 * DF, abs=DF)
    # A click at the onset, 10 ms into the picture and 2 ms into the cell.
    column = round(0.01 / DT)
    film.send(3, [(bin, column) for bin in range(BINS)], 250)
    light = film.pixels(box)[..., :3].sum(axis=2).astype(float)
    light -= np.median(light)
    across = light.sum(axis=0).clip(0)
    x = (across * (np.arange(box["width"]) + 0.5)).sum() / across.sum()
    assert x / film.get("film.layout.scale") == pytest.approx(0.002, abs=0.0002)


def test_a_short_loud_column_keeps_its_colour(film):
    film.show(10)
    film.send(1, [(bin, round(0.012 / DT)) for bin in range(BINS)], 250)
    box = film.place(1)
    assert box["width"] < 150, "several columns share a pixel"
    assert (film.pixels(box) == film.table()[250]).all(axis=2).any(axis=1).all()


def test_the_frequency_limits_hold_for_all(film):
    film.show(10, frequencies={"bottom": 20_000, "top": 60_000})
    film.send(1, [(41, column) for column in range(150)], 250)  # 40 kHz: the middle
    light = film.pixels(film.place(1))[..., :3].sum(axis=2).astype(float)
    row = light.sum(axis=1) - np.median(light.sum(axis=1))
    assert np.argmax(row) / len(row) == pytest.approx(0.5, abs=0.02)
    axis = [one["text"] for one in film.texts if one["right"] < AXIS - 5]
    assert {"20", "40", "60", "kHz"} <= set(axis)


def test_a_mel_axis_is_cut_in_mel(film):
    film.show(10, frequencies={"bottom": 0, "top": 125_000})
    mel = 2595 * np.log10(1 + np.array([40_000, 125_000]) / 700)
    film.send(1, [(64, column) for column in range(150)], 250, scale="mel", f0=0.0, df=mel[1] / 128)
    light = film.pixels(film.place(1))[..., :3].sum(axis=2).astype(float)
    row = light.sum(axis=1) - np.median(light.sum(axis=1))
    assert np.argmax(row) / len(row) == pytest.approx(0.5, abs=0.02)
    place = next(one for one in film.texts if one["text"] == "50" and one["right"] < AXIS)
    height = film.get("film.painter.rows.height")
    share = (TOP + height - (place["top"] + place["bottom"]) / 2) / height
    assert share == pytest.approx(np.log10(1 + 50_000 / 700) / np.log10(1 + 125_000 / 700), abs=0.03)


def test_where_a_picture_ends_its_cell_is_blank(film):
    film.show(10, frequencies={"bottom": 0, "top": 250_000})
    film.send(1, t0=float(film.onsets[1]) + DT / 2)  # the recording begins with the call
    box, table = film.place(1), film.table()
    shown = (film.pixels(box) == table[40]).all(axis=2)
    left = round(0.002 * film.get("film.layout.scale"))
    half = box["height"] // 2
    assert not shown[:, : left - 1].any()
    assert not shown[: half - 2].any()
    assert shown[half + 2 :, left + 1 :].all()


def test_colours_follow_at_once(film):
    film.show(10)
    film.send(1)
    film.page.evaluate("() => { look = { ...look, contrast: 6, cmap: 'gray_r' }; }")
    film.show(10)
    box = film.place(1)
    assert (film.pixels(box) == film.table()[40]).all()


def test_one_that_is_waited_for_is_blank_with_its_number(film):
    film.show(10)
    box = film.place(1)
    assert (film.pixels(box) == [0xEE, 0xEE, 0xEE, 255]).all()
    assert film.numbers[:2] == [1, 2]


def test_one_that_failed_is_marked_and_says_why(film):
    film.show(10)
    film.page.evaluate("() => { film.failed(1, '<b>No such file</b>'); film.failed(0, 'gone'); }")
    box = film.place(1)
    assert (film.pixels(box) != [0xEE, 0xEE, 0xEE, 255]).any()
    film.page.mouse.move(box["x"] + 10, box["y"] + 10)
    assert film.get("film.scroll.node.title") == "<b>No such file</b>"
    assert film.page.locator(".bc-film-option").inner_text() == "call 1, gone"
    film.send(1)
    assert (film.pixels(box) == film.table()[40])[2:-2, 2:-2].all(), "it came after all"


def test_the_current_one_stays_in_view_and_is_outlined(film):
    film.show(1000)
    for call in (5, 11, 12, 25, 600, 599, 999, 0):
        film.show(call=call)
        film.rest()
        box = film.place(call)
        assert box["x"] >= AXIS and box["x"] + box["width"] <= 1000
        edge = film.pixels({"x": box["x"] - 2, "y": 100, "width": 1, "height": 1})
        assert edge[0, 0, :3].tolist() == [0, 0, 255]


def test_the_user_scrolls_where_he_likes(film):
    film.show(1000, call=500)
    film.rest()
    film.scroll(0.1)
    position = film.get("film.scroll.position")
    film.show(onsets=film.onsets.tolist(), offsets=film.offsets.tolist())  # nothing of where we are has changed
    film.rest()
    assert film.get("film.scroll.position") == position


def test_a_click_opens_the_call_under_it(film):
    film.show(1000, call=700, first=0)
    film.rest()
    box = film.place(702)
    film.page.mouse.click(box["x"] + 5, box["y"] + 50)
    assert film.get("opened") == [702]


def test_calls_are_counted_as_the_explorer_counts_them(film):
    film.show(20, first=100, call=104, count=340)
    film.rest()
    assert film.numbers[:2] == [101, 102]
    assert film.get("wanted[0][0]") == 100
    assert max(film.get("wanted[0]")) <= 119
    box = film.place(3)
    film.page.mouse.click(box["x"] + 5, box["y"] + 50)
    assert film.get("opened") == [103]
    option = film.page.locator(".bc-film-option")
    assert option.get_attribute("aria-posinset") == "105"
    assert option.get_attribute("aria-setsize") == "340"


def test_keys_walk_along_and_enter_opens(film):
    film.show(1000, labels=["FM"] * 1000)
    film.page.focus(".bc-filmstrip")
    for key in ("ArrowRight", "ArrowRight", "PageDown", "ArrowLeft"):
        film.page.keyboard.press(key)
    option = film.page.locator(".bc-film-option")
    interval = (film.onsets[11] - film.onsets[10]) * 1000
    assert option.inner_text().startswith("call 12, FM, ")
    assert float(option.inner_text().split()[3]) == pytest.approx(interval, abs=0.05)
    assert option.get_attribute("aria-selected") == "false"
    node = film.page.locator(".bc-filmstrip")
    assert node.get_attribute("aria-label") == "Filmstrip: calls side by side"
    assert node.get_attribute("aria-activedescendant") == option.get_attribute("id")
    film.page.keyboard.press("Enter")
    assert film.get("opened") == [11]
    film.page.keyboard.press("End")
    film.rest()
    assert film.numbers[-1] == 1000
    film.page.keyboard.press("Home")
    film.rest()
    assert film.numbers[0] == 1


def test_other_keys_are_left_to_the_explorer(film):
    film.show(10)
    film.page.focus(".bc-filmstrip")
    film.page.evaluate("() => { window.heard = []; document.onkeydown = (event) => heard.push(event.key); }")
    for key in ("e", "ArrowRight", "Escape"):
        film.page.keyboard.press(key)
    assert film.get("heard") == ["e", "Escape"]


@pytest.mark.parametrize("width", [600, 2000])
@pytest.mark.parametrize("seconds", [0.003, 1.0])
def test_no_text_touches_another(page, address, width, seconds):
    page.set_viewport_size({"width": max(width, 600), "height": 500})
    film = open_film(page, address, width)
    onsets = 100_000 + 0.2 + np.arange(400) * max(0.123, seconds)
    labels = ["", "FM", "QCF with a long name", "social"] * 100
    film.show(
        onsets=onsets.tolist(),
        offsets=(onsets + seconds * np.linspace(0.2, 1, 400)).tolist(),
        labels=labels,
        call=12_200,
        first=12_000,
    )
    film.rest()
    film.send(12_200)
    texts = film.texts
    assert len(texts) > 15
    for k, one in enumerate(texts):
        assert one["left"] >= 0 and one["right"] <= width
        for other in texts[k + 1 :]:
            apart = (
                one["right"] <= other["left"] or other["right"] <= one["left"]
                or one["bottom"] <= other["top"] or other["bottom"] <= one["top"]
            )  # fmt: skip
            assert apart, (one, other)


def test_one_endless_call_shows_its_beginning(film):
    onsets = 1 + np.arange(9) * 20.0
    offsets = onsets + 0.005
    offsets[4] += 10
    film.show(onsets=onsets.tolist(), offsets=offsets.tolist(), call=4)
    film.rest()
    assert film.place(4)["width"] == 600
    assert any("5 (its first " in one["text"] for one in film.texts)


def test_after_its_end_nothing_is_asked_for(film):
    film.show(1000)
    film.rest()
    film.page.evaluate("async () => { film.scroll.node.scrollLeft = 5000; film.end(); await frames(20); }")
    assert len(film.get("wanted")) == 1


def test_no_calls_are_no_trouble(film):
    film.show(onsets=[], offsets=[], count=0, call=-1)
    film.rest()
    film.page.focus(".bc-filmstrip")
    film.page.keyboard.press("ArrowRight")
    film.page.mouse.click(300, 100)
    assert film.get("[wanted.length, opened.length]") == [0, 0]
