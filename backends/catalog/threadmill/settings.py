"""threadmill, as its users write it, with a shorter lease."""

from datetime import timedelta

INSTALLED_APPS = ["threadmill"]
TASKS = {
    "default": {
        "BACKEND": "threadmill.backends.redis.RedisTaskBackend",
        "REDIS_URL": "{redis}",
        "QUEUES": ["default", "second"],
        # An hour by default, which is how long a task of a killed worker would stay RUNNING.
        "OPTIONS": {"lease_ttl": timedelta(seconds=20)},
    },
}
