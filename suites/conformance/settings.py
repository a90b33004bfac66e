"""The Django settings that every target starts from; the target's own fragment follows them."""

import os
from pathlib import Path

SECRET_KEY = "taskgauge runs tasks on servers of its own, so this key protects nothing"  # noqa: S105
USE_TZ = True
TIME_ZONE = "UTC"
INSTALLED_APPS: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATABASES: dict[str, object] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(Path(os.environ.get("TASKGAUGE_PROJECT", ".")) / "rows.sqlite3"),
        # Writers wait for each other instead of failing, and readers do not wait for writers.
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL", "timeout": 30},
    },
}
"""The database for the suite's own rows; a target may keep its tasks in another one."""

_LOGGED = {"level": "DEBUG", "handlers": ["none"], "filters": ["event_log"]}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"none": {"class": "logging.NullHandler"}},
    "filters": {"event_log": {"()": "taskgauge.suites.conformance.event_log.logs.EventLogFilter"}},
    # The loggers of Django and of the backport.
    "loggers": {"django.tasks": _LOGGED, "django_tasks": _LOGGED},
}
