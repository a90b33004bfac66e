"""Samples the memory and processor time of a session's processes once a second."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

import psutil

from taskgauge.reports.run_folder.traces import Usage
from taskgauge.suites.sessions.samplers.processor_time import family
from taskgauge.suites.sessions.samplers.sampler import Sampler

type Group = Literal["producers", "workers", "store"]
_DRIVER = psutil.Process()


class UsageSampler(Sampler[Usage]):
    """A sampler of groups of processes, each a process with all its descendants."""

    def __init__(self, groups: Mapping[Group, Callable[[], Iterable[int]]]) -> None:
        """Take for each group a function that returns the ids of its root processes."""
        super().__init__()
        self._groups = groups

    def new_samples(self) -> Iterator[Usage]:
        """Yield a sample of the machine and of each group."""
        yield from _of_the_machine()
        for name, roots in self._groups.items():
            at = time.monotonic_ns()
            usages = [_usage(process) for root in roots() for process in family(root)]
            if usages:
                yield Usage(
                    at=at,
                    group=name,
                    resident_bytes=sum(resident for resident, _ in usages),
                    cpu_seconds=round(sum(cpu for _, cpu in usages), 3),
                )


def _of_the_machine() -> list[Usage]:
    """Return the processor time of this process, and of everything that runs on this machine."""
    at, own, times = time.monotonic_ns(), _DRIVER.cpu_times(), psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0) + getattr(times, "steal", 0.0)
    # The time of guests is in the time of users already.
    busy = sum(times) - idle - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return [
        Usage(at=at, group="driver", resident_bytes=0, cpu_seconds=round(own.user + own.system, 3)),
        Usage(at=at, group="machine", resident_bytes=0, cpu_seconds=round(busy, 3)),
    ]


def _usage(process: psutil.Process) -> tuple[int, float]:
    try:
        times = process.cpu_times()
        # The last two are of children that have ended; those that live are in the family themselves.
        return process.memory_info().rss, times.user + times.system + times.children_user + times.children_system
    except psutil.Error:
        return 0, 0.0
