"""The pytest plugin of the suites: options, the run folder, and progress."""
