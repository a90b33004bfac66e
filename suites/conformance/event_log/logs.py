"""A logging filter that writes the framework's log records into the event log."""

import contextlib
import logging

from taskgauge.suites.conformance.event_log.record import write

_FORMATTER = logging.Formatter()


class EventLogFilter(logging.Filter):
    """Writes the level and text of a log record as event `log`, and whether it has a traceback.

    It is a filter because a worker may replace all handlers by its own.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Write the record into the event log and let it pass."""
        with contextlib.suppress(Exception):  # an error here must not reach the code that logs
            write(
                "log",
                logger=record.name,
                level=record.levelname,
                text=_FORMATTER.format(record),
                exception=record.exc_info is not None and record.exc_info[0] is not None,
            )
        return True
