"""Look-ups: the states of tasks, and the times of get_result(), as the producer gets them from the backend."""

import time
from collections.abc import Sequence

from taskgauge.suites.sessions.session.processes import SessionProcesses

CHECKED = 500
"""The number of results, spread over all tasks, that are looked up after a session."""
_STATES_LIMIT = 60.0
_FINAL_SECONDS = 10.0
"""The seconds in which the results of finished tasks must become final."""


def ask_states(processes: SessionProcesses, numbers: list[int]) -> list[str]:
    """Return the states of tasks."""
    states: list[str] = processes.ask(_STATES_LIMIT, do="states", numbers=numbers)["states"]
    return states


def final_states(processes: SessionProcesses, numbers: list[int]) -> list[str]:
    """Return the states of finished tasks once they are final, or after a limit."""
    deadline = time.monotonic() + _FINAL_SECONDS
    while True:
        states = ask_states(processes, numbers)
        if set(states) <= {"SUCCESSFUL", "UNKNOWN"} or time.monotonic() > deadline:
            return states
        time.sleep(0.2)


def look_up_times(processes: SessionProcesses, numbers: list[int]) -> tuple[int, ...]:
    """Return the nanoseconds of get_result() for each of these tasks; a backend without it has none."""
    known = numbers if processes.has_results else []
    return tuple(processes.ask(_STATES_LIMIT, do="look_up", numbers=known)["times"]) if known else ()


def spread(numbers: Sequence[int], most: int = CHECKED) -> list[int]:
    """Return at most `most` of the numbers, spread evenly."""
    if len(numbers) <= most:
        return [*numbers]
    return [numbers[place * len(numbers) // most] for place in range(most)]
