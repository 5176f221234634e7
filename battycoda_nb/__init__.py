"""Step through bat calls in a notebook, with their spectrograms ready before you ask.

    import battycoda_nb as bc

    client = bc.connect()
    recording = client.open("night1.wav")
    bc.CallExplorer(recording)

Importing this costs next to nothing: each name of __init__.pyi is loaded when it is first used.
"""

import sys

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def _show_progress(preparation: object) -> object:
    """Show a preparation as a progress bar."""
    from .widgets.progress import Progress

    return Progress(preparation)._repr_mimebundle_()


# Preparations know no widget: a notebook that can show one learns here how.
if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()) is not None:
    shell.display_formatter.mimebundle_formatter.for_type_by_name(
        "battycoda_nb.client.preparation", "Preparation", _show_progress
    )
