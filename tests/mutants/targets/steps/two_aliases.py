"""A second alias."""

# ruff: noqa: F821 -- it stands below the settings

TASKS["second"] = {"BACKEND": "mutants.steps.Steps", "QUEUES": ["default", "second"]}
