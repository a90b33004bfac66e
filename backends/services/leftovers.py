"""Removes the store that a run made on a user's server, if the run dies."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from taskgauge.backends.processes.process_guard import guard, release
from taskgauge.backends.processes.reaper import COMMAND
from taskgauge.backends.services.urls import Given

_MODULE = "taskgauge.backends.services.remove_leftover"


@contextmanager
def removed_whatever_happens(kind: str, name: str, server: Given) -> Iterator[None]:
    """Remove the store of this name if the process dies in this context; otherwise the caller removes it."""
    # The URL may hold a password, so it goes through the environment: other users see commands.
    command = [[sys.executable, "-m", _MODULE, kind, name], {server.variable: server.url}]
    guard(COMMAND, command)
    try:
        yield
    finally:
        release(COMMAND, command)
