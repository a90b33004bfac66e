"""The event log of tasks that were executed: its writers, one reader, and whether each task ran exactly once."""
