"""The call explorer."""
