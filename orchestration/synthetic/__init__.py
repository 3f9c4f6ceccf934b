"""A company whose truth is known: simulated events, their canonical form, vendors' dialects and an oracle."""
