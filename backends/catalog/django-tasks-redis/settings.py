"""django-tasks-redis, as users configure it, with a shorter claim timeout."""

INSTALLED_APPS = ["django_tasks_redis"]
TASKS = {
    "default": {
        "BACKEND": "django_tasks_redis.RedisTaskBackend",
        "QUEUES": ["default", "second"],
        "OPTIONS": {
            "REDIS_URL": "{redis}",
            # The default is five minutes: a task of a killed worker would stay RUNNING for that time.
            "REDIS_CLAIM_TIMEOUT": 15,
        },
    },
}
