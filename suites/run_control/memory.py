"""The check, before a part starts, that it fits into this machine's memory."""

from dataclasses import dataclass
from pathlib import Path

import psutil

_CGROUP = Path("/sys/fs/cgroup")
_HEADROOM = 0.9
"""Share of the available memory that a part may use; the rest is for the machine."""


class MemoryRefused(Exception):
    """A part needs more memory than is available; the text says how many tasks would fit."""

    def __init__(self, *, needed: int, available: int, fits: int) -> None:
        """Take the needed bytes, the available bytes, and the number of tasks that would fit."""
        self.needed, self.available, self.fits = needed, available, fits
        advice = f"--tasks {fits:_} would fit" if fits else "not even one task would fit"
        super().__init__(f"needs about {gibibytes(needed)}, {gibibytes(available)} are available: {advice}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The memory that a part will need at its peak, predicted from a small sample."""

    fixed_bytes: int
    """Bytes that do not depend on the number of tasks: interpreter, imports, processes."""
    bytes_per_task: float
    """Bytes at the peak for each further task."""
    tasks: int
    """The number of tasks that the part holds at once."""

    @property
    def total(self) -> int:
        """The bytes at the peak."""
        return self.fixed_bytes + round(self.bytes_per_task * self.tasks)

    def check(self, limit: int | None = None) -> None:
        """Raise MemoryRefused if fewer bytes are available; `limit` is a further bound in bytes."""
        available = available_bytes(limit)
        if self.total > available:
            room = max(0, available - self.fixed_bytes)
            fits = min(self.tasks, int(room / self.bytes_per_task)) if self.bytes_per_task else 0
            raise MemoryRefused(needed=self.total, available=available, fits=_round_down(fits))


def available_bytes(limit: int | None = None) -> int:
    """Return the bytes that a part may use: free on the machine and in its control group, and at most `limit`."""
    room = psutil.virtual_memory().available
    group = _control_group_room()
    if group is not None:
        room = min(room, group)
    room = int(room * _HEADROOM)
    return room if limit is None else min(room, limit)


def gibibytes(size: int) -> str:
    """Return bytes as text for a person, in MiB below one GiB."""
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"


def _control_group_room() -> int | None:
    try:
        maximum = (_CGROUP / "memory.max").read_text(encoding="utf-8").strip()
        current = (_CGROUP / "memory.current").read_text(encoding="utf-8").strip()
    except OSError:  # there is no control group for memory, so the machine's own figure counts
        return None
    return None if maximum == "max" else max(0, int(maximum) - int(current))


def _round_down(count: int) -> int:
    """Return the count, rounded down to two digits, so that it is easy to type."""
    power: int = 10 ** max(0, len(str(count)) - 2)
    return count // power * power
