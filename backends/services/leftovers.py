"""Has what a run made on a given server removed, should the run die."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from taskgauge.backends.processes.process_guard import guard, release
from taskgauge.backends.processes.reaper import COMMAND
from taskgauge.backends.services.urls import Given

_MODULE = "taskgauge.backends.services.remove_leftover"


@contextmanager
def removed_whatever_happens(kind: str, name: str, server: Given) -> Iterator[None]:
    """Have what has this name removed if the process dies in this context; the context's user removes it else."""
    # The URL, which may hold a password, goes through the environment: everyone sees a command.
    command = [[sys.executable, "-m", _MODULE, kind, name], {server.variable: server.url}]
    guard(COMMAND, command)
    try:
        yield
    finally:
        release(COMMAND, command)
