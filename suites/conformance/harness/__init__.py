"""Runs a target: its settings, its workers, what is submitted to it, and what is seen."""
