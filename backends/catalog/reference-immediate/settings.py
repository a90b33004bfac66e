"""reference-immediate with the result types asked for."""

TASKS = {
    "default": {
        "BACKEND": "taskgauge.backends.reference.ReferenceImmediateBackend",
        "OPTIONS": {"result_types": "{result_types}"},
    },
}
