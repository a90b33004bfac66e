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

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"none": {"class": "logging.NullHandler"}},
    # The loggers of Django and of the backport pass all records on, as in a project that reads them.
    "loggers": {name: {"level": "DEBUG", "handlers": ["none"]} for name in ("django.tasks", "django_tasks")},
}
