"""Samples the memory and processor time of a session's processes once a second, and that of the busiest process."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import psutil

from taskgauge.reports.run_folder.traces import Usage
from taskgauge.suites.sessions.samplers.processor_time import family
from taskgauge.suites.sessions.samplers.sampler import Sampler

type Group = Literal["producers", "workers", "store"]
_DRIVER = psutil.Process()


@dataclass(frozen=True, slots=True, kw_only=True)
class _ProcessUsage:
    """The memory and processor time of one process."""

    resident_bytes: int = 0
    own_seconds: float = 0.0
    ended_seconds: float = 0.0
    """The processor time of children that have ended; those that live are in the family themselves."""


type _GroupUsage = Mapping[psutil.Process, _ProcessUsage]


class UsageSampler(Sampler[Usage]):
    """A sampler of groups of processes, each a process with all its descendants."""

    def __init__(self, groups: Mapping[Group, Callable[[], Iterable[int]]]) -> None:
        """Take for each group a function that returns the ids of its root processes."""
        super().__init__()
        self._groups = groups
        self._before: dict[Group, _GroupUsage] = {}

    def new_samples(self) -> Iterator[Usage]:
        """Yield a sample of the machine and of each group."""
        yield from _of_the_machine()
        for name, roots in self._groups.items():
            at = time.monotonic_ns()
            group = {process: _usage(process) for root in roots() for process in family(root)}
            if group:
                before, self._before[name] = self._before.get(name), group
                usages = group.values()
                yield Usage(
                    at=at,
                    group=name,
                    resident_bytes=sum(usage.resident_bytes for usage in usages),
                    cpu_seconds=round(sum(usage.own_seconds + usage.ended_seconds for usage in usages), 3),
                    busiest=None if before is None else _of_the_busiest(group, before),
                )


def _of_the_busiest(group: _GroupUsage, before: _GroupUsage) -> float:
    """Return the most processor seconds that a process used since an earlier time; a new process had none then.

    A process has the time of its children that began and ended in between, as those that run one task each.
    """
    new = _ProcessUsage()
    gone = sum(usage.own_seconds + usage.ended_seconds for process, usage in before.items() if process not in group)
    seconds = [0.0]
    for process, usage in group.items():
        earlier = before.get(process, new)
        short_lived = max(0.0, usage.ended_seconds - earlier.ended_seconds - gone)
        seconds.append(usage.own_seconds - earlier.own_seconds + short_lived)
    return round(max(seconds), 3)


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


def _usage(process: psutil.Process) -> _ProcessUsage:
    try:
        times = process.cpu_times()
        return _ProcessUsage(
            resident_bytes=process.memory_info().rss,
            own_seconds=times.user + times.system,
            ended_seconds=times.children_user + times.children_system,
        )
    except psutil.Error:
        return _ProcessUsage()
