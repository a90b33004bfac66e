"""Counts the commands of a Redis server by `INFO commandstats`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from taskgauge.backends.services.counters import NotCounted
from taskgauge.backends.services.errors import ServiceRefused

_OWN = "info"


class RedisCommands:
    """The commands of a server; those of a script and of a transaction are counted one by one."""

    environment: ClassVar[Mapping[str, str]] = {}

    def __init__(self, client: Any, place: str, *, is_ours: bool) -> None:
        """Take a client that keeps its connection, and the server's name in messages; raise NotCounted."""
        self._client = client
        self._place = place
        self._readings = 0
        # Commands of other clients of a user's server cannot be told apart.
        if not is_ours and len(self._ask("CLIENT LIST")) > 1:
            raise NotCounted("other clients use the same Redis")
        self.read()

    def read(self) -> Mapping[str, int]:
        """Return the number of calls by command; raise ServiceRefused."""
        counts = {
            name.removeprefix("cmdstat_"): int(values["calls"])
            for name, values in self._ask("INFO", "commandstats").items()
        }
        # The reading that runs is counted after its answer.
        counts[_OWN] = counts.get(_OWN, 0) - self._readings
        self._readings += 1
        return counts

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _ask(self, *words: str) -> Any:
        import redis  # noqa: PLC0415 -- the package is needed only where Redis is used

        try:
            return self._client.execute_command(*words)
        except redis.RedisError as error:
            text = " ".join(str(error).split())
            raise ServiceRefused(f"{self._place} does not show its counters: {text}") from error
