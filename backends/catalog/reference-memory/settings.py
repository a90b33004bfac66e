"""reference-memory with the requested result types."""

TASKS = {
    "default": {
        "BACKEND": "taskgauge.backends.reference.ReferenceMemoryBackend",
        "QUEUES": ["default", "second"],
        "OPTIONS": {"result_types": "{result_types}"},
    },
}
