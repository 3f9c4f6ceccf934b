"""The gates: what must be true of raw and of the built marts before the night goes on."""
