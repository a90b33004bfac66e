"""huey's backend for django.tasks on Redis, as users configure it."""

INSTALLED_APPS = ["huey.contrib.djhuey"]
HUEY = {
    # The default, RedisHuey, refuses priorities.
    "huey_class": "huey.PriorityRedisHuey",
    "name": "shop",
    "connection": {"url": "{redis}"},
}
TASKS = {
    "default": {
        "BACKEND": "huey.contrib.djhuey.tasks_backend.HueyBackend",
        "QUEUES": ["default", "second"],
    },
}
