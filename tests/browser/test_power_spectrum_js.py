"""display/power_spectrum.js in a real browser, against numpy."""

import numpy as np
import pytest
from front_end import noise

from battycoda_nb.signal.scales import mel, mel_to_hz

SPECTRUM = "display/power_spectrum.js"
META = {
    "bins": 129, "columns": 400, "t0": 10.0, "dt": 1e-4, "f0": 0.0, "df": 976.5625, "low": -127.5, "step": 0.5,
    "enbw": 1500.0, "scale": "linear", "unit": "dB", "wave": 0.5,
}  # fmt: skip
MEL = {**META, "f0": 22.5, "df": 45.0, "scale": "mel"}
LEVELS = noise(11, (129, 400))  # from the highest frequency down


def spectrum_of(modules, meta, start, stop):
    script = """(m, [levels, meta, from, to]) => {
      return Array.from(m.powerSpectrum({ levels: Uint8Array.from(levels), meta }, { from, to }));
    }"""
    return modules(SPECTRUM, script, [LEVELS.ravel().tolist(), meta, start, stop])


@pytest.mark.parametrize(
    ("start", "stop", "columns"),
    [
        (10.0005, 10.0109, slice(5, 110)),
        (9.0, 12.0, slice(0, 400)),
        (10.00501, 10.00503, slice(50, 51)),  # between two centres: the nearest
        (9.0, 9.9, slice(0, 1)),
    ],
)
@pytest.mark.parametrize("meta", [META, MEL])
def test_the_power_spectrum_is_numpys_from_the_same_levels(modules, start, stop, columns, meta):
    powers = 10 ** ((meta["low"] + meta["step"] * LEVELS[::-1, columns].astype(float)) / 10)
    expected = 10 * np.log10(powers.mean(axis=1))
    found = spectrum_of(modules, meta, start, stop)
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("meta", [META, MEL])
def test_a_value_between_rows_is_on_the_line(modules, meta):
    rows = meta["f0"] + meta["df"] * np.array([-1, 0, 7, 7.25, 128, 200])
    hertz = rows if meta is META else mel_to_hz(rows)
    script = "(m, [meta, hertz]) => hertz.map((one) => m.valueAt(Float32Array.from([...Array(129).keys()]), meta, one))"
    np.testing.assert_allclose(modules(SPECTRUM, script, [meta, hertz.tolist()]), [0, 0, 7, 7.25, 128, 128], atol=1e-3)


def test_pcen_is_averaged_as_it_is(modules):
    found = spectrum_of(modules, {**META, "unit": "PCEN", "low": 0.0, "step": 0.01}, 10.0, 10.002)
    np.testing.assert_allclose(found, 0.01 * LEVELS[::-1, :21].mean(axis=1), atol=1e-5)


def test_rows_of_a_mel_picture_are_htks(modules):
    hertz = modules(SPECTRUM, "(m, meta) => [0, 1, 128].map((row) => m.rowHertz(meta, row))", MEL)
    np.testing.assert_allclose([mel(one) for one in hertz], [22.5, 67.5, 128 * 45 + 22.5], atol=1e-9)
