"""Segment files: each format in a file of its own, `read` and `write` in front of them."""
