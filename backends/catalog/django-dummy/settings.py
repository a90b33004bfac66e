"""Django's DummyBackend: it stores tasks and runs none."""

TASKS = {
    "default": {
        "BACKEND": "django.tasks.backends.dummy.DummyBackend",
        "QUEUES": ["default", "second"],
    },
}
