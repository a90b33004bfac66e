"""A second alias in the same database."""

TASKS["second"] = {
    "BACKEND": "django_ox.backend.OxBackend",
    "QUEUES": ["default", "second"],
    "OPTIONS": {"MAX_ATTEMPTS": 1, "LOCK_TIMEOUT": 12},
}
