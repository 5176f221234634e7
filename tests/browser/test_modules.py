"""The modules of the widget's front end, one by one, in a real browser."""

import struct
from dataclasses import asdict

import numpy as np
import pytest
from front_end import b64, brightness, cmap_of, meta_of, noise, png, unpack, wave_of

from battycoda_nb.display.colours import COLOUR_MAPS, Look, colour_map, colour_table, shown_range
from battycoda_nb.display.viewport import Viewport, close_span, wants_close, within
from battycoda_nb.signal.png import encode
from battycoda_nb.signal.requests import SpectrogramRequest
from battycoda_nb.signal.sound import SoundRequest
from battycoda_nb.signal.stft import compute_levels
from battycoda_nb.signal.transform import PRESETS, Transform
from battycoda_nb.signal.wav import encode_wav
from battycoda_nb.widgets.explorer.keys import ACTIONS
from battycoda_nb.widgets.explorer.messages.describe import token_of

DECODE = """async (m, [data, shape]) => {
  try {
    const { levels, wave } = await m.decodePicture(bytes(data), shape);
    return { levels: btoa(Array.from(levels, (v) => String.fromCharCode(v)).join("")), wave: Array.from(wave) };
  } catch (error) { return { error: error.message }; }
}"""


@pytest.mark.parametrize("shape", [(1, 1), (129, 313), (513, 1000)])
def test_a_png_is_decoded_to_exactly_its_levels(modules, shape):
    levels = noise(1, shape)
    answer = modules("display/png.js", DECODE, [b64(png(levels)), list(shape)])
    np.testing.assert_array_equal(unpack(answer["levels"]).reshape(shape), levels)
    np.testing.assert_array_equal(np.reshape(answer["wave"], (-1, 2)), wave_of(shape[1]))


def test_what_a_worker_writes_is_decoded(modules):
    request = SpectrogramRequest("ab" * 16, 0, 0, 5000)
    samples = np.random.default_rng(4).normal(0, 0.1, 5000).astype(np.float32)
    picture = compute_levels(lambda start, stop: samples[start:stop], request, sample_rate=250_000)
    blob = encode(picture, request, sample_rate=250_000)
    answer = modules("display/png.js", DECODE, [b64(blob), [request.bins, request.columns]])
    np.testing.assert_array_equal(unpack(answer["levels"]).reshape(picture.levels.shape), picture.levels[::-1])
    np.testing.assert_array_equal(np.reshape(answer["wave"], (-1, 2)), picture.wave)


def test_a_view_into_a_larger_buffer_is_decoded(modules):
    """Messages from the kernel arrive as a DataView with an offset of its own."""
    levels = noise(2)
    shifted = DECODE.replace("bytes(data)", "new DataView(bytes(data).buffer, 7)")
    answer = modules("display/png.js", shifted, [b64(b"seven.." + png(levels)), [33, 100]])
    np.testing.assert_array_equal(unpack(answer["levels"]).reshape(33, 100), levels)


LEVELS = noise(3)
GOOD = png(LEVELS)


@pytest.mark.parametrize(
    ("data", "shape", "reason"),
    [
        (GOOD, [34, 100], "33 x 100, but 34 x 100"),
        (GOOD, [100, 33], "33 x 100, but 100 x 33"),
        (GOOD, [33, 100.5], "not two whole numbers"),
        (GOOD, [33], "not two whole numbers"),
        (GOOD, [100_000, 100_000], "too large"),
        (GOOD[:-200], [33, 100], "cut short"),
        (GOOD[:40], [33, 100], "cut short"),
        (b"", [33, 100], "not a PNG"),
        (b"GIF89a" + GOOD, [33, 100], "not a PNG"),
        (png(LEVELS, row_filter=0), [33, 100], 'not filtered with "sub"'),
        (png(LEVELS, row_filter=2), [33, 100], 'not filtered with "sub"'),
        (png(LEVELS, header=struct.pack(">IIBBBBB", 100, 33, 8, 2, 0, 0, 0)), [33, 100], "8-bit grey"),
        (png(LEVELS, header=struct.pack(">IIBBBBB", 100, 33, 8, 0, 0, 0, 1)), [33, 100], "8-bit grey"),
        (png(LEVELS, header=struct.pack(">IIBBBBB", 100, 32, 8, 0, 0, 0, 0)), [32, 100], "more than was announced"),
        (png(LEVELS, header=struct.pack(">IIBBBBB", 100, 34, 8, 0, 0, 0, 0)), [34, 100], "less than was announced"),
        (GOOD.replace(GOOD[300:310], b"0123456789"), [33, 100], "damaged"),
        (png(LEVELS, wave=bytes(199)), [33, 100], "no waveform of its width"),
        (GOOD.replace(b"waVe", b"vaWe"), [33, 100], "no waveform"),
    ],
)
def test_anything_else_is_refused(modules, data, shape, reason):
    assert reason in modules("display/png.js", DECODE, [b64(data), shape])["error"]


