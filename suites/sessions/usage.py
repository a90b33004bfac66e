"""Samples the memory and processor time of a session's processes once a second."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, Self

import psutil

from taskgauge.reports.run_folder.traces import Usage
from taskgauge.suites.sessions.costs.processor_time import family

type Group = Literal["producers", "workers", "store"]
_DRIVER = psutil.Process()
SECONDS = 1.0
"""The seconds between two samples."""


class UsageSampler:
    """A thread that samples groups of processes, each a process with all its descendants."""

    def __init__(self, groups: Mapping[Group, Callable[[], Iterable[int]]]) -> None:
        """Take for each group a function that returns the ids of its root processes."""
        self._groups = groups
        self._samples: list[Usage] = []
        self._over = threading.Event()
        self._sampling = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="usage", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def sample(self) -> None:
        """Take one sample of each group now."""
        with self._sampling:
            self._samples += _of_the_machine()
            for name, roots in self._groups.items():
                at = time.monotonic_ns()
                usages = [_usage(process) for root in roots() for process in family(root)]
                if usages:
                    self._samples.append(
                        Usage(
                            at=at,
                            group=name,
                            resident_bytes=sum(resident for resident, _ in usages),
                            cpu_seconds=round(sum(cpu for _, cpu in usages), 3),
                        )
                    )

    def samples(self) -> tuple[Usage, ...]:
        """Return all samples so far, with times of the monotonic clock."""
        with self._sampling:
            return tuple(self._samples)

    def _run(self) -> None:
        while not self._over.wait(SECONDS):
            self.sample()


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
