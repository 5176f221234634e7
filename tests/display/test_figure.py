"""The present view as a figure: the same numbers in the same colours, and a file that says what it is."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

import battycoda_nb as bc
from battycoda_nb.annotations.calls import Call
from battycoda_nb.client.client import Client
from battycoda_nb.display.colour_png import coloured
from battycoda_nb.display.colours import COLOUR_MAPS, Look, colour_map, shown_range
from battycoda_nb.display.figure import Viewport, call_figure, save_figure
from battycoda_nb.display.power_spectrum import power_spectrum
from battycoda_nb.signal.peak_frequency import PeakFrequency
from battycoda_nb.signal.spectrogram import Spectrogram
from battycoda_nb.signal.stft import compute_levels
from battycoda_nb.signal.transform import PRESETS, Transform, plan

RATE = 250_000
CALL = Call(2.010, 2.015)


def spec_of(transform: Transform = PRESETS["bat 2 ms"]) -> Spectrogram:
    """25 ms from 2 s on: a call that falls from 80 to 30 kHz in noise."""
    t = np.arange(int(0.025 * RATE)) / RATE
    part = np.clip((t - 0.010) / 0.005, 0, 1)
    phase = 2 * np.pi * np.cumsum(80e3 * (30 / 80) ** part) / RATE
    samples = 0.2 * np.sin(np.pi * part) * np.sin(phase) + np.random.default_rng(1).normal(0, 1e-3, len(t))
    samples = samples.astype(np.float32)
    start = 2 * RATE
    request = plan(transform, recording="0" * 32, channel=0, start=start, stop=start + len(t), sample_rate=RATE)
    found = compute_levels(lambda a, b: samples[a - start : b - start], request, sample_rate=RATE)
    wave = found.wave * np.float32(found.peak / 127)
    return Spectrogram(
        found.levels, request, RATE, found.low, found.step, onset=CALL.onset, title="a.wav, call 1 of 3", wave=wave
    )


@pytest.mark.parametrize("look", [Look(reference=-9.0, cmap="viridis"), Look("contrast", contrast=4.5, rms=0.03)])
def test_shown_and_exported_are_the_same_numbers_in_the_same_colours(client: Client, tones: Path, look: Look) -> None:
    from matplotlib.image import imread

    recording = client.open(tones)
    spec = recording.spectrogram(7)
    figure = call_figure(spec, recording.calls[7], look=look)
    image = figure.axes[0].images[0]
    assert (np.asarray(image.get_array()) == spec.db).all()
    screen = imread(io.BytesIO(coloured(recording.submit(7).blob(20), recording.request(7), look=look)))
    drawn = image.cmap(image.norm(image.get_array()))[::-1, :, :3]
    assert np.abs(drawn - screen[:, :, :3]).max() < 0.5 / 255
    bar = figure.axes[1]
    assert bar.get_ylim() == pytest.approx(shown_range(look, low=spec.low, step=spec.step, enbw=spec.enbw))
    assert bar.get_ylabel() == "dB re full scale"


def test_the_bar_has_the_pictures_colours_also_beyond_its_levels() -> None:
    from matplotlib.collections import QuadMesh

    look = Look(low=-90, high=10, reference=6.0, cmap="inferno")  # from -84 to 16 dB: the levels end at 0
    parts = call_figure(spec_of(), CALL, look=look).axes[1].collections
    (mesh,) = (part for part in parts if isinstance(part, QuadMesh))
    for db in (-83, -40, 0, 15.9):
        expected = colour_map("inferno")[round(255 * (db + 84) / 100)] / 255
        assert mesh.cmap(mesh.norm(db))[:3] == pytest.approx(expected, abs=4 / 255)


def test_limits_are_the_viewports_and_time_counts_from_the_onset() -> None:
    spec = spec_of()
    ax = call_figure(spec, CALL, look=Look(), viewport=Viewport(2.008, 2.018, 20e3, 90e3)).axes[0]
    assert ax.get_xlim() == pytest.approx((-2, 8)) and ax.get_ylim() == pytest.approx((20, 90))
    whole = call_figure(spec, CALL, look=Look()).axes[0]
    half = spec.request.hop_length / RATE / 2
    limits = (spec.times[[0, -1]] + [-half, half] - CALL.onset) * 1e3
    assert whole.get_xlim() == pytest.approx(limits) and whole.get_ylim()[0] == 0
    assert [line.get_xdata()[0] for line in whole.lines] == pytest.approx([0, 5])  # onset and offset
    long = call_figure(spec, CALL, look=Look(), viewport=Viewport(1.5, 3.0, 0, 125e3)).axes[0]
    assert long.get_xlabel() == "Time (s)" and long.get_xlim() == pytest.approx((-0.51, 0.99))


def test_waveform_and_spectrum_share_the_pictures_axes() -> None:
    spec = spec_of()
    viewport = Viewport(2.008, 2.018, 20e3, 90e3)
    shown = {"viewport": viewport, "waveform": True, "spectrum": True, "grid": True}
    figure = call_figure(spec, CALL, look=Look(), peak=PeakFrequency(45_230.0, -20.0), **shown)
    picture, wave, spectrum, _ = figure.axes
    assert wave.get_xlim() == picture.get_xlim() and spectrum.get_ylim() == picture.get_ylim()
    line = spectrum.lines[0]
    inside = (spec.times >= CALL.onset) & (spec.times <= CALL.offset)
    expected = 10 * np.log10((10 ** (spec.db[:, inside].astype(float) / 10)).mean(axis=1))
    np.testing.assert_allclose(line.get_xdata(), expected, atol=1e-4)
    np.testing.assert_allclose(line.get_ydata(), spec.frequencies / 1e3)
    assert spectrum.get_title() == "peak 45.2 kHz"
    [[db], [khz]] = spectrum.lines[1].get_data()
    assert khz == pytest.approx(45.23) and db == pytest.approx(np.interp(45_230, spec.frequencies, expected), abs=1e-4)
    unknown = call_figure(spec, CALL, look=Look(), **shown).axes[2]
    assert (unknown.get_title(), len(unknown.lines)) == ("", 1), "what is not known is not made up"
    edge = call_figure(spec, CALL, look=Look(), peak=PeakFrequency(30e3, -20.0, at_edge=True), **shown).axes[2]
    assert edge.get_title() == "peak 30.0 kHz (band edge)"
    extremes = wave.collections[0].get_paths()[0].vertices[:, 1]
    assert (extremes.min(), extremes.max()) == pytest.approx((100 * spec.wave.min(), 100 * spec.wave.max()))
    figure.canvas.draw()
    boxes = [ax.get_window_extent() for ax in (picture, wave, spectrum)]
    assert (boxes[0].x0, boxes[0].x1) == pytest.approx((boxes[1].x0, boxes[1].x1))
    assert (boxes[0].y0, boxes[0].y1) == pytest.approx((boxes[2].y0, boxes[2].y1))


def test_rows_of_a_mel_picture_lie_at_their_frequencies() -> None:
    """By the pixels: one row is bright, and lies where the axis has its frequency."""
    spec = spec_of(Transform(scale="mel"))
    levels = np.zeros_like(spec.levels)
    levels[100] = 255
    figure = call_figure(replace(spec, levels=levels), CALL, look=Look(cmap="gray"), spectrum=True)
    figure.canvas.draw()
    ax = figure.axes[0]
    assert [float(tick.get_text()) for tick in ax.get_yticklabels()] == [1, 2, 5, 10, 20, 50, 100]
    x = int(ax.transAxes.transform((0.1, 0))[0])
    canvas = np.asarray(figure.canvas.buffer_rgba())[::-1, x, :3].min(axis=1)  # type: ignore[attr-defined]
    inside = slice(int(ax.bbox.y0) + 3, int(ax.bbox.y1) - 3)
    bright = np.flatnonzero(canvas[inside] > 200) + inside.start
    assert 1 <= len(bright) <= 4
    place = ax.transData.transform((0, spec.frequencies[100] / 1e3))[1]
    assert bright.mean() + 0.5 == pytest.approx(place, abs=1)
    zoomed = call_figure(spec, CALL, look=Look(), viewport=Viewport(2.0, 2.025, 25e3, 45e3)).axes[0]
    assert len(zoomed.get_yticks()) >= 3  # where 1, 2 and 5 are too few


def test_pcen_is_shown_over_its_own_scale() -> None:
    spec = spec_of(Transform(scale="pcen"))
    figure = call_figure(spec, CALL, look=Look("contrast"), spectrum=True)
    picture, spectrum, bar = figure.axes
    assert bar.get_ylabel() == spectrum.get_xlabel() == "PCEN"
    assert bar.get_ylim() == spectrum.get_xlim() == pytest.approx((0, spec.low + 255 * spec.step))
    np.testing.assert_allclose(picture.images[0].cmap(np.arange(256))[:, :3], colour_map("roseus") / 255, atol=1e-9)
    inside = (spec.times >= CALL.onset) & (spec.times <= CALL.offset)
    np.testing.assert_allclose(power_spectrum(spec, 2.010, 2.015), spec.db[:, inside].mean(axis=1), rtol=1e-5)


@pytest.mark.parametrize("waveform", [False, True])
def test_markers_are_drawn_and_their_difference_is_said(waveform: bool) -> None:
    markers = [[0.001, 60e3], [0.0052, 47.7e3]]
    figure = call_figure(spec_of(), CALL, look=Look(), markers=markers, waveform=waveform)
    lines = {tuple(np.round(line.get_xdata(), 9).tolist()) for line in figure.axes[0].lines}
    assert {(1.0, 1.0), (5.2, 5.2)} <= lines
    assert [text.get_text() for text in figure.axes[0].texts] == ["A", "B"]
    caption = figure.get_supxlabel()
    assert "A to B: 4.20 ms, -12.30 kHz" in caption and "recording 000000000000" in caption
    assert "hann window of 500" in caption and "-80.0 to 0.0 dB re full scale" in caption


def test_a_file_says_where_it_comes_from(tmp_path: Path) -> None:
    from PIL import Image

    spec, look, viewport = spec_of(), Look(reference=-9.5), Viewport(2.008, 2.018, 20e3, 90e3)
    figure = call_figure(spec, CALL, look=look, viewport=viewport, waveform=True, spectrum=True)
    saved = save_figure(figure, tmp_path / "call.png", spec, look=look, viewport=viewport, markers=[(0, 1), (2, 3)])
    provenance = json.loads(Image.open(saved).text["battycoda"])
    assert provenance["request"] == spec.request.to_json()
    assert provenance["db"] == [spec.low, spec.step]
    assert provenance["title"] == "a.wav, call 1 of 3"
    shown = {"left": 2.008, "right": 2.018, "bottom": 20e3, "top": 90e3}
    assert provenance["view"] == {**asdict(look), "viewport": shown, "markers": [[0, 1], [2, 3]]}
    for name in ("call.pdf", "call.svg"):
        assert b"hann" in save_figure(figure, tmp_path / name, spec, look=look).read_bytes()
    with pytest.raises(bc.RequestError, match=r"must end in .png, .pdf or .svg"):
        save_figure(figure, tmp_path / "call.bmp", spec, look=look)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"low": -30}, "low=-30 and high=0 are 30 dB apart: the range must span 40 to 100 dB"),
        ({"low": -101}, "are 101 dB apart"),
        ({"low": 0, "high": -80}, "are -80 dB apart"),
        ({"reference": float("nan")}, "reference=nan must be a finite number"),
        ({"rms": -1}, "rms=-1 must not be negative"),
        ({"contrast": 8.5}, "contrast=8.5 must lie between 0 and 8"),
        ({"contrast": "4"}, "contrast='4' must be a finite number"),
        ({"mapping": "log"}, "mapping='log' must be one of range, contrast"),
        ({"cmap": "jet"}, "cmap='jet' must be one of roseus, "),
    ],
)
def test_a_look_that_cannot_be_is_refused(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(bc.RequestError, match=sentence):
        Look(**values)  # type: ignore[arg-type]


def test_a_contrast_needs_no_range_and_there_are_nine_maps_and_inverted_grey() -> None:
    assert Look(mapping="contrast", low=-10).low == -10
    nine = {"roseus", "viridis", "magma", "inferno", "plasma", "cividis", "hot", "gray", "classic"}
    assert {*COLOUR_MAPS} == nine | {"gray_r"} and COLOUR_MAPS[0] == "roseus"
