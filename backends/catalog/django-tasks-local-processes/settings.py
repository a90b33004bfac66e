"""django-tasks-local with a pool of processes, as its documentation recommends."""

TASKS = {
    "default": {
        "BACKEND": "django_tasks_local.ProcessPoolBackend",
        "QUEUES": ["default", "second"],
        "OPTIONS": {"MAX_WORKERS": 4, "MAX_RESULTS": 1000},
    },
}
