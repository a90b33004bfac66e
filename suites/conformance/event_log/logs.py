"""A filter that writes down what the framework logs, and lets it pass."""

import contextlib
import logging

from taskgauge.suites.conformance.event_log.record import write

_FORMATTER = logging.Formatter()


class WitnessFilter(logging.Filter):
    """Keeps level, text, and whether a traceback came along, each as event `log`.

    A worker may put handlers of its own in place of all others, so it is no handler.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Write the record down."""
        with contextlib.suppress(Exception):  # who logs is not to blame
            write(
                "log",
                logger=record.name,
                level=record.levelname,
                text=_FORMATTER.format(record),
                exception=record.exc_info is not None and record.exc_info[0] is not None,
            )
        return True
