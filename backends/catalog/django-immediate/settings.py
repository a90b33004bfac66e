"""Django's ImmediateBackend: it runs each task inside enqueue()."""

TASKS = {
    "default": {
        "BACKEND": "django.tasks.backends.immediate.ImmediateBackend",
        "QUEUES": ["default", "second"],
    },
}
