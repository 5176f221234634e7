"""Calls, the labels that people give them, and the files that hold them."""
