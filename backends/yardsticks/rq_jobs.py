"""The yardstick rq: a queue in Redis; the job is the function of the environment."""

import os

from redis import Redis
from rq import Queue

from taskgauge.backends.floors.floor_environment import FUNCTION, function, setting

REDIS_URL: str = setting("YARDSTICK_RQ")
"""The address that `rq worker --config` reads."""


class RqYardstick:
    """Jobs of rq."""

    def __init__(self) -> None:
        """Connect to the Redis of the settings."""
        self._queue = Queue(connection=Redis.from_url(REDIS_URL))

    def put(self, number: int, payload: str = "") -> None:
        """Enqueue a number and a text."""
        path = f"{__name__}.record" if payload else os.environ[FUNCTION]
        self._queue.enqueue(path, *((number, payload) if payload else (number,)))


def record(number: int, payload: str) -> None:
    """Call the function with a number."""
    del payload
    function()(number)
