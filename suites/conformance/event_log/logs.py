"""Writes the framework's log records into the event log, whatever a project's settings say about logging."""

import contextlib
import logging

from taskgauge.suites.conformance.event_log.record import write

_FORMATTER = logging.Formatter()
_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)
_OBSERVED = "_taskgauge_event_log"
"""The attribute of a logger that is observed already."""


def observe(name: str) -> None:
    """Write the records of a logger into the event log, also those that the project's settings let nobody see.

    Settings, and workers, replace handlers and filters, raise the level, and disable loggers. Only the two methods
    that every record passes through stay: they are replaced on the logger object itself. This is called when the
    settings have been read. A record is not written if its level is turned off later, which is the backend's doing.
    """
    logger = logging.getLogger(name)
    if hasattr(logger, _OBSERVED):
        return
    is_enabled_for, handle = logger.isEnabledFor, logger.handle
    turned_off = frozenset(level for level in _LEVELS if not is_enabled_for(level))

    def write_and_handle(record: logging.LogRecord) -> None:
        is_enabled = is_enabled_for(record.levelno)
        if is_enabled or record.levelno in turned_off:
            _write(record)
        if is_enabled:
            handle(record)

    vars(logger).update(
        {_OBSERVED: True, "isEnabledFor": lambda level: level > logging.NOTSET, "handle": write_and_handle}
    )


def _write(record: logging.LogRecord) -> None:
    """Write the level and text of a record as event `log`, and whether it has a traceback."""
    with contextlib.suppress(Exception):  # an error here must not reach the code that logs
        write(
            "log",
            logger=record.name,
            level=record.levelname,
            text=_FORMATTER.format(record),
            exception=record.exc_info is not None and record.exc_info[0] is not None,
        )
