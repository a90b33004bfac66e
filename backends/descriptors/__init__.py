"""Descriptors: how a backend is installed, configured and started, and what it guarantees."""
