"""A page with the widget's styles, in JupyterLab's light or dark colours, for one module at a time."""

from front_end import HARNESS

from battycoda_nb.widgets.bundle import load_style
from battycoda_nb.widgets.explorer.view import ENTRY

DARK = """
.battycoda-explorer {
  --jp-ui-font-color1: rgba(255, 255, 255, 0.87); --jp-ui-font-color2: rgba(255, 255, 255, 0.54);
  --jp-border-color1: #616161; --jp-border-color2: #424242; --jp-layout-color1: #111; --jp-layout-color2: #424242;
  --jp-brand-color1: #2196f3;
}"""

THEME = """() => {
  const style = getComputedStyle(document.querySelector(".battycoda-explorer"));
  const names = ["text", "muted", "line", "blank", "brand"];
  const colours = names.map((name) => [name, style.getPropertyValue(`--bc-${name}`).trim()]);
  return { font: "sans-serif", ...Object.fromEntries(colours) };
}"""


def open_stage(page, address, *, dark=False):
    """An empty stage at (14, 18) of the page, as wide as the page."""
    page.goto(address + "__init__.py")
    page.set_content(
        f"<!doctype html><style>{load_style(ENTRY)}{DARK if dark else ''}</style><body style='margin: 0'>"
        "<div class='battycoda-explorer'><div class='bc-stage'></div></div></body>"
    )
    page.evaluate(HARNESS)
    page.evaluate(f"() => {{ window.theme = ({THEME})(); }}")
    page.evaluate("(address) => { window.address = address; }", address)
