"""Runs dbt, and decides what a run recomputes."""
