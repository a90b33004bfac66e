"""The yardstick Celery: an app without Django, and one task."""

import os

from taskgauge.backends.floors.floor_environment import SETTINGS, function, setting

_settings = setting("YARDSTICK_CELERY")
# With this variable, Celery sets Django up and closes its connections after each task.
os.environ.pop(SETTINGS, None)

from celery import Celery  # noqa: E402 -- reads the variable

app = Celery("yardstick")
app.conf.update(**_settings)


@app.task(name="record")
def record(number: int, payload: str = "") -> int | None:
    """Call the function with a number, and return what it returns."""
    del payload
    return function()(number)


class CeleryYardstick:
    """Tasks of Celery."""

    def put(self, number: int, payload: str = "") -> None:
        """Enqueue a number and a text."""
        record.delay(number, payload)
