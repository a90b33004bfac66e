"""A living session: one backend with one arm in a process of its own; run as `python -m` with this module's name.

The first request is a job: `source` (Python with the setting TASKS), `arm`, `log` (the path of a new event log), `room`
(tasks) and `processor` (the only one that this process uses, or null). The answer is `resident`, the bytes of this
process. Later requests have `do`:

- `slice`, with `tasks`: dispatch so many, and forget them. The answer is `seconds`.
- `keep`, with `tasks`: dispatch so many, and keep results and latencies. The answer is `seconds` and `resident`.
- `stop`: end the workers. The latencies of kept tasks are in the files ENQUEUE and START beside the event log.

An answer with `failed` describes an error.
"""

import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from taskgauge.backends.processes.json_lines_child import answer_requests
from taskgauge.suites.dispatch.dispatcher import Dispatcher
from taskgauge.suites.dispatch.errors import described

ENQUEUE = "enqueue.i64"
"""The file with the nanoseconds of each call of enqueue(), by task number: 64-bit integers in native byte order."""
START = "start.i64"
"""The file with the nanoseconds from before that call to the first line of the task, in the same format."""
WARM_UP = 20
"""The tasks that run first, so that imports, connections and caches are not measured."""

type Answer = dict[str, Any]


def begin(job: dict[str, Any]) -> tuple[Answer, Callable[[Answer], Answer]]:
    """Set the backend of a job up; return the first answer, and the function that answers requests."""
    log = Path(job["log"])
    if job["processor"] is not None:
        # Threads and processes that start later inherit it.
        os.sched_setaffinity(0, [job["processor"]])
    try:
        dispatcher = Dispatcher(source=job["source"], arm=job["arm"], log=log, room=job["room"])
        dispatcher.timeit(WARM_UP)
    except Exception as error:
        failed = described(error)
        return failed, lambda _: failed
    # The collections before slices must not look at what is there for good.
    gc.collect()
    gc.freeze()

    def work(request: Answer) -> Answer:
        try:
            return _work(dispatcher, log.parent, request)
        except Exception as error:
            return described(error)

    return {"resident": _resident_bytes()}, work


def _work(dispatcher: Dispatcher, folder: Path, request: Answer) -> Answer:
    match request["do"]:
        case "slice":
            return {"seconds": dispatcher.timeit(request["tasks"])}
        case "keep":
            return {"seconds": dispatcher.keep(request["tasks"]), "resident": _resident_bytes()}
    dispatcher.stop()
    (folder / ENQUEUE).write_bytes(dispatcher.latencies.enqueue)
    (folder / START).write_bytes(dispatcher.latencies.start)
    return {}


def _resident_bytes() -> int:
    resident: int = psutil.Process().memory_info().rss
    return resident


if __name__ == "__main__":
    answer_requests(begin)
