"""reference-memory with the result types asked for."""

TASKS = {
    "default": {
        "BACKEND": "taskgauge.backends.reference.ReferenceMemoryBackend",
        "OPTIONS": {"result_types": "{result_types}"},
    },
}
