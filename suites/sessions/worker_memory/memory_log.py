"""The memory of a process that runs tasks, noted by the tasks themselves: one record for every so many tasks."""

import itertools
import os
import struct
import sys
import threading
import time

VARIABLE = "TASKGAUGE_MEMORY_LOG"
"""The environment variable with the path of the log; without it, nothing is noted."""
EVERY = 20
"""The tasks from one note of a process to the next."""
RECORD = struct.Struct("<5q")
"""A record: process id, tasks of the process, nanoseconds of the monotonic clock, blocks, resident bytes."""
_PAGE = os.sysconf("SC_PAGE_SIZE")
_count = itertools.count(1)
_lock = threading.Lock()


def note(path: str) -> None:
    """Count a task of this process, and write a record after every so many tasks."""
    count = next(_count)
    if count % EVERY == 0:
        with _lock, open(path, "ab", buffering=0) as log:  # noqa: PTH123 -- a task has no use for an object
            log.write(RECORD.pack(os.getpid(), count, time.monotonic_ns(), sys.getallocatedblocks(), resident_bytes()))


def resident_bytes() -> int:
    """Return the resident bytes of this process; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 -- see above
            return int(file.read().split()[1]) * _PAGE
    except OSError:
        return 0
