"""Temporary folders for the data of servers that Taskgauge starts, also for servers that run as another user."""

import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.backends.services.errors import StoreFull

_ROOM = 2**20
"""The bytes of disk space that must be free."""


def check_room(folder: Path) -> None:
    """Raise StoreFull if less than 1 MiB is free in a folder."""
    if shutil.disk_usage(folder).free < _ROOM:
        raise StoreFull(f"there is no room left in {folder}")


@contextmanager
def data_folder(user: str | None = None) -> Iterator[Path]:
    """Make a folder, owned by `user` if that is not None; remove it at the end, however the process ends."""
    with temporary_folder("taskgauge-service-", None if user is None else _open_to_others()) as folder:
        if user is not None:
            shutil.chown(folder, user)
        yield folder


def _open_to_others() -> Path:
    """Return a folder for temporary files that every user can reach: the usual folder may be private to a user."""
    choice = [Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/tmp")]  # noqa: S108 -- a folder of its own is made in it
    return next((path for path in choice if path.is_dir() and _is_open(path)), choice[0])


def _is_open(path: Path) -> bool:
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path.resolve(), *path.resolve().parents))
