"""What a user holds: a client, recordings, sequences of them, preparations."""
