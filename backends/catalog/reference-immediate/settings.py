"""reference-immediate with the requested result types."""

TASKS = {
    "default": {
        "BACKEND": "taskgauge.backends.reference.ReferenceImmediateBackend",
        "QUEUES": ["default", "second"],
        "OPTIONS": {"result_types": "{result_types}"},
    },
}
