"""The explorer's picture as a figure: the same numbers in the same colours, and a file that says what it is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import battycoda_nb as bc
from battycoda_nb.blob import coloured
from battycoda_nb.client import Client
from battycoda_nb.colours import middle_db
from battycoda_nb.spectrogram import noise_bandwidth


def test_shown_and_exported_are_the_same_numbers_in_the_same_colours(client: Client, tones: Path) -> None:
    import io

    from matplotlib.image import imread

    recording = client.open(tones)
    explorer = bc.CallExplorer(recording, call=7, contrast=4.5, cmap="viridis")
    figure = explorer.figure()
    image = figure.axes[0].images[0]
    assert (np.asarray(image.get_array()) == recording.spectrogram(7).db).all()
    blob = recording.submit(7).blob(20)
    screen = imread(io.BytesIO(coloured(blob, recording.request(7), contrast=4.5, cmap="viridis", rms=explorer.rms)))
    drawn = image.cmap(image.norm(image.get_array()))[::-1, :, :3]
    assert np.abs(drawn - screen[:, :, :3]).max() < 0.5 / 255
    low, high = figure.axes[1].get_ylim()
    assert high - low == pytest.approx(40)
    enbw = noise_bandwidth("tukey", 256, 250_000)
    assert (high + low) / 2 == pytest.approx(middle_db(contrast=4.5, enbw=enbw, rms=explorer.rms))
    explorer.close()


def test_a_file_says_where_it_comes_from(client: Client, tones: Path, tmp_path: Path) -> None:
    from PIL import Image

    recording = client.open(tones)
    explorer = bc.CallExplorer(recording, call=3, overview=True)
    saved = explorer.save(tmp_path / "call.png")
    provenance = json.loads(Image.open(saved).text["battycoda"])
    assert provenance["request"] == recording.request(3, overview=True).to_json()
    assert provenance["view"]["contrast"] == 4.0
    assert provenance["title"] == "tones.wav, call 4 of 600"
    for name in ("call.pdf", "call.svg"):
        assert b"tukey" in explorer.save(tmp_path / name).read_bytes()
    with pytest.raises(bc.RequestError, match=r"must end in .png, .pdf or .svg"):
        explorer.save(tmp_path / "call.bmp")
    explorer.close()
