"""The front end without Jupyter: pictures made in Python, a model in the page, and what is on the screen then."""

import base64
import contextlib
import functools
import http.server
import json
import struct
import threading
import zlib
from dataclasses import asdict
from pathlib import Path

import numpy as np

from battycoda_nb.signal.transform import PRESETS
from battycoda_nb.widgets.bundle import load_style
from battycoda_nb.widgets.explorer.view import ENTRY

PACKAGE = Path(__file__).parents[2] / "battycoda_nb"

# A model with the methods that anywidget's has, and what the tests want to know of it.
HARNESS = """() => {
window.makeModel = (state) => {
  const handlers = {};
  const model = {
    state, sent: [], saved: 0,
    get: (name) => state[name],
    set(name, value) {
      if (state[name] === value) return;
      state[name] = value;
      model.fire(`change:${name}`, value);
    },
    on(name, handler) { (handlers[name] ??= []).push(handler); },
    off(name, handler) { handlers[name] = (handlers[name] ?? []).filter((one) => one !== handler); },
    fire(name, ...values) { for (const handler of [...(handlers[name] ?? [])]) handler(...values); },
    send(message) { model.sent.push(message); },
    save_changes() { model.saved += 1; },
    listening: () => Object.values(handlers).flat().length,
  };
  return model;
};
window.bytes = (text) => {
  const all = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new DataView(all.buffer);
};
window.root = () => document.querySelector(".battycoda-explorer");
window.press = (key, more = {}) =>
  root().dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
window.plotPixels = (which = 0) => {
  const node = document.querySelectorAll(".battycoda-explorer")[which];
  const { x, y, width, height } = JSON.parse(node.dataset.plot);
  const image = node.querySelector(".bc-picture").getContext("2d").getImageData(x, y, width, height);
  return { width, height, data: btoa(Array.from(image.data, (v) => String.fromCharCode(v)).join("")) };
};
}"""


class _Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # one connection for all modules of a page
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}  # noqa: RUF012

    def log_message(self, *args):
        """Keep the test's output free of requests."""


