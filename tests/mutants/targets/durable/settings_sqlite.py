"""The durable queue in SQLite."""

TASKS = {"default": {"BACKEND": "mutants.durable.Durable", "QUEUES": ["default", "second"]}}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": "{store}",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            # It outlives its processes, not the machine.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF",
            "timeout": 30,
        },
    },
}
