"""A second alias on the same Redis."""

TASKS["second"] = {
    "BACKEND": "threadmill.backends.redis.RedisTaskBackend",
    "REDIS_URL": "{redis}",
    "QUEUES": ["default", "second"],
    "OPTIONS": {"lease_ttl": timedelta(seconds=20)},
}
