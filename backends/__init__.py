"""The task backends that Taskgauge measures: the catalogue, and the in-process reference backends."""
