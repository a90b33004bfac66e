"""Writes what happened, one JSON line each, into a file that all processes of a target append to."""

import json
import os
import threading
import time

from taskgauge.suites.conformance.environment_variables import EVENT_LOG


def write(event: str, **facts: object) -> None:
    """Append an event with its facts, the process, the thread, and both clocks; nothing where no file is named."""
    path = os.environ.get(EVENT_LOG)
    if path is None:
        return
    line = {
        "event": event,
        "at": time.monotonic_ns(),
        "wall": time.time(),
        "pid": os.getpid(),
        "thread": threading.get_native_id(),
        **facts,
    }
    # One write to a file opened for appending is never mixed with another process's. Opened each time: workers fork.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(descriptor, json.dumps(line, default=repr).encode() + b"\n")
    finally:
        os.close(descriptor)