@pytest.mark.parametrize(
    "change",
    [
        {"time": [0, 0]},
        {"time": None},
        {"end": None},
        {"frequency": ["0", 1]},
        {"db": [0]},
        {"enbw": 0},
        {"wave": None},
        {"scale": "bark"},
        {"unit": "PCEN"},
        {"call": None},
    ],
)
def test_a_meta_with_a_hole_is_refused(modules, change):
    script = "(m, meta) => { try { m.readMeta(meta); return ''; } catch (error) { return error.message; } }"
    assert modules("display/png.js", script, meta_of(LEVELS)) == ""
    assert modules("display/png.js", script, {**meta_of(LEVELS), **change})


# Colours


TABLE = """(m, { scale, look }) => Array.from(new Uint8Array(m.colourTable(scale, look).buffer))"""


SCALE = {"low": -127.5, "step": 0.5, "enbw": 1500.0, "unit": "dB"}


def table_of(modules, look, scale=SCALE):
    """[shape=(256, 4)] RGBA."""
    return np.array(modules("display/colours.js", TABLE, {"scale": scale, "look": asdict(look)})).reshape(256, 4)


@pytest.mark.parametrize("contrast", [0.0, 2.5, 4.0, 8.0])
@pytest.mark.parametrize("rms", [0.001, 0.2])
def test_the_colour_table_is_battycodas_contrast(modules, contrast, rms):
    expected = np.round(255 * brightness(np.arange(256), contrast, rms, meta_of(LEVELS)))
    table = table_of(modules, Look(mapping="contrast", contrast=contrast, cmap="gray", rms=rms))
    assert np.abs(table[:, :3] - expected[:, np.newaxis]).max() <= 1
    assert (table[:, 3] == 255).all()


@pytest.mark.parametrize("name", ["viridis", "magma", "inferno", "plasma", "cividis", "hot", "gray", "gray_r"])
def test_the_colour_maps_are_matplotlibs_to_two_levels(modules, name):
    colours = modules("display/colours.js", "(m, name) => Array.from(new Uint8Array(m.colourMap(name).buffer))", name)
    assert np.abs(np.array(colours).reshape(256, 4)[:, :3] - cmap_of(name)).max() <= 2


def test_roseus_rises_evenly_in_lightness(modules):
    colours = modules("display/colours.js", "(m) => Array.from(new Uint8Array(m.colourMap('roseus').buffer))")
    rgb = np.array(colours).reshape(256, 4)[:, :3] / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    lightness = np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance)
    assert np.abs(lightness - np.linspace(1.5, 98.5, 256)).max() < 2


def test_both_languages_have_the_same_colours(modules):
    names = modules("display/colours.js", "(m) => m.COLOUR_MAPS")
    assert tuple(names) == COLOUR_MAPS
    assert len(names) == 10 and "gray_r" in names
    for name in names:
        packed = "(m, name) => Array.from(new Uint8Array(m.colourMap(name).buffer))"
        map_here = modules("display/colours.js", packed, name)
        np.testing.assert_array_equal(np.reshape(map_here, (256, 4))[:, :3], colour_map(name))


def test_marks_are_dark_over_a_map_whose_quiet_end_is_bright(modules):
    """Luminance by Rec. 709 of the first colour."""
    light = modules("display/colours.js", "(m) => m.COLOUR_MAPS.filter((name) => m.isLightMap(name))")
    assert light == [name for name in COLOUR_MAPS if colour_map(name)[0] @ [0.2126, 0.7152, 0.0722] > 128]
    assert "gray_r" in light and "gray" not in light


