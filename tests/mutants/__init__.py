"""Backends with one thing broken each: the proof that the conformance suite notices."""
