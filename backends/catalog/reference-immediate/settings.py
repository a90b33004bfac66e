"""reference-immediate with the result types asked for."""

TASKS = {
    "default": {
        "BACKEND": "taskgauge.backends.reference.ReferenceImmediateBackend",
        "QUEUES": ["default", "second"],
        "OPTIONS": {"result_types": "{result_types}"},
    },
}
