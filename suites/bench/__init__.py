"""The driver behind `taskgauge bench`: parts, prediction, subprocesses, progress, signals."""
