"""The rules that hold what a run brought against what was there before: a query a rule, and what it says."""
