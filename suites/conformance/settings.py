"""Django settings that every target starts from; its own fragment, as a user would paste it, comes after them."""

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
        # Writers take turns instead of failing, and readers do not wait for them.
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL", "timeout": 30},
    },
}
"""For the suite's own rows, where a target keeps its tasks elsewhere."""

_WITNESSED = {"level": "DEBUG", "handlers": ["none"], "filters": ["witness"]}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"none": {"class": "logging.NullHandler"}},
    "filters": {"witness": {"()": "taskgauge.suites.conformance.event_log.logs.WitnessFilter"}},
    # Django's own, and the backport's.
    "loggers": {"django.tasks": _WITNESSED, "django_tasks": _WITNESSED},
}
