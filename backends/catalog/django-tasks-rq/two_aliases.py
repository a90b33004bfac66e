"""A second alias over the same queues of RQ."""

TASKS["second"] = {"BACKEND": "django_tasks_rq.RQBackend", "QUEUES": ["default", "second"]}
