"""Closed months: what was reported of a month, kept for good, and what a run is held against."""
