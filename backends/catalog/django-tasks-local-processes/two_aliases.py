"""A second alias with its own pool."""

TASKS["second"] = {
    "BACKEND": "django_tasks_local.ProcessPoolBackend",
    "QUEUES": ["default", "second"],
    "OPTIONS": {"MAX_WORKERS": 4, "MAX_RESULTS": 1000},
}
