"""The morning page: the company's figures, what moved since the last run and why, from the published file."""
