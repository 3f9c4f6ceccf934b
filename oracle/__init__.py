"""What is true of a simulated company, by arithmetic that shares no code with the models.

The dialects here are those that only tests read.
"""
