"""The yardstick huey: a queue in Redis and one task."""

from huey import RedisHuey

from taskgauge.backends.floors.floor_environment import function, setting

huey = RedisHuey("yardstick", url=setting("YARDSTICK_HUEY"))


@huey.task()
def record(number: int, payload: str = "") -> int | None:
    """Call the function with a number, and return what it returns."""
    del payload
    return function()(number)


class HueyYardstick:
    """Tasks of huey."""

    def put(self, number: int, payload: str = "") -> None:
        """Enqueue a number and a text."""
        record(number, payload)
