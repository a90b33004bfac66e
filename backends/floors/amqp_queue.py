"""The floor on RabbitMQ: a bare publish to enqueue, a consumer, and an acknowledgement to finish."""

from typing import Any

import amqp

from taskgauge.backends.floors.floor_environment import function, setting

_QUEUE = "floor"
_READ_AHEAD = 100
"""The messages that RabbitMQ sends before the first is acknowledged."""


class AmqpQueueFloor:
    """Numbers in a durable queue."""

    def __init__(self) -> None:
        """Connect to the RabbitMQ of the settings."""
        self._connection: Any = amqp.Connection(**setting("FLOOR_RABBITMQ"))
        self._connection.connect()
        self._channel: Any = self._connection.channel()
        self._channel.queue_declare(_QUEUE, durable=True, auto_delete=False)

    def put(self, number: int, payload: str = "") -> None:
        """Publish a number and a text, which RabbitMQ writes to disk."""
        message = amqp.Message(f"{number} {payload}", delivery_mode=2)
        self._channel.basic_publish(message, routing_key=_QUEUE)

    def work(self) -> None:
        """Take numbers until the process ends."""
        call = function()

        def finish(message: Any) -> None:
            call(int(message.body.partition(" ")[0]))
            self._channel.basic_ack(message.delivery_tag)

        self._channel.basic_qos(0, _READ_AHEAD, a_global=False)
        self._channel.basic_consume(_QUEUE, callback=finish)
        print("ready", flush=True)  # noqa: T201 -- the worker's `ready` text
        while True:
            self._connection.drain_events()


if __name__ == "__main__":
    AmqpQueueFloor().work()
