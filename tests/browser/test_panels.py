"""The waveform and the power spectrum beside the picture, by the pixels that they make."""

import numpy as np
import pytest
from front_end import noise, unpack
from stage import open_stage

BINS, COLUMNS = 129, 400
PANELS = "widgets/explorer/painting/panels.js"
SPECTRUM = "display/power_spectrum.js"
META = {
    "bins": BINS, "columns": COLUMNS, "t0": 10.0, "dt": 1e-4, "f0": 0.0, "df": 976.5625, "low": -127.5, "step": 0.5,
    "enbw": 1500.0, "scale": "linear", "unit": "dB", "wave": 0.5,
}  # fmt: skip
LEVELS = noise(11, (BINS, COLUMNS))  # from the highest frequency down
LOOK = {"mapping": "range", "low": -80, "high": 0, "reference": -10, "contrast": 4, "cmap": "roseus", "rms": 0.1}
MAKE = "const picture = { levels: Uint8Array.from(levels), wave: Int8Array.from(wave), meta };"


def ramp():
    """min and max of every column: a wedge that grows to -127, 127."""
    size = np.round(np.linspace(1, 127, COLUMNS)).astype(int)
    return np.stack([-size, size], axis=1)


DRAW = f"""(m, powerSpectrum, [levels, wave, meta, rect, viewport, options, look]) => {{
  {MAKE}
  const canvas = document.createElement("canvas");
  const {{ ratio }} = options;
  canvas.width = 700 * ratio;
  canvas.height = 400 * ratio;
  canvas.style.width = "700px";
  document.querySelector(".bc-stage").replaceChildren(canvas);
  const context = canvas.getContext("2d");
  context.fillStyle = "#fedcba";
  context.font = "20px serif";
  const place = (hertz) => rect.y + rect.height * (1 - hertz / 125000);
  if (look) {{
    const spectrum = powerSpectrum(picture, {{ from: options.onset, to: options.offset }});
    const how = {{ theme: window.theme, look, meta, ratio, peak: options.peak ?? null }};
    m.drawSpectrum(context, rect, spectrum, place, how);
  }} else m.drawWaveform(context, rect, picture, viewport, {{ theme: window.theme, ...options }});
  const {{ data }} = context.getImageData(rect.x * ratio, rect.y * ratio, rect.width * ratio, rect.height * ratio);
  return {{
    state: [context.fillStyle, context.font, context.getTransform().a],
    data: btoa(Array.from(data, (v) => String.fromCharCode(v)).join("")),
  }};
}}"""
RECT = {"x": 60, "y": 40, "width": 400, "height": 121}


def draw(page, wave, *, rect=RECT, levels=LEVELS, meta=META, viewport=None, look=None, **options):
    """RGBA of the rectangle [shape=(height, width, 4)] in device pixels."""
    viewport = viewport or {"left": 9.99995, "right": 10.03995, "bottom": 0, "top": 125000}
    options = {"onset": 10.01, "offset": 10.02, "ratio": 1, **options}
    argument = [levels.ravel().tolist(), wave.ravel().tolist(), meta, rect, viewport, options, look]
    script = f"""async (argument) => {{
      const m = await import(window.address + "{PANELS}");
      const {{ powerSpectrum }} = await import(window.address + "{SPECTRUM}");
      return ({DRAW})(m, powerSpectrum, argument);
    }}"""
    answer = page.evaluate(script, argument)
    assert answer["state"] == ["#fedcba", "20px serif", 1]  # as it was
    shape = round(rect["height"] * options["ratio"]), round(rect["width"] * options["ratio"]), 4
    return unpack(answer["data"]).reshape(shape).astype(int)


@pytest.fixture
def stage(page, address):
    open_stage(page, address)
    return page


def rows_of(picture):
    """First and last painted row of each column, with the centre line's where there is no more."""
    painted = picture[..., 3] > 0
    return painted.argmax(axis=0), painted.shape[0] - 1 - painted[::-1].argmax(axis=0)


def expected_rows(wave, height=RECT["height"]):
    """On a panel at an odd y and of an odd height, the middle lies within a pixel."""
    step = height / 2 / (127 * 1.08)
    middle = RECT["y"] + height / 2
    top = np.floor(middle - wave[:, 1] * step + 0.5)
    bottom = np.maximum(np.floor(middle - wave[:, 0] * step + 0.5), top + 1) - 1
    return top - RECT["y"], bottom - RECT["y"]


@pytest.mark.parametrize(
    ("viewport", "wave_of"),
    [
        ((9.99995, 10.03995), lambda wave: wave),  # a column a pixel
        ((10.00995, 10.01995), lambda wave: np.repeat(wave[100:200], 4, axis=0)),
    ],
)
def test_every_pixel_of_the_waveform_goes_from_the_least_to_the_greatest(stage, viewport, wave_of):
    wave = ramp()
    picture = draw(stage, wave, viewport={"left": viewport[0], "right": viewport[1]})
    top, bottom = rows_of(picture)
    expected = expected_rows(wave_of(wave))
    np.testing.assert_array_equal(top, expected[0])
    np.testing.assert_array_equal(bottom, expected[1])


