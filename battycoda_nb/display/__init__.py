"""Pictures as they are looked at: colours, viewport and figure, in Python and in JavaScript side by side."""
