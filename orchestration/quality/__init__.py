"""The gates: what must be true of raw and of the built marts before the run goes on."""
