"""django-tasks-local with a pool of threads, as its documentation recommends."""

TASKS = {
    "default": {
        "BACKEND": "django_tasks_local.ThreadPoolBackend",
        "QUEUES": ["default", "second"],
        "OPTIONS": {"MAX_WORKERS": 10, "MAX_RESULTS": 1000},
    },
}
