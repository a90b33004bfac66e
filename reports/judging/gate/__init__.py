"""Judges a change by its ledger, its duet and its conformance."""
