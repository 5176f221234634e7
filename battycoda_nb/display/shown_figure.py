"""A matplotlib figure that shows itself in a notebook. Imported where one is drawn: it loads matplotlib."""

from __future__ import annotations

import io

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

DPI = 110  # of a picture in a notebook


class ShownFigure(Figure):
    """A figure of its own, not pyplot's: nothing is kept open, any thread may draw, and a cell's last line shows it.

    IPython knows how to show a `Figure` only once pyplot has been set up for it (``%matplotlib inline``); where it has,
    its own way comes first, so that nothing is shown twice.

    Examples
    --------
    >>> figure = ShownFigure(figsize=(2, 1))
    >>> figure._repr_png_()[:4]
    b'\\x89PNG'
    """

    def __init__(self, figsize: tuple[float, float], *, dpi: float = DPI) -> None:
        super().__init__(figsize=figsize, dpi=dpi, layout="constrained")
        FigureCanvasAgg(self)

    def _repr_png_(self) -> bytes:
        return self.png()

    def png(self, texts: dict[str, str] | None = None) -> bytes:
        """Return the figure as a PNG of its own size and resolution, with text chunks by keyword."""
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=self.dpi, metadata=texts)
        return file.getvalue()
