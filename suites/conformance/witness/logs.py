"""A log handler that writes down what the framework logs."""

import logging

from taskgauge.suites.conformance.witness.record import write


class WitnessHandler(logging.Handler):
    """Keeps level, text, and whether a traceback came along, each as event `log`."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record down."""
        try:
            write(
                "log",
                logger=record.name,
                level=record.levelname,
                text=self.format(record),
                exception=record.exc_info is not None and record.exc_info[0] is not None,
            )
        except Exception:
            self.handleError(record)
