"""dj-queue on SQLite, as users configure it, with one thread and a shorter life of a silent process."""

INSTALLED_APPS = ["dj_queue"]
DATABASE_ROUTERS = ["dj_queue.routers.DjQueueRouter"]
TASKS = {
    "default": {
        "BACKEND": "dj_queue.backend.DjQueueBackend",
        "QUEUES": ["default", "second"],
        "OPTIONS": {
            # The default is three threads.
            "workers": [{"queues": "*", "threads": 1}],
            # The defaults are a minute and five: a task of a killed worker would stay RUNNING for that time.
            "process_heartbeat_interval": 2,
            "process_alive_threshold": 10,
        },
    },
}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": "{store}",
        # Writers take turns instead of failing, and readers do not wait for them.
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"},
    },
}
