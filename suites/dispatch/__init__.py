"""Dispatch: tasks through real backends, one item a target, arm and size; each item is a fresh session of processes."""
