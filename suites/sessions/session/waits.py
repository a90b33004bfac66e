"""The waits of a session: for its warm-up, for tasks that become due, and for the end of its tasks."""

import time
from collections.abc import Callable

from taskgauge.reports.run_folder.traces import Ending
from taskgauge.suites.sessions.errors import NothingRan
from taskgauge.suites.sessions.producer import INTENDED
from taskgauge.suites.sessions.session.instruments import Instruments
from taskgauge.suites.sessions.session.processes import READY, SessionProcesses
from taskgauge.suites.sessions.session.workload_sending import warm_up_count

QUIET = 10.0
"""The seconds, with three poll intervals, in which idle workers must start a waiting task."""
LINGER = 1.0
"""The seconds, with a poll interval, in which the event log must stay as it is after the last task."""
_LOOK_SECONDS = 0.05


def await_warm_up(processes: SessionProcesses, instruments: Instruments) -> None:
    """Wait until the warm-up ran; raise NothingRan if it does not in time."""
    watch, deadline, count = instruments.watch, time.monotonic() + READY, warm_up_count(processes)
    while watch.warm_up < count:
        time.sleep(_LOOK_SECONDS)
        watch.look()
        processes.check_workers()
        if time.monotonic() > deadline:
            raise NothingRan(f"of {count} tasks of the warm-up {watch.warm_up} ran within {READY:g} s")


def await_first_start(processes: SessionProcesses, starts: Callable[[], int]) -> None:
    """Wait until there are starts; raise NothingRan if there are none in time."""
    begin = time.monotonic()
    while not starts():
        _check_start(processes, begin)
        time.sleep(_LOOK_SECONDS)


def _check_start(processes: SessionProcesses, begin: float) -> None:
    processes.check_workers()
    if time.monotonic() - begin > READY:
        line = "".join(f"; the worker says {worker.explaining_line()}" for worker in processes.workers[:1])
        raise NothingRan(f"no worker started a task within {READY:g} s{line}")


def await_due(processes: SessionProcesses, instruments: Instruments) -> None:
    """Wait until every deferred task is due."""
    last = max(instruments.column(INTENDED), default=0) if processes.load.deferrals else 0
    time.sleep(max(0, last - time.monotonic_ns()) / 1e9)


def linger(processes: SessionProcesses) -> None:
    """Wait for tasks that run once more, and for results that become final."""
    time.sleep(LINGER + processes.poll)


def await_end(processes: SessionProcesses, instruments: Instruments, count: int) -> Ending:
    """Watch the event log until all of `count` tasks ran, the box is over, or no worker runs anything.

    Sample the usage when the first start and the end are seen, so that samples enclose what the tasks used.
    """
    watch, begin = instruments.watch, time.monotonic()
    is_boxed = processes.load.arrival in {"backlog", "burst"}
    sampled, checked = False, begin
    while True:
        watch.look()
        now = time.monotonic()
        if watch.finished >= count:
            instruments.sample_usage_now()
            processes.await_workers()
            linger(processes)
            return "all ran"
        if watch.first_start is None:
            _check_start(processes, begin)
        else:
            if not sampled:
                instruments.sample_usage_now()
                sampled = True
            silent = now - max(begin, (watch.last_event or 0) / 1e9)
            if min(silent, now - checked) > 1:
                processes.check_workers()
                processes.check_services()
                checked = now
            if silent > QUIET + 3 * processes.poll:
                instruments.sample_usage_now()
                return "quiet"
            # If workers have nothing to do, the tasks that are left may be lost: look on.
            if is_boxed and now - watch.first_start / 1e9 > processes.load.box and silent < 0.5:
                instruments.sample_usage_now()
                return "box"
        time.sleep(_LOOK_SECONDS)
