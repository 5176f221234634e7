"""The command `battycoda`."""
