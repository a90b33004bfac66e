"""The processor time of processes and their descendants, in nanoseconds where the system tells them."""

import sys
import time
from collections.abc import Iterable

import psutil


def processor_seconds(roots: Iterable[int]) -> float:
    """Return the processor time so far of these processes and of their living and ended descendants."""
    return sum(_seconds(process) for root in roots for process in family(root))


def family(root: int) -> list[psutil.Process]:
    """Return a process and its living descendants; none if it has ended."""
    try:
        process = psutil.Process(root)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
        own = times.user + times.system
        if sys.platform == "linux":
            # The clock of another process; `cpu_times` counts in steps of 10 ms, which hide an idle worker.
            own = time.clock_gettime_ns((~process.pid << 3) | 2) / 1e9
        return float(own + times.children_user + times.children_system)
    except (psutil.Error, OSError):
        return 0.0
