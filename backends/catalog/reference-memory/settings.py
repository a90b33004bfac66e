TASKS = {
    "default": {
        "BACKEND": "taskgauge.backends.reference.ReferenceMemoryBackend",
        "OPTIONS": {"result_types": "{result_types}"},
    },
}
