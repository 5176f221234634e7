"""The widget that shows a call, and the explorer around it."""
