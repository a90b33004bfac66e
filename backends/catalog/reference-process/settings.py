"""reference-process with the result types asked for."""

TASKS = {
    "default": {
        "BACKEND": "taskgauge.backends.reference.ReferenceProcessBackend",
        "OPTIONS": {"result_types": "{result_types}"},
    },
}
