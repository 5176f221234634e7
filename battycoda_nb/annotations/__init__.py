"""Calls, and what people said of them."""
