"""Metrics: what the published warehouse defines, asked by name and label on the published file."""
