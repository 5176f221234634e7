"""How a picture is looked at, in Python and in JavaScript side by side."""
