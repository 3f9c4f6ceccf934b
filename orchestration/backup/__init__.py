"""The second copy of what was delivered: written as Parquet, checked, and brought back."""
