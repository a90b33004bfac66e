"""A second alias in the same table."""

TASKS["second"] = {"BACKEND": "saboteurs.durable.Durable", "QUEUES": ["default", "second"]}
