"""A second alias."""

TASKS["second"] = {"BACKEND": "saboteurs.steps.Steps", "QUEUES": ["default", "second"]}
