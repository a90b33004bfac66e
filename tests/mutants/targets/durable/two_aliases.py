"""A second alias in the same table."""

# ruff: noqa: F821 -- it stands below the settings

TASKS["second"] = {"BACKEND": "mutants.durable.Durable", "QUEUES": ["default", "second"]}
