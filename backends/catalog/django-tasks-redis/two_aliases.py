"""A second alias on the same Redis."""

TASKS["second"] = {
    "BACKEND": "django_tasks_redis.RedisTaskBackend",
    "QUEUES": ["default", "second"],
    "OPTIONS": {"REDIS_URL": "{redis}", "REDIS_CLAIM_TIMEOUT": 15},
}
