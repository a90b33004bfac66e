"""A second alias in the same database."""

TASKS["second"] = {
    "BACKEND": "dj_queue.backend.DjQueueBackend",
    "QUEUES": ["default", "second"],
    "OPTIONS": {
        "workers": [{"queues": "*", "threads": 1}],
        "process_heartbeat_interval": 2,
        "process_alive_threshold": 10,
    },
}
