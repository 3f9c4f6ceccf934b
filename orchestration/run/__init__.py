"""One run, step by step, and the pages it leaves."""
