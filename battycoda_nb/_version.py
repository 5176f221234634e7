"""The version of this package; hatch reads it here too."""

__version__ = "0.1.0"
