"""Messages between kernel and browser, a pair of files for each kind."""
