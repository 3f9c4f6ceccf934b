"""The same truth as each vendor's system would deliver it."""