def test_an_unknown_colour_map_is_shown_as_the_first(modules):
    """A view that was saved with a map of another version must still be drawn."""
    for name in ("jet", None):
        script = "(m, name) => [m.colourMap(name), m.colourMap(m.COLOUR_MAPS[0])].map((map) => Array.from(map))"
        unknown, first = modules("display/colours.js", script, name)
        assert unknown == first


PCEN = {"low": 0.0, "step": 0.0137, "enbw": 1500.0, "unit": "PCEN"}


@pytest.mark.parametrize("scale", [SCALE, {**SCALE, "low": -110.0, "enbw": 87.3}, PCEN])
@pytest.mark.parametrize(
    "look",
    [
        Look(),
        Look(low=-110, high=-10, reference=-3.7, cmap="viridis"),
        Look(low=-40, high=0, reference=-61.3, cmap="gray_r"),
        Look(low=-90, high=10, reference=4.1, cmap="hot"),
        Look(mapping="contrast", contrast=0.0, cmap="magma", rms=1e-4),
        Look(mapping="contrast", contrast=4.5, cmap="roseus", rms=0.03),
        Look(mapping="contrast", contrast=8.0, cmap="classic", rms=1.0),
        Look(mapping="contrast", rms=0.0),
    ],
)
def test_both_languages_show_a_look_the_same(modules, look, scale):
    np.testing.assert_array_equal(table_of(modules, look, scale)[:, :3], colour_table(**scale, look=look))
    shown = modules("display/colours.js", "(m, [look, scale]) => m.shownDb(look, scale)", [asdict(look), scale])
    assert (shown["bottom"], shown["top"]) == pytest.approx(shown_range(look, **scale), abs=1e-9)


def test_a_range_is_linear_between_its_ends(modules):
    table = table_of(modules, Look(low=-80, high=-20, reference=-7.5, cmap="gray"))[:, 0]
    db = -127.5 + 0.5 * np.arange(256)
    np.testing.assert_allclose(table, np.clip((db + 87.5) / 60, 0, 1) * 255, atol=0.5)
    assert table[db <= -87.5].max() == 0 and table[db >= -27.5].min() == 255


def test_pcen_has_its_own_scale_whatever_the_look(modules):
    for look in (Look(cmap="gray"), Look(mapping="contrast", cmap="gray")):
        np.testing.assert_array_equal(table_of(modules, look, PCEN)[:, 0], np.arange(256))


# Memory, axes, keys


def test_the_memory_keeps_its_bound_and_forgets_the_oldest(modules):
    assert modules("widgets/explorer/messages/pictures.js", "(m) => new m.Memory().limit") == 64 * 1024 * 1024
    kept = modules(
        "widgets/explorer/messages/pictures.js",
        """(m) => {
          const memory = new m.Memory(1000);
          const picture = (n) => ({ levels: new Uint8Array(n) });
          for (const name of ["a", "b", "c"]) memory.set(name, picture(300));
          memory.get("a");
          memory.has("b");  // a look, not a use
          memory.set("d", picture(300));
          memory.set("c", picture(400));  // in the place of the other "c"
          return { keys: [...memory.entries.keys()], bytes: memory.bytes };
        }""",
    )
    assert kept == {"keys": ["a", "d", "c"], "bytes": 1000}
    key = "(m) => m.pictureKey({ call: 3, channel: 1, overview: true, transform: 'hann' })"
    assert modules("widgets/explorer/messages/pictures.js", key) == "3/1/1/hann"


def test_the_coloured_picture_that_was_shown_longest_ago_makes_room(modules):
    script = """(m) => {
      const look = { mapping: "range", low: -80, high: 0, reference: 0, cmap: "gray", rms: 1 };
      const meta = { columns: 2, bins: 2, low: -127.5, step: 0.5, enbw: 1500, unit: "dB" };
      const layers = new m.Layers();
      const pictures = Array.from({ length: 7 }, () => ({ meta, levels: new Uint8Array(4) }));
      const canvases = pictures.slice(0, 6).map((picture) => layers.canvasOf(picture, look));
      const first = layers.canvasOf(pictures[0], look);  // seen again: the second is the oldest now
      const seventh = layers.canvasOf(pictures[6], look);
      const kept = [0, 2, 3, 4, 5].every((n) => layers.canvasOf(pictures[n], look) === canvases[n]);
      return [first === canvases[0], canvases.indexOf(seventh), kept];
    }"""
    assert modules("widgets/explorer/painting/layers.js", script) == [True, 1, True]


