"""The yardstick Dramatiq: a broker and one actor."""

from typing import Any

import dramatiq

from taskgauge.backends.floors.floor_environment import function, setting

_url: str = setting("YARDSTICK_DRAMATIQ")


def _broker() -> Any:
    if _url.startswith("redis"):
        from dramatiq.brokers.redis import RedisBroker  # noqa: PLC0415 -- each needs its own client

        return RedisBroker(url=_url)
    from dramatiq.brokers.rabbitmq import RabbitmqBroker  # noqa: PLC0415 -- see above

    return RabbitmqBroker(url=_url)


dramatiq.set_broker(_broker())
_stores_results: bool = setting("YARDSTICK_DRAMATIQ_RESULTS", False)
if _stores_results:
    from dramatiq.results import Results
    from dramatiq.results.backends.redis import RedisBackend

    dramatiq.get_broker().add_middleware(Results(backend=RedisBackend(url=_url)))


def _record(number: int, payload: str = "") -> int | None:
    del payload
    return function()(number)


record: Any = dramatiq.actor(_record, actor_name="record", **({"store_results": True} if _stores_results else {}))
"""Call the function with a number, and return what it returns."""


class DramatiqYardstick:
    """Messages of Dramatiq."""

    def put(self, number: int, payload: str = "") -> None:
        """Send a number and a text."""
        record.send(number, payload)
