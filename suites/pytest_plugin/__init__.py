"""The pytest plugins: options, fixtures and progress that all suites share."""
