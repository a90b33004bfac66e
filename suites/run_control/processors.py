"""Counts the processors that this process may use, by its affinity and by the limits of its control groups."""

import math
import os
from collections.abc import Iterator
from pathlib import Path


def usable_processors(root: Path = Path("/")) -> int:
    """Return the number of processors that this process may use, at least 1; `root` holds /proc and /sys."""
    return max(1, math.floor(processor_limit(root)))


def processor_limit(root: Path = Path("/")) -> float:
    """Return the processors that this process may use; a control group can allow a part of one."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min([float(affinity), *_limits(root)])


def _limits(root: Path) -> Iterator[float]:
    """Yield the limits, in processors, of this process's control groups and of their parents.

    Reads `cpu.max` (version 2) and `cpu.cfs_quota_us` (version 1), as the kernel documents them.
    """
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        names = controllers.split(",")
        if controllers and "cpu" not in names:
            continue
        top = root / "sys/fs/cgroup" / ("cpu" if controllers else "")
        group = Path(path.lstrip("/"))
        # Inside a container, the path may be that of the host. The container's own limits are then at the top.
        for folder in (top / group, *(top / parent for parent in group.parents), top):
            quota, _, period = _text(folder / "cpu.max").partition(" ")
            if controllers:
                quota, period = _text(folder / "cpu.cfs_quota_us"), _text(folder / "cpu.cfs_period_us")
            if quota.strip().isdecimal() and period.strip().isdecimal() and int(period):
                yield int(quota) / int(period)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
