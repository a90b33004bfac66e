"""threadmill, as users configure it, with a shorter lease."""

from datetime import timedelta

INSTALLED_APPS = ["threadmill"]
TASKS = {
    "default": {
        "BACKEND": "threadmill.backends.redis.RedisTaskBackend",
        "REDIS_URL": "{redis}",
        "QUEUES": ["default", "second"],
        # The default is an hour: a task of a killed worker would stay RUNNING for that time.
        "OPTIONS": {"lease_ttl": timedelta(seconds=20)},
    },
}
