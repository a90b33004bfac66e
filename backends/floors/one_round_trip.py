"""The floor of a connection: one round trip hands a number to the worker, with nothing kept and nothing finished."""

import time
from collections.abc import Callable
from typing import Any, Protocol

from taskgauge.backends.floors.floor_environment import function, setting

_NAME = "floor_connection"
_POLL_SECONDS = 0.01


class _Connection(Protocol):
    def put(self, number: int) -> None: ...

    def take(self) -> int | None: ...


class _RedisConnection:
    def __init__(self, url: str) -> None:
        import redis  # noqa: PLC0415 -- only on Redis

        self._redis: Any = redis.Redis.from_url(url)

    def put(self, number: int) -> None:
        self._redis.rpush(_NAME, number)

    def take(self) -> int | None:
        number = self._redis.lpop(_NAME)
        return None if number is None else int(number)


class _PostgreSQLConnection:
    def __init__(self, place: dict[str, Any]) -> None:
        import psycopg  # noqa: PLC0415 -- only on PostgreSQL

        self._connection: Any = psycopg.connect(**place, autocommit=True)
        # A commit that waits for the disk would be more than a round trip.
        self._connection.execute("SET synchronous_commit = off")
        self._connection.execute(f"CREATE UNLOGGED TABLE IF NOT EXISTS {_NAME} (number BIGINT PRIMARY KEY)")

    def put(self, number: int) -> None:
        self._connection.execute(f"INSERT INTO {_NAME} VALUES (%s)", (number,))  # noqa: S608 -- a constant

    def take(self) -> int | None:
        first = f"SELECT number FROM {_NAME} ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED"  # noqa: S608 -- a constant
        row = self._connection.execute(
            f"DELETE FROM {_NAME} WHERE number = ({first}) RETURNING number"  # noqa: S608 -- a constant
        ).fetchone()
        return None if row is None else int(row[0])


class _RabbitMQConnection:
    def __init__(self, place: dict[str, str]) -> None:
        import amqp  # noqa: PLC0415 -- only on RabbitMQ

        self._connection: Any = amqp.Connection(**place)
        self._connection.connect()
        self._channel = self._connection.channel()
        self._channel.queue_declare(_NAME, durable=False, auto_delete=False)
        self._message = amqp.Message

    def put(self, number: int) -> None:
        self._channel.basic_publish(self._message(str(number)), routing_key=_NAME)

    def take(self) -> int | None:
        message = self._channel.basic_get(_NAME, no_ack=True)
        return None if message is None else int(message.body)


_CLASSES: dict[str, Callable[[Any], _Connection]] = {
    "redis": _RedisConnection,
    "postgresql": _PostgreSQLConnection,
    "rabbitmq": _RabbitMQConnection,
}


class OneRoundTripFloor:
    """Numbers that leave the store as soon as a worker takes them."""

    def __init__(self) -> None:
        """Connect to the store of the settings."""
        [(kind, place)] = setting("FLOOR_CONNECTION").items()
        self._connection = _CLASSES[kind](place)

    def put(self, number: int) -> None:
        """Send a number."""
        self._connection.put(number)

    def work(self) -> None:
        """Take numbers until the process ends."""
        call = function()
        print("ready", flush=True)  # noqa: T201 -- the worker's `ready` text
        while True:
            number = self._connection.take()
            if number is None:
                time.sleep(_POLL_SECONDS)
            else:
                call(number)


if __name__ == "__main__":
    OneRoundTripFloor().work()
