"""The dB range's slider with two ends: by a real pointer and by keys, and that its span stays from 40 to 100 dB."""

import pytest
from stage import open_stage

OPEN = """async () => {
  const { buildRange } = await import(address + "widgets/explorer/controls/range_slider.js");
  Object.assign(window, { moves: [], releases: [], keys: [] });
  window.range = buildRange({ move: (range) => moves.push(range), release: (range) => releases.push(range) });
  document.querySelector(".bc-stage").append(range.node);
  document.addEventListener("keydown", (event) => keys.push(event.key));
}"""


@pytest.fixture
def stage(page, address):
    open_stage(page, address)
    page.evaluate(OPEN)
    return page


def values(page):
    return [
        int(page.get_by_role("slider", name=name).get_attribute("aria-valuenow")) for name in ("Darkest", "Brightest")
    ]


def at(page, db):
    box = page.locator(".bc-range-track").bounding_box()
    return box["x"] + (db + 120) / 130 * box["width"], box["y"] + box["height"] / 2


def drag(page, start, stop, *, let_go=True):
    page.mouse.move(*at(page, start))
    page.mouse.down()
    page.mouse.move(*at(page, (start + stop) / 2))
    page.mouse.move(*at(page, stop))
    if let_go:
        page.mouse.up()


def test_it_begins_at_the_default_and_shows_what_it_is_told(stage):
    assert values(stage) == [-80, 0]
    stage.evaluate("range.show({ low: -95, high: -15 })")
    assert values(stage) == [-95, -15]
    assert stage.locator("output").inner_text() == "\N{MINUS SIGN}95 to \N{MINUS SIGN}15 dBFS"
    assert stage.evaluate("[moves.length, releases.length]") == [0, 0]
    thumb = stage.get_by_role("slider", name="Darkest level (dBFS)")
    assert thumb.get_attribute("aria-valuetext") == "\N{MINUS SIGN}95 dBFS"
    box, (x, _) = thumb.bounding_box(), at(stage, -95)
    assert box["x"] + box["width"] / 2 == pytest.approx(x, abs=0.1)


def test_it_reads_from_full_scale_and_is_set_from_the_reference(stage):
    """As the colour bar: -95 dB re a peak of -12.3 dBFS is -107.3 dBFS."""
    stage.evaluate("range.show({ low: -95, high: -15, reference: -12.3 })")
    words = "\N{MINUS SIGN}107.3 to \N{MINUS SIGN}27.3 dBFS"
    assert stage.locator("output").inner_text() == words
    thumb = stage.get_by_role("slider", name="Brightest level (dBFS)")
    assert thumb.get_attribute("aria-valuetext") == "\N{MINUS SIGN}27.3 dBFS"
    box, (x, _) = thumb.bounding_box(), at(stage, -15)
    assert box["x"] + box["width"] / 2 == pytest.approx(x, abs=0.1)
    thumb.focus()
    stage.keyboard.press("ArrowLeft")
    assert stage.evaluate("moves.at(-1)") == {"low": -95, "high": -16}
    assert stage.locator("output").inner_text() == words.replace("27.3", "28.3")
    stage.evaluate("range.show({ low: -80, high: 0, reference: -10 })")
    assert stage.locator("output").inner_text() == "\N{MINUS SIGN}90 to \N{MINUS SIGN}10 dBFS"


def test_an_end_is_dragged_and_let_go_once(stage):
    drag(stage, -80, -60, let_go=False)
    assert values(stage) == [-60, 0] and stage.evaluate("releases.length") == 0
    stage.mouse.up()
    assert stage.evaluate("moves.at(-1)") == {"low": -60, "high": 0}
    assert stage.evaluate("releases") == [{"low": -60, "high": 0}]


def test_an_end_pushes_the_other_and_takes_it_back(stage):
    drag(stage, -80, -35, let_go=False)
    assert values(stage) == [-35, 5]
    stage.mouse.move(*at(stage, 10))
    assert values(stage) == [-30, 10]
    stage.mouse.move(*at(stage, -118))
    assert values(stage) == [-118, -18]
    stage.mouse.move(*at(stage, -70))
    assert values(stage) == [-70, 0]
    stage.mouse.up()


def test_between_the_ends_both_move(stage):
    drag(stage, -40, -55)
    assert values(stage) == [-95, -15]
    drag(stage, -40, 10)
    assert values(stage) == [-70, 10]


def test_a_press_beside_the_ends_brings_the_nearer_one(stage):
    stage.mouse.click(*at(stage, -95))
    assert values(stage) == [-95, 0]
    stage.mouse.click(*at(stage, -120))
    assert values(stage) == [-120, -20]


def test_a_double_click_brings_the_default_back(stage):
    stage.evaluate("range.show({ low: -110, high: -60 })")
    stage.mouse.dblclick(*at(stage, -85))
    assert values(stage) == [-80, 0]
    assert stage.evaluate("releases.at(-1)") == {"low": -80, "high": 0}


def test_keys_move_an_end_by_one_and_by_ten(stage):
    low, high = (stage.get_by_role("slider", name=name) for name in ("Darkest", "Brightest"))
    low.focus()
    stage.keyboard.press("ArrowRight")
    stage.keyboard.press("ArrowUp")
    stage.keyboard.press("PageDown")
    assert values(stage) == [-88, 0]
    stage.keyboard.press("Tab")
    for key in ("PageDown", "PageDown", "ArrowLeft"):
        stage.keyboard.press(key)
    assert values(stage) == [-88, -21]
    stage.keyboard.press("Home")
    assert values(stage) == [-120, -80]
    stage.keyboard.press("End")
    assert values(stage) == [-90, 10]
    assert stage.evaluate("releases.length") == 8
    assert stage.evaluate("keys") == ["Tab"]  # the arrows do not step to another call
    assert high.evaluate("(node) => node === document.activeElement")


def test_the_span_stays_within_its_limits_whatever_is_asked(modules):
    script = """(m) => {
      const bad = [];
      for (let low = -120; low <= -30; low += 3) for (let high = low + 40; high <= Math.min(low + 100, 10); high += 3) {
        for (let db = -150; db <= 40; db += 7) {
          for (const range of [m.pushedRange({ low, high }, "low", db), m.pushedRange({ low, high }, "high", db),
                               m.slidRange({ low, high }, db)]) {
            const span = range.high - range.low;
            if (!(span >= 40 && span <= 100 && range.low >= -120 && range.high <= 10)) bad.push([low, high, db, range]);
          }
        }
      }
      return bad;
    }"""
    assert modules("widgets/explorer/controls/range_slider.js", script) == []