@contextlib.contextmanager
def served():
    """The address of the widget's files."""
    handler = functools.partial(_Handler, directory=str(PACKAGE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def png(levels, *, row_filter=1, header=None, wave=None):
    """A PNG as the worker writes it; `levels` [shape=(rows, columns)] from the top row down, `wave` int8 pairs."""
    rows, columns = levels.shape
    deltas = np.diff(levels.astype(np.int16), axis=1, prepend=0).astype(np.uint8)
    raw = np.concatenate([np.full((rows, 1), row_filter, np.uint8), deltas], axis=1).tobytes()
    header = header or struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    packed = zlib.compress(raw, 1)
    half = len(packed) // 2
    chunks = [(b"IHDR", header), (b"tEXt", b"x\0y"), (b"waVe", wave_of(columns).tobytes() if wave is None else wave)]
    chunks += [(b"IDAT", packed[:half]), (b"IDAT", packed[half:]), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def wave_of(columns):
    """A waveform that grows from nothing to full scale: least and largest of each column [shape=(columns, 2)]."""
    largest = np.linspace(0, 127, columns).round().astype(np.int8)
    return np.stack((-largest, largest), axis=1)


def b64(data):
    return base64.b64encode(data).decode()


def meta_of(levels, *, onset=-1.0, offset=-0.9, label="", t0=10.0, dt=0.0001, f0=0.0, df=1000.0, scale="linear"):
    """A picture's meta; the call lies outside of the window unless told, so that no mark covers the data."""
    return {
        "sample_rate": 250_000,
        "shape": list(levels.shape),
        "time": [t0, dt],
        "end": t0 + (levels.shape[1] + 1) * dt,
        "frequency": [f0, df],
        "scale": scale,
        "unit": "PCEN" if scale == "pcen" else "dB",
        "db": [-127.5, 0.5],
        "wave": 0.5,
        "enbw": 1500.0,
        "call": {"onset": onset, "offset": offset, "label": label},
    }


def noise(seed, shape=(33, 100)):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def unpack(text):
    return np.frombuffer(base64.b64decode(text), np.uint8)


@functools.cache
def cmap_of(name):
    """256 RGB colours [shape=(256, 3)] from matplotlib, the reference."""
    import matplotlib

    return np.round(255 * matplotlib.colormaps[name](np.arange(256))[:, :3])


def brightness(level, contrast, rms, meta):
    db = meta["db"][0] + meta["db"][1] * np.asarray(level, float)
    density = 10 ** (db / 10) / meta["enbw"] / rms**2
    return np.arctan(10**contrast * density) / (np.pi / 2)


STATE = {
    "call": 0,
    "count": 5,
    "channel": 0,
    "channels": 1,
    "overview": False,
    "unit": "call",
    "times": None,
    "frequencies": None,
    "window": "tukey",
    "window_length": 0.0,
    "overlap": None,
    "scale": "linear",
    "presets": {name: asdict(preset) for name, preset in PRESETS.items()},
    "mapping": "contrast",
    "low": -80.0,
    "high": 0.0,
    "reference": -10.0,
    "contrast": 4.0,
    "cmap": "viridis",
    "rms": 0.05,
    "grid": False,
    "waveform": False,
    "spectrum": False,
    "strip": True,
    "filmstrip": False,
    "markers": [],
    "expansion": 10,
    "heterodyne": 0,
    "bindings": {},
    "label_keys": {},
    "advance": True,
    "title": "bat1_angie_19.wav",
    "notice": "",
}
TOKEN = "tukey 0.000 auto linear"  # how the front end names STATE's transform


class Screen:
    """The front end over a model in the page, and what a kernel would do to it."""

    def __init__(self, page):
        self.page = page

    def send(self, call, levels=None, *, channel=0, overview=False, transform=TOKEN, digest=None, data=None, **meta):
        """A picture from the kernel; returns once it can have been decoded."""
        levels = noise(call) if levels is None else levels
        message = {"type": "picture", "call": call, "channel": channel, "overview": overview, "transform": transform}
        message |= {"digest": digest or f"digest-{call}", "meta": meta_of(levels, **meta)}
        self.page.evaluate(
            """async ([message, data]) => {
              model.fire("msg:custom", message, [bytes(data)]);
              // The same bytes once more, by the same way: when these are unpacked, the first are too.
              const { decodePicture } = await import(window.pictureModule);
              await decodePicture(bytes(data), message.meta.shape).catch(() => null);
              await new Promise((resolve) => setTimeout(resolve));
            }""",
            [message, b64(data or png(levels))],
        )

    def say(self, kind, call, text, *, overview=False):
        message = {"type": kind, "call": call, "channel": 0, "overview": overview, "transform": TOKEN}
        message |= {"digest": "d", "message": text}
        self.page.evaluate("(message) => model.fire('msg:custom', message, [])", message)

    def tell(self, onsets, offsets, *, file=0, first=0, duration=60.0, **facts):
        """The facts of a recording."""
        message = {
            "type": "recording", "file": file, "first": first, "count": len(onsets), "title": "night1.wav",
            "notice": "", "duration": duration, "nyquist": 125_000.0, "channels": 1, "rms": 0.05,
            "unit": "call", "padding": [0.01, 0.05], "recorded": "", **facts,
        }  # fmt: skip
        times = [b64(np.asarray(values, "<f8").tobytes()) for values in (onsets, offsets)]
        script = "([message, times]) => model.fire('msg:custom', message, times.map(bytes))"
        self.page.evaluate(script, [message, times])

    def peaks(self, first, peaks, *, channel=0):
        """Peak frequencies of steps, as a worker measured them."""
        message = {"type": "peaks", "channel": channel, "first": first, "peaks": peaks}
        self.page.evaluate("(message) => model.fire('msg:custom', message, [])", message)

    def wait(self, condition):
        self.page.wait_for_function(f"() => {condition}", timeout=60_000)

    def __getattr__(self, name):
        """`call`, `state`, `digest`: what the root element says is on the screen."""
        return self.page.evaluate("(name) => root().dataset[name]", name)

    @property
    def sent(self):
        return self.page.evaluate("() => model.sent")

    @property
    def saved(self):
        return self.page.evaluate("() => model.saved")

    @property
    def plot_rectangle(self):
        return json.loads(self.plot)

    def pixels(self, which=0):
        """RGB of the plot [shape=(height, width, 3)]."""
        image = self.page.evaluate("(which) => plotPixels(which)", which)
        return unpack(image["data"]).reshape(image["height"], image["width"], 4)[..., :3].astype(int)

    def text(self, selector):
        return self.page.locator(selector).inner_text()


OPEN = """async ([address, entry, state, displays, bundle]) => {
  const joined = () => URL.createObjectURL(new Blob([bundle], { type: "text/javascript" }));
  const module = bundle ? joined() : address + entry;
  window.pictureModule = address + "display/png.js";
  window.model = makeModel(state);
  const widget = (await import(module)).default();
  window.endSession = await widget.initialize({ model });
  window.ends = [];
  for (let k = 0; k < displays; k++) {
    const cell = document.createElement("div");
    cell.className = "jp-Cell";
    cell.tabIndex = -1;
    document.body.append(cell);
    window.ends.push(await widget.render({ model, el: cell }));
  }
  // The first size is known to the observer in the next frame.
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}"""


def show(page, address, *, displays=1, bundle=None, **state):
    page.goto(address + "__init__.py")
    style = load_style(ENTRY)
    page.set_content(f"<!doctype html><style>{style}</style><body style='margin: 0'></body>")
    page.evaluate(HARNESS)
    page.evaluate(OPEN, [address, ENTRY, {**STATE, **state}, displays, bundle])
    return Screen(page)


def enlarge(image, width, height):
    """Bilinear, pixel centres on pixel centres: what a canvas does when it smooths."""

    def along(axis, size):
        source = np.clip((np.arange(size) + 0.5) * image.shape[axis] / size - 0.5, 0, image.shape[axis] - 1)
        low = np.floor(source).astype(int)
        return low, np.minimum(low + 1, image.shape[axis] - 1), source - low

    y0, y1, fy = along(0, height)
    x0, x1, fx = along(1, width)
    fy, fx = fy[:, None, None], fx[None, :, None]
    top = image[y0][:, x0] * (1 - fx) + image[y0][:, x1] * fx
    bottom = image[y1][:, x0] * (1 - fx) + image[y1][:, x1] * fx
    return top * (1 - fy) + bottom * fy


def expected_pixels(levels, screen, contrast=4.0, rms=0.05):
    value = brightness(np.arange(256), contrast, rms, meta_of(levels))
    colours = cmap_of("viridis")[np.round(255 * value).astype(int)]
    plot = screen.plot_rectangle
    return enlarge(colours[levels], plot["width"], plot["height"])


def assert_same_picture(pixels, expected):
    """Up to rounding: a browser without a graphics card has a mean of 0.3, and 1.7 at the 99.9th percentile."""
    difference = np.abs(pixels - expected)
    assert difference.mean() < 1.5
    assert np.percentile(difference, 99.9) <= 8
