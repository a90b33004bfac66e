"""Samples of a session's processes, taken once a second: memory, processor time, and connections at the store."""
