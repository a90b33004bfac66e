"""The floor on Redis: LPUSH to enqueue, BLMOVE to claim, LREM to finish."""

from typing import Any

import redis

from taskgauge.backends.floors.floor_environment import function, setting

_WAITING, _CLAIMED = "floor:waiting", "floor:claimed"
_BLOCK_SECONDS = 5


class RedisListFloor:
    """Numbers in a list."""

    def __init__(self) -> None:
        """Connect to the Redis of the settings."""
        # The client gives up on a read after 5 s by default, which is before a waiting BLMOVE answers.
        self._redis: Any = redis.Redis.from_url(setting("FLOOR_REDIS"), socket_timeout=None)

    def put(self, number: int, payload: str = "") -> None:
        """Push a number and a text to the list."""
        self._redis.lpush(_WAITING, f"{number} {payload}")

    def work(self) -> None:
        """Take numbers until the process ends."""
        call = function()
        print("ready", flush=True)  # noqa: T201 -- the worker's `ready` text
        while True:
            taken = self._redis.blmove(_WAITING, _CLAIMED, _BLOCK_SECONDS, "RIGHT", "LEFT")
            if taken is not None:
                call(int(taken.partition(b" ")[0]))
                self._redis.lrem(_CLAIMED, 1, taken)


if __name__ == "__main__":
    RedisListFloor().work()
