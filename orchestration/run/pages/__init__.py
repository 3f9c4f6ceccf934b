"""What every page of a run is made with: one look, one way to write it, so many kept."""
