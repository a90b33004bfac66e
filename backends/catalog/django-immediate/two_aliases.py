"""A second alias."""

TASKS["second"] = {
    "BACKEND": "django.tasks.backends.immediate.ImmediateBackend",
    "QUEUES": ["default", "second"],
}
