"""What is measured: the catalogue of task backends and the in-process reference backends."""
