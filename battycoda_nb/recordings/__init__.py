"""Sound files on a worker's disk: what may be opened, found by name or content, read by window."""
