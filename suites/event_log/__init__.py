"""The event log of executed tasks: its writers, its reader, and the check that each task ran exactly once."""
