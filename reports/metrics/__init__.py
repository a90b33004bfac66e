"""Pure functions from samples to the numbers of a report."""
