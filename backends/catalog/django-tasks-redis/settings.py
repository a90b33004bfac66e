"""django-tasks-redis, as its users write it, with a shorter claim timeout."""

INSTALLED_APPS = ["django_tasks_redis"]
TASKS = {
    "default": {
        "BACKEND": "django_tasks_redis.RedisTaskBackend",
        "QUEUES": ["default", "second"],
        "OPTIONS": {
            "REDIS_URL": "{redis}",
            # Five minutes by default, which is how long a task of a killed worker would stay RUNNING.
            "REDIS_CLAIM_TIMEOUT": 15,
        },
    },
}
