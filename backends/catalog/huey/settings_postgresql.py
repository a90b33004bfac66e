"""huey's backend for django.tasks on PostgreSQL, as users configure it."""

INSTALLED_APPS = ["huey.contrib.djhuey"]
HUEY = {
    "huey_class": "huey.PostgresHuey",
    "name": "shop",
    "connection": {"dsn": "{postgresql}"},
}
TASKS = {
    "default": {
        "BACKEND": "huey.contrib.djhuey.tasks_backend.HueyBackend",
        "QUEUES": ["default", "second"],
    },
}
