"""The pages of a benchmark: its measurements, and the claims that these decide."""