def test_a_pixel_shows_the_extremes_of_all_columns_under_it(stage):
    wave = np.random.default_rng(5).integers(-127, 128, (COLUMNS, 2))
    wave.sort(axis=1)
    top, bottom = rows_of(draw(stage, wave, rect={**RECT, "width": 100}))
    grouped = wave.reshape(100, 4, 2)
    wide = np.stack([grouped[..., 0].min(axis=1), grouped[..., 1].max(axis=1)], axis=1)
    np.testing.assert_array_equal(top, expected_rows(wide)[0])
    np.testing.assert_array_equal(bottom, expected_rows(wide)[1])


def test_the_call_has_the_brand_colour_and_beyond_the_picture_is_a_line(stage):
    viewport = {"left": 9.99995 - 0.04, "right": 10.03995}  # half of it is not known
    picture = draw(stage, ramp(), viewport=viewport, onset=10.00995, offset=10.01995)
    top, bottom = rows_of(picture)
    assert (top[:200] == 60).all() and (bottom[:200] == 60).all()
    brand = (picture[61, :, :3] == [0x19, 0x76, 0xD2]).all(axis=1)
    assert brand[250:300].all() and not brand[:250].any() and not brand[300:].any()


@pytest.mark.parametrize("wave", [np.zeros((0, 2)), np.zeros((COLUMNS, 2))])
def test_without_a_wave_a_line_is_drawn(stage, wave):
    top, bottom = rows_of(draw(stage, wave.astype(int), meta={**META, "wave": 0}))
    assert (top == 60).all() and (bottom == 60).all()


def test_the_spectrum_shares_the_pictures_frequencies_and_grows_to_the_right(stage):
    levels = np.full((BINS, COLUMNS), 40)  # -107.5 dB, beyond the left end
    levels[BINS - 1 - 46] = 215  # 44.9 kHz at -20 dB: 70 of the 80 dB from the left
    peak = {"hertz": 46 * 976.5625, "atEdge": False}
    picture = draw(stage, np.zeros((0, 2), int), levels=levels, rect={**RECT, "height": 258}, look=LOOK, peak=peak)
    painted = picture[..., 3] > 0
    row = round(258 * (1 - 46 * 976.5625 / 125000))
    assert abs(int(painted[:, 340].nonzero()[0].mean()) - row) <= 1
    right = painted[:, 356:].any(axis=0).nonzero()[0]  # the dashed line at the peak goes on
    assert painted[row - 4 : row + 4, 345:352].sum() >= 30
    assert len(right), "where the call's peak frequency is"
    unknown = draw(stage, np.zeros((0, 2), int), levels=levels, rect={**RECT, "height": 258}, look=LOOK)
    assert not (unknown[:, 356:, 3] > 0).any(), "what is not known is not made up"
    assert not painted[: row - 12, 10:].any() and not painted[row + 12 :, 10:].any()


def test_both_are_drawn_in_less_than_a_frame(stage):
    """Generous: shared machines are slow. Of 1000 columns each took half a millisecond or less."""
    script = """async ([levels, wave, meta, look, rect]) => {
      const m = await import(window.address + "widgets/explorer/painting/panels.js");
      const { powerSpectrum } = await import(window.address + "display/power_spectrum.js");
      const picture = { levels: Uint8Array.from(levels), wave: Int8Array.from(wave), meta };
      const context = document.createElement("canvas").getContext("2d");
      Object.assign(context.canvas, { width: 1200, height: 400 });
      const options = { theme: window.theme, look, meta, ratio: 1, onset: 10.01, offset: 10.09, peak: null };
      const times = { wave: [], mean: [], spectrum: [] };
      let found;
      const measure = (name, work) => {
        const start = performance.now();
        const made = work();
        times[name].push(performance.now() - start);
        return made;
      };
      for (let k = 0; k < 60; k++) {
        measure("wave", () => m.drawWaveform(context, rect, picture, { left: 10, right: 10.1 }, options));
        found = measure("mean", () => powerSpectrum(picture, { from: 10, to: 10.1 }));
        measure("spectrum", () => m.drawSpectrum(context, rect, found, (hertz) => 200 - hertz / 1000, options));
      }
      return Object.values(times).map((list) => list.sort((a, b) => a - b)[list.length >> 1]);
    }"""
    levels, wave = noise(3, (BINS, 1000)), np.resize(ramp(), (1000, 2))
    meta = {**META, "columns": 1000}
    rect = {**RECT, "width": 1000}
    times = stage.evaluate(script, [levels.ravel().tolist(), wave.ravel().tolist(), meta, LOOK, rect])
    print("median ms, waveform, mean, spectrum:", np.round(times, 2))
    assert max(times) < 8