@pytest.mark.parametrize("transform", [Transform(), *PRESETS.values(), Transform("hamming", 1.2345678, 0.1, "pcen")])
def test_both_languages_name_a_transform_alike(modules, transform):
    script = "(m, traits) => m.transformToken(traits)"
    assert modules("widgets/explorer/messages/pictures.js", script, asdict(transform)) == token_of(transform)


@pytest.mark.parametrize(
    ("low", "high", "most", "values", "decimals"),
    [
        (0, 125, 8, [0, 20, 40, 60, 80, 100, 120], 0),
        (0, 22.05, 8, [0, 5, 10, 15, 20], 0),
        (-9.49, 14.49, 6, [-5, 0, 5, 10], 0),
        (-0.4, 1.6, 5, [0, 0.5, 1, 1.5], 1),
        (0, 1, 1, [0, 1], 0),
        (-0.0012, 0.0011, 5, [-0.001, -0.0005, 0, 0.0005, 0.001], 4),
    ],
)
def test_ticks_are_round_and_few(modules, low, high, most, values, decimals):
    ticks = modules("display/axes.js", "(m, [low, high, most]) => m.niceTicks(low, high, most)", [low, high, most])
    np.testing.assert_allclose(ticks["values"], values, atol=1e-12)
    assert ticks["decimals"] == decimals
    assert low - 1e-9 <= min(ticks["minor"]) and max(ticks["minor"]) <= high + 1e-9


@pytest.mark.parametrize(
    ("value", "decimals", "text"), [(-0.0001, 1, "0.0"), (-5, 0, "\N{MINUS SIGN}5"), (2.345, 1, "2.3"), (0, 0, "0")]
)
def test_numbers_have_a_true_minus_and_no_negative_zero(modules, value, decimals, text):
    assert modules("display/axes.js", "(m, [v, d]) => m.numberText(v, d)", [value, decimals]) == text


@pytest.fixture
def zone(context, modules_page):
    """Let the browser's clock have a time zone."""
    session = context.new_cdp_session(modules_page)
    yield lambda name: session.send("Emulation.setTimezoneOverride", {"timezoneId": name})
    session.send("Emulation.setTimezoneOverride", {"timezoneId": ""})
    session.detach()


@pytest.mark.parametrize(
    ("recorded", "seconds", "text"),
    [
        ("2024-06-01T22:15:03.250+02:00", 0.8, ["2024-06-01", "22:15:04", "+02:00"]),
        ("2024-03-31T02:30:00.000", 0, ["2024-03-31", "02:30:00", ""]),  # an hour that many a browser's zone has not
        ("2023-12-31T23:59:59.999+00:00", 0.002, ["2024-01-01", "00:00:00", "UTC"]),
        ("", 1, None),
    ],
)
def test_the_time_of_day_is_the_recorders(modules, zone, recorded, seconds, text):
    zone("Europe/Berlin")
    script = "(m, [recorded, seconds]) => Object.values(m.clockText(recorded, seconds) ?? {})"
    assert modules("display/axes.js", script, [recorded, seconds]) == (text or [])


def test_time_is_in_ms_and_in_seconds_for_a_long_window(modules):
    script = "(m, [view, onset]) => { const { unit, from, to } = m.timeAxis(view, onset); return [unit, from, to]; }"
    unit, start, stop = modules("display/axes.js", script, [{"left": 9.9945, "right": 10.0145}, 10.0])
    assert (unit, pytest.approx(start), pytest.approx(stop)) == ("ms", -5.5, 14.5)
    unit, start, stop = modules("display/axes.js", script, [{"left": 9.945, "right": 11.945}, 10.0])
    assert (unit, pytest.approx(start), pytest.approx(stop)) == ("s", -0.055, 1.945)


