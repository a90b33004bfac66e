TASKS = {
    "default": {
        "BACKEND": "taskgauge.backends.reference.ReferenceImmediateBackend",
        "OPTIONS": {"result_types": "{result_types}"},
    },
}
