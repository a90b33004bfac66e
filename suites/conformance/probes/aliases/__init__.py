"""Probes of a target at two aliases, and at an alias beside another backend."""
