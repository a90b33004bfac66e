"""reference-process with the requested result types."""

TASKS = {
    "default": {
        "BACKEND": "taskgauge.backends.reference.ReferenceProcessBackend",
        "QUEUES": ["default", "second"],
        "OPTIONS": {"result_types": "{result_types}"},
    },
}
