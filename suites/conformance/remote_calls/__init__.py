"""Calls that run in a process of their own, as a target's producers do."""