@pytest.mark.parametrize(
    ("event", "action"),
    [
        ({"key": "ArrowRight"}, "next"),
        ({"key": "e"}, "next"),
        ({"key": "E"}, "next"),  # caps lock
        ({"key": "."}, "next"),
        ({"key": "ArrowLeft"}, "previous"),
        ({"key": "q"}, "previous"),
        ({"key": ","}, "previous"),
        ({"key": "Home"}, "first"),
        ({"key": "End"}, "last"),
        ({"key": "o"}, "overview"),
        ({"key": "C", "shiftKey": True}, "colours"),
        ({"key": "c", "shiftKey": True}, "colours"),  # with caps lock
        ({"key": "?", "shiftKey": True}, "help"),
        ({"key": "?"}, "help"),
        ({"key": "Escape"}, "leave"),
        ({"key": "c"}, None),
        ({"key": "+", "shiftKey": True}, "zoom_in"),
        ({"key": "="}, "zoom_in"),
        ({"key": "z"}, "box"),
        ({"key": "z", "ctrlKey": True}, "undo"),
        ({"key": "Z", "ctrlKey": True, "shiftKey": True}, "redo"),
        ({"key": "z", "metaKey": True}, "undo"),  # on a Mac
        ({"key": "E", "shiftKey": True}, None),
        ({"key": "ArrowRight", "shiftKey": True}, "pan_right"),
        ({"key": "e", "ctrlKey": True}, None),
        ({"key": "ArrowRight", "metaKey": True}, None),
        ({"key": "ArrowLeft", "altKey": True}, None),
        ({"key": "e", "isComposing": True}, None),
    ],
)
def test_keys(modules, event, action):
    script = "(m, event) => m.keyMeaning({ shiftKey: false, ...event }, m.bindKeys())?.action ?? null"
    assert modules("widgets/explorer/keys.js", script, event) == action


@pytest.mark.parametrize(
    ("tag", "kind", "kept"),
    [
        ("SELECT", None, ["ArrowRight", "e", " ", "Home", "Enter"]),
        ("BUTTON", None, [" ", "Enter"]),
        ("INPUT", "range", ["ArrowRight", "Home"]),
        ("INPUT", "number", ["ArrowRight", "e", " ", "Home", "Enter"]),
        ("DIV", None, []),
    ],
)
def test_a_focused_control_keeps_the_keys_that_it_needs(modules, tag, kind, kept):
    """And Escape never: it leads back to the plot."""
    script = "(m, [keys, tag, kind]) => keys.filter((key) => m.belongsToControl({ key }, tag, kind))"
    keys = ["ArrowRight", "e", " ", "Home", "Enter", "Escape"]
    assert modules("widgets/explorer/keys.js", script, [keys, tag, kind]) == [key for key in keys if key in kept]


def test_a_held_key_repeats_steps_and_zoom_and_nothing_that_would_flicker(modules):
    script = "(m, actions) => actions.filter((action) => m.repeats(action))"
    actions = [*ACTIONS, None]
    repeated = modules("widgets/explorer/keys.js", script, actions)
    expected = {"next", "previous", "zoom_in", "zoom_out", "pan_left", "pan_right", "pan_up", "pan_down"}
    assert set(repeated) == expected


@pytest.mark.parametrize(
    ("right", "up", "moved"),
    [(0.5, 0, (1.5, 2.5, 20e3, 60e3)), (0, 0.25, (1, 2, 30e3, 70e3)), (-1, -1, (0, 1, 0, 40e3))],
)
def test_right_and_up_are_towards_larger_times_and_frequencies(modules, right, up, moved):
    view = {"left": 1, "right": 2, "bottom": 20e3, "top": 60e3}
    bounds = {"left": 0, "right": 60, "bottom": 0, "top": 125e3}
    script = "(m, [view, right, up, bounds]) => m.panned(view, right, up, bounds)"
    assert modules("display/viewport.js", script, [view, right, up, bounds]) == Viewport(*moved)._asdict()


def test_the_read_out_knows_the_lowest_level_from_a_value(modules):
    """A level at the floor is that or less."""
    levels = {"levels": [0, 1, 200, 0], "meta": {"columns": 2, "bins": 2, "t0": 0, "dt": 1, "f0": 0, "df": 1000,
              "low": -127.5, "step": 0.5, "scale": "linear"}}  # fmt: skip
    script = "(m, [picture, places]) => places.map(([s, hz]) => m.readLevel(picture, s, hz))"
    places = [[0, 0], [1, 0], [0, 1000], [1, 1000], [2, 0]]
    assert modules("display/axes.js", script, [levels, places]) == [
        {"value": -27.5, "atFloor": False}, {"value": -127.5, "atFloor": True},
        {"value": -127.5, "atFloor": True}, {"value": -127.0, "atFloor": False}, None,
    ]  # fmt: skip


