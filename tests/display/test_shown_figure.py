"""A figure shows itself as a cell's last line, whatever IPython knows of matplotlib, and once."""

from __future__ import annotations

import base64
import io

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import select_figure_formats
from PIL import Image

from battycoda_nb.display.shown_figure import DPI, ShownFigure


@pytest.mark.parametrize("inline", [False, True], ids=["plain", "matplotlib inline"])
def test_a_notebook_shows_it_as_one_png(inline: bool) -> None:
    shell = InteractiveShell()
    if inline:
        select_figure_formats(shell, {"png"})
    figure = ShownFigure((4, 2))
    figure.add_subplot().plot([1, 2])
    data, _ = shell.display_formatter.format(figure)
    assert set(data) == {"text/plain", "image/png"}
    png = data["image/png"]
    assert Image.open(io.BytesIO(base64.b64decode(png) if inline else png)).width > 200


def test_its_png_has_its_own_size() -> None:
    assert Image.open(io.BytesIO(ShownFigure((4, 2))._repr_png_())).size == (4 * DPI, 2 * DPI)
    assert Image.open(io.BytesIO(ShownFigure((4, 2), dpi=50).png())).size == (200, 100)
