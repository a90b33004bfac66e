"""The task backends that Taskgauge measures: the catalogue, and the in-process reference backends.

A new backend is a folder of `catalog` with a `backend.toml` and fragments of settings.
"""