def test_the_sound_of_a_call_that_the_user_has_left_is_not_played(modules):
    request = SoundRequest("ab" * 16, 0, 0, 6250)
    wav = encode_wav(np.ones(request.length(250_000), np.int16), request, sample_rate=250_000, gain=0.0)
    script = """async (m, data) => {
      const choice = { expansion: 10, heterodyne: 0 };
      const place = { call: 0, channel: 0, overview: false };
      const session = { model: { get: (name) => choice[name] }, place, count: 5, send: () => {} };
      const player = new m.Player(session, () => {});
      const answer = (call) =>
        player.receive({ call, channel: 0, overview: false, ...choice, start: 0 }, [bytes(data)]);
      player.toggle(false);
      session.place = { ...place, call: 1 };
      player.moved(place);
      player.toggle(false);
      const states = [player.state];
      await answer(0);
      states.push(player.state);
      await answer(1);
      states.push(player.state);
      player.close();
      return states;
    }"""
    assert modules("widgets/explorer/messages/sounds.js", script, b64(wav)) == ["loading", "loading", "playing"]


def test_a_damaged_segment_of_a_strip_costs_itself_alone(modules):
    """An error that nobody caught would fail the test too (conftest.py)."""
    levels = noise(1, (33, 50))
    metas = [{**meta_of(levels), "first": 50 * n, "total": 200} for n in range(4)]
    del metas[2]["time"]
    blobs = [b64(data) for data in (png(levels), png(levels)[:-40], png(levels), png(levels))]
    script = """async (m, [metas, blobs]) => {
      const found = { arrived: [], failed: [] };
      const view = {
        stripArrived: (key, segment) => found.arrived.push([key, segment.first, segment.levels.length]),
        stripFailed: (key, text) => found.failed.push(text),
      };
      const facts = { file: 0, duration: 60 };
      const place = { call: 0, channel: 1 };
      const strips = new m.Strips({ facts, place, send: () => {}, publish: (call) => call(view) });
      strips.wanted();
      await strips.receive({ file: 0, channel: 1, metas }, blobs.map(bytes));
      return { ...found, kept: strips.wanted().map((segment) => segment.first) };
    }"""
    found = modules("widgets/explorer/messages/strips.js", script, [metas, blobs])
    assert found["arrived"] == [["0/1", 0, 33 * 50], ["0/1", 150, 33 * 50]]
    assert found["kept"] == [0, 150]
    assert found["failed"] == [
        "A part of the strip cannot be shown: the picture is cut short.",
        'A part of the strip cannot be shown: the picture\'s "time" is not a pair of numbers.',
    ]


@pytest.mark.parametrize("duration", [60.0, 600.0])
@pytest.mark.parametrize(
    "view", [(1.0, 1.02, 0, 125_000), (0.0004, 0.0123, 20_000, 60_000), (58.3, 59.99, 0, 1e4), (-5, 200, -1e5, 9e5),
             (1.0, 1.0001, 40_000, 40_100)]
)  # fmt: skip
def test_both_languages_ask_for_the_same_closer_picture(modules, view, duration):
    home = Viewport(0.99, 1.03, 0.0, 125_000.0)
    script = """(m, [view, home, duration]) => {
      const shown = m.within(view, { ...home, left: 0, right: duration });
      return [shown, m.wantsClose(shown, home), m.closeSpan(shown, duration)];
    }"""
    asked = [Viewport(*view)._asdict(), home._asdict(), duration]
    shown, wants, span = modules("display/viewport.js", script, asked)
    expected = within(Viewport(*view), duration, home)
    assert expected.right - expected.left + 1e-12 >= 0.0005 and expected.right - expected.left <= 60
    assert expected.top - expected.bottom >= 1000
    assert shown == pytest.approx(expected._asdict())
    assert wants == wants_close(expected, home)
    assert (span["start"], span["stop"]) == pytest.approx(close_span(expected, duration))
