"""reference-process with the result types asked for."""

TASKS = {
    "default": {
        "BACKEND": "taskgauge.backends.reference.ReferenceProcessBackend",
        "QUEUES": ["default", "second"],
        "OPTIONS": {"result_types": "{result_types}"},
    },
}
