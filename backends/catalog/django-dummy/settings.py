"""Django's DummyBackend: it stores tasks and does not run them."""

TASKS = {
    "default": {
        "BACKEND": "django.tasks.backends.dummy.DummyBackend",
        "QUEUES": ["default", "second"],
    },
}
