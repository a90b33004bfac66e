"""The process of an agent that enqueues in a window of time; it starts as the producer of one host's session does.

Its times are of its own host's monotonic clock. It writes them as the producer does.
"""

import resource
import sys
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

from taskgauge.backends.processes.json_lines_child import answer_requests
from taskgauge.suites.sessions.producer import BEGIN, END, INTENDED, Producer

_NS_PER_S = 1_000_000_000
_SHORT_NS = 200_000
"""The nanoseconds before an intended time in which the producer does not sleep, because a sleep ends late."""


class HostProducer:
    """A producer that sends its share of a workload of several hosts."""

    def __init__(self, *, floor: str | None) -> None:
        """Load the target of the environment, or the floor of this path; raise any error of the backend."""
        # The backend and its task are loaded as in a session of one host.
        self._enqueue: Callable[[int], Any] = Producer(tasks=1, floor=floor)._enqueue  # noqa: SLF001 -- of this project

    def warm_up(self, *, first: int, count: int) -> dict[str, Any]:
        """Enqueue tasks that are not measured, with the numbers from `first` on."""
        for number in range(first, first + count):
            self._enqueue(number)
        return {}

    def send(self, *, first: int, count: int, rate: float | None, start: int, seconds: float) -> dict[str, Any]:
        """Enqueue tasks from `start` on, nanoseconds of this host's clock, for so many seconds.

        The numbers are `first` and those after it, `count` at most. With a rate, each task has a time at which it is
        due; a task that is still due at the end of the window is not sent.
        """
        intended, begin, end = (array("q", bytes(8 * count)) for _ in range(3))
        now, enqueue = time.monotonic_ns, self._enqueue
        deadline = start + round(seconds * _NS_PER_S)
        offered = count if rate is None else min(count, max(1, round(rate * seconds)))
        sent = 0
        used: float | None = None
        for number in range(offered):
            due = start if rate is None else start + round(number * _NS_PER_S / rate)
            while (left := due - now()) > 0:
                time.sleep(max(0, left - _SHORT_NS) / _NS_PER_S)
            if used is None:
                used = _processor_seconds()
            before = now()
            if before >= deadline:
                break
            enqueue(first + number)
            intended[number], begin[number], end[number] = (0 if rate is None else due), before, now()
            sent += 1
        cpu = _processor_seconds() - (used or 0.0)
        for name, column in ((INTENDED, intended), (BEGIN, begin), (END, end)):
            Path(name).write_bytes(column.tobytes())
        return {"offered": sent if rate is None else offered, "sent": sent, "cpu": cpu}


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _failure(error: Exception) -> dict[str, Any]:
    return {"error": " ".join(f"{type(error).__name__}: {error}".split())[:1000]}


def _begin(request: Any) -> tuple[dict[str, Any], Callable[[Any], dict[str, Any]]]:
    # Django writes to the folder of `manage.py` too: modules beside the settings are importable.
    sys.path.insert(0, str(Path.cwd()))
    try:
        producer = HostProducer(**request)
    except Exception as error:
        return _failure(error), lambda _: {"error": "the producer was not ready"}

    def work(request: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(producer, request.pop("do"))(**request)
        except Exception as error:
            return _failure(error)
        return answer

    return {}, work


if __name__ == "__main__":
    answer_requests(_begin)
