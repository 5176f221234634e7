"""Signal processing: samples in, arrays out, and the form in which arrays travel; no I/O."""
