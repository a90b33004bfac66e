"""Times what is done to results of each variant."""
