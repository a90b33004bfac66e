"""Loops and benchmarks that call enqueue() and aenqueue()."""
