"""Scripts that show each failed MUST of the published results without Taskgauge: `python -m reproductions`."""
