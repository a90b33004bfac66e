"""Tasks that change their process or thread, and a task that records the changes it sees."""

import contextvars
import os
import sys
import threading
import warnings
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone, translation

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started

_MARK = "left by a task of taskgauge"
_variable = contextvars.ContextVar("_variable", default="")
_local = threading.local()
_folders: list[Path] = []


@task
def leave_behind(key: str) -> None:
    """Change everything that the next task in this worker could notice, except its database connection."""
    started(key)
    translation.activate("de")
    timezone.activate(ZoneInfo("Asia/Tokyo"))
    _variable.set(_MARK)
    _local.text = _MARK
    connection.ensure_connection()
    os.environ["TASKGAUGE_LEFT"] = _MARK
    sys.path.append(_MARK)
    warnings.filterwarnings("ignore", message=_MARK)
    _folders.append(Path.cwd())
    os.chdir(Path.cwd().parent)
    finished(key)


@task
def leave_transaction(key: str) -> None:
    """Begin a transaction by hand and return without ending it."""
    started(key)
    _local.atomic = transaction.atomic()
    _local.atomic.__enter__()
    finished(key)


@task
def tell_surroundings(key: str) -> None:
    """Record everything that the tasks above change."""
    facts = {
        "language": translation.get_language(),
        "time zone": timezone.get_current_timezone_name(),
        "context variable": _variable.get(),
        "thread-local": getattr(_local, "text", ""),
        "environment": os.environ.get("TASKGAUGE_LEFT", ""),
        "sys.path": _MARK in sys.path,
        "warnings filters": any(_MARK in str(entry[1]) for entry in warnings.filters),
        "working directory": str(Path.cwd()),
        "transaction": connection.in_atomic_block,
    }
    started(key, found=facts, connected=connection.connection is not None)
    finished(key)


@task
def clean_up(key: str) -> None:
    """Undo the changes, as far as this thread can."""
    started(key)
    translation.deactivate()
    timezone.deactivate()
    _variable.set("")
    _local.text = ""
    os.environ.pop("TASKGAUGE_LEFT", None)
    sys.path[:] = [folder for folder in sys.path if folder != _MARK]
    filters = cast("list[Any]", warnings.filters)
    filters[:] = [entry for entry in filters if _MARK not in str(entry[1])]
    if _folders:
        os.chdir(_folders.pop())
    if connection.in_atomic_block and hasattr(_local, "atomic"):
        _local.atomic.__exit__(None, None, None)
    finished(key)
