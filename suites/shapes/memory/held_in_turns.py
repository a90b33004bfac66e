"""Holds many results of one arm, and collects garbage at each request, so that arms can take turns."""

from collections.abc import Callable
from typing import Any

from taskgauge.backends.processes.json_lines_child import answer_requests
from taskgauge.suites.shapes.memory.held import collected, fill, room_for


def begin(job: dict[str, Any]) -> tuple[dict[str, float], Callable[[str], dict[str, Any]]]:
    """
    Hold `count` results of an `arm`; return `resident`, and the function that answers `collect`.

    Each answer has a list with CPU nanoseconds per result under the name `collect`.
    """
    variant, held = room_for(job["arm"], job["count"])
    resident = fill(variant, held)

    def work(request: str) -> dict[str, Any]:
        return {request: [collected(held)]}

    return {"resident": resident}, work


if __name__ == "__main__":
    answer_requests(begin)
