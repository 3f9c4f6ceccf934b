"""The board page: what investors ask of the last complete quarter, from the published file."""
