"""Somebody learns of it: what is told of a run, to whom, and whether a run came at all."""
