"""A second alias."""

TASKS["second"] = {
    "BACKEND": "django.tasks.backends.dummy.DummyBackend",
    "QUEUES": ["default", "second"],
}
