"""Profiles of the producer and the worker of each target, by py-spy."""
