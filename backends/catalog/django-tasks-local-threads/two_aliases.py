"""A second alias with its own pool."""

TASKS["second"] = {
    "BACKEND": "django_tasks_local.ThreadPoolBackend",
    "QUEUES": ["default", "second"],
    "OPTIONS": {"MAX_WORKERS": 10, "MAX_RESULTS": 1000},
}
