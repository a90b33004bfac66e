"""A second alias over the same Huey."""

TASKS["second"] = {"BACKEND": "huey.contrib.djhuey.tasks_backend.HueyBackend", "QUEUES": ["default", "second"]}
