"""The simulated company as further systems would export it.

The dialects of the demo are in `orchestration/synthetic/dialects`.
"""
