"""Temporary folders for the data of servers of ours, which other users may have to reach."""

import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.backends.services.errors import StoreFull

_ROOM = 2**20
"""Bytes that must be free."""


def check_room(folder: Path) -> None:
    """Raise StoreFull where nothing more can be written into a folder."""
    if shutil.disk_usage(folder).free < _ROOM:
        raise StoreFull(f"there is no room left in {folder}")


@contextmanager
def data_folder(user: str | None = None) -> Iterator[Path]:
    """Make a folder, which belongs to a user if one is named, and remove it at the end, however the process ends."""
    with temporary_folder("taskgauge-service-", None if user is None else _open_to_others()) as folder:
        if user is not None:
            shutil.chown(folder, user)
        yield folder


def _open_to_others() -> Path:
    """Return a folder for temporary files that every user can reach: the usual one may lie in someone's own."""
    choice = [Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/tmp")]  # noqa: S108 -- a folder of its own is made in it
    return next((path for path in choice if path.is_dir() and _is_open(path)), choice[0])


def _is_open(path: Path) -> bool:
    return all(each.stat().st_mode & stat.S_IXOTH for each in (path.resolve(), *path.resolve().parents))
