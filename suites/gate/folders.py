"""The work folder of a gate's processes: in memory, so that no disk affects the times."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from taskgauge.backends.processes.process_guard import temporary_folder

_MEMORY = Path("/dev/shm")  # noqa: S108 -- a folder of its own is made in it
_ENOUGH = 48 * 2**20
"""The bytes that must be free in memory; containers have 64 MiB by default."""


@contextmanager
def work_folder(otherwise: Path) -> Iterator[Path]:
    """Make a folder in memory, or in `otherwise` if memory lacks room; remove it however the process ends.

    A store in a file waits for its disk, whose speed on a shared machine changes eightfold from one second to the next.
    The cost of a change is its statements and commits, which are counted, and its computing time.
    """
    with temporary_folder("taskgauge-work-", _MEMORY if _has_room() else otherwise) as folder:
        yield folder


def _has_room() -> bool:
    try:
        return os.access(_MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(_MEMORY).free >= _ENOUGH
    except OSError:
        return False
