"""The phases of a session that counts: a run between the bodies of two tasks, an idle window, and look-ups."""

import time

from taskgauge.suites.sessions.session.instruments import Instruments
from taskgauge.suites.sessions.session.look_ups import ask_states, spread
from taskgauge.suites.sessions.session.processes import READY, SessionProcesses
from taskgauge.suites.sessions.session.waits import await_first_start, linger
from taskgauge.suites.sessions.session.workload_sending import warm_up_count

WINDOW = 150
"""The tasks of a run that counts, at most."""
LOOKED_UP = 50
"""The results that are looked up."""
_GATE_SECONDS = 0.001


def count_run(processes: SessionProcesses, instruments: Instruments, count: int) -> None:
    """Count a run of tasks from the body of a task to the body of a later task.

    Behind the later one, as many tasks must wait as workers take in advance. Otherwise what they took before the first
    one would be counted for none.
    """
    meter, gate, watch = instruments.meter, instruments.gate, instruments.watch
    if meter is None or gate is None:
        return

    def starts() -> int:
        watch.look()
        return watch.starts

    await_first_start(processes, starts)
    first = last = gate.wait_until_settled(starts, processes.check_workers)

    with meter.phase("run", lambda: last - first):
        gate.release()
        enough = first + min(WINDOW, (count + warm_up_count(processes) - first) * 3 // 4)
        deadline = time.monotonic() + READY
        while starts() < enough and time.monotonic() < deadline:
            processes.check_workers()
            time.sleep(_GATE_SECONDS)
        gate.hold()
        last = gate.wait_until_settled(starts, processes.check_workers)
    gate.release()


def count_idle(processes: SessionProcesses, instruments: Instruments) -> None:
    """Count the costs of workers in a window in which nothing is enqueued."""
    if instruments.meter is None or not processes.load.quiet:
        return
    # The end of the warm-up is not part of it.
    linger(processes)
    with instruments.meter.phase("idle", lambda: max(1, len(processes.workers))):
        end = time.monotonic() + processes.load.quiet
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(1.0, left))
            processes.is_alive()
            processes.check_workers()


def count_look_ups(processes: SessionProcesses, instruments: Instruments) -> None:
    """Count look-ups of results, where no worker runs any more."""
    if instruments.meter is not None and processes.has_results:
        numbers = spread(list(range(processes.load.tasks)), LOOKED_UP)
        with instruments.meter.phase("get_result", lambda: len(numbers)):
            ask_states(processes, numbers)
