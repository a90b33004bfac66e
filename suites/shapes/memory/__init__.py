"""Measures the memory of each variant's results."""
