"""Writes events as JSON lines into a file that all processes of a target append to."""

import json
import os
import threading
import time

from taskgauge.suites.conformance.environment_variables import EVENT_LOG, WORKER


def write(event: str, **facts: object) -> None:
    """Append an event with its facts, worker, process, thread and both clocks; do nothing if no file is named."""
    path = os.environ.get(EVENT_LOG)
    if path is None:
        return
    line = {
        "event": event,
        "at": time.monotonic_ns(),
        "wall": time.time(),
        "pid": os.getpid(),
        "thread": threading.get_native_id(),
        **({"worker": os.environ[WORKER]} if WORKER in os.environ else {}),
        **facts,
    }
    # One write to a file opened for appending never mixes with another process's. Workers fork, so open it each time.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(descriptor, json.dumps(line, default=repr).encode() + b"\n")
    finally:
        os.close(descriptor)
