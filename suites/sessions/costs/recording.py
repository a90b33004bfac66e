"""Starts the records that a process of a session keeps of itself, if the session asks for any."""

import os


def record() -> None:
    """Record the statements of this process if the environment names a file for them."""
    # Other sessions measure memory, and do not load the module.
    if "TASKGAUGE_SQLITE_STATEMENTS" in os.environ:
        from taskgauge.backends.services.sqlite_statements import record_statements  # noqa: PLC0415

        record_statements()
