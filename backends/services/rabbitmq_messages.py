"""Counts the messages of a RabbitMQ server by its global counters, which `rabbitmqctl` reads without delay."""

import re
from collections.abc import Callable, Mapping
from typing import ClassVar

from taskgauge.backends.services.counters import NotCounted
from taskgauge.backends.services.errors import ServiceRefused

_SUM = "fun(K, V, S) -> maps:update_with(K, fun(X) -> X + V end, V, S) end"
_CODE = (
    f"maps:to_list(maps:fold(fun(_, M, A) -> maps:fold({_SUM}, A, M) end, #{{}}, rabbit_global_counters:overview()))."
)
_NAMES = {
    "messages_received_total": "basic.publish",
    "messages_confirmed_total": "confirm",
    # The counters of each way to deliver stay 0 for classic queues with acknowledgements (RabbitMQ 3.10).
    "messages_delivered_total": "basic.deliver or basic.get",
    "messages_get_empty_total": "basic.get of an empty queue",
    "messages_acknowledged_total": "basic.ack",
}
"""The counters of what passes between client and broker; others are sums or parts of these."""


class RabbitMQMessages:
    """The messages of a server, with acknowledgements; declarations and heartbeats are not among them."""

    environment: ClassVar[Mapping[str, str]] = {}

    def __init__(self, control: Callable[..., str]) -> None:
        """Take a function that runs `rabbitmqctl`; raise NotCounted."""
        self._control = control
        try:
            if not self.read():
                raise NotCounted("the broker has no global counters")
        except ServiceRefused as error:
            raise NotCounted("the broker has no global counters, which are in RabbitMQ from 3.9 on") from error

    def read(self) -> Mapping[str, int]:
        """Return the number of messages by direction; raise ServiceRefused."""
        counts = {name: int(count) for name, count in re.findall(r"\{(\w+),(\d+)\}", self._control("eval", _CODE))}
        return {words: counts[name] for name, words in _NAMES.items() if name in counts}
