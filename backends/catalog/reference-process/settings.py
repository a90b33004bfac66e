TASKS = {
    "default": {
        "BACKEND": "taskgauge.backends.reference.ReferenceProcessBackend",
        "OPTIONS": {"result_types": "{result_types}"},
    },
}
