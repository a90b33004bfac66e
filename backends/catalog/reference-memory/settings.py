"""reference-memory with the result types asked for."""

TASKS = {
    "default": {
        "BACKEND": "taskgauge.backends.reference.ReferenceMemoryBackend",
        "QUEUES": ["default", "second"],
        "OPTIONS": {"result_types": "{result_types}"},
    },
}
