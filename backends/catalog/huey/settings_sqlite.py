"""huey's backend for django.tasks on SQLite, in a file of its own, as users configure it."""

INSTALLED_APPS = ["huey.contrib.djhuey"]
HUEY = {
    "huey_class": "huey.SqliteHuey",
    "name": "shop",
    "connection": {"filename": "{store}"},
}
TASKS = {
    "default": {
        "BACKEND": "huey.contrib.djhuey.tasks_backend.HueyBackend",
        "QUEUES": ["default", "second"],
    },
}
