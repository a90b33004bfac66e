"""Measures what results of each variant occupy."""
