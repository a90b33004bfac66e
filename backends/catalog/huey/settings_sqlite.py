"""huey's backend for django.tasks on SQLite, in a file of its own, as users configure it."""

INSTALLED_APPS = ["huey.contrib.djhuey"]
HUEY = {
    "huey_class": "huey.SqliteHuey",
    "name": "shop",
    # The default timeout is 5 s: a worker that waits longer for the file loses the task that it has taken.
    "connection": {"filename": "{store}", "timeout": 30},
}
TASKS = {
    "default": {
        "BACKEND": "huey.contrib.djhuey.tasks_backend.HueyBackend",
        "QUEUES": ["default", "second"],
    },
}
