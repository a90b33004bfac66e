"""A second alias in the same database."""

TASKS["second"] = {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "second"]}
