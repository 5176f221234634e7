"""Client, recordings, sequences of them, preparations: all that a user holds."""
