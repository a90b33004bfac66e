"""A second alias."""

# ruff: noqa: F821 -- it stands below the settings

TASKS["second"] = {"BACKEND": "saboteurs.steps.Steps", "QUEUES": ["default", "second"]}
