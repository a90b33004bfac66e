"""Where the processes of a gate work: in memory, so that no disk has a say in what is timed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from taskgauge.backends.processes.process_guard import temporary_folder

_MEMORY = Path("/dev/shm")  # noqa: S108 -- a folder of its own is made in it
_ENOUGH = 48 * 2**20
"""Bytes that must be free there; containers have 64 MiB unless they are given more."""


@contextmanager
def work_folder(otherwise: Path) -> Iterator[Path]:
    """Make a folder in memory, or in `otherwise` where there is none, and remove it however the process ends.

    A store in a file waits for its disk, which on a shared machine takes eight times as long in one second as in the
    next. What a change costs is its statements, its commits (both are counted) and what it computes.
    """
    with temporary_folder("taskgauge-work-", _MEMORY if _has_room() else otherwise) as folder:
        yield folder


def _has_room() -> bool:
    try:
        return os.access(_MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(_MEMORY).free >= _ENOUGH
    except OSError:
        return False
