"""A second alias."""

TASKS["second"] = {
    "BACKEND": "taskgauge.backends.reference.ReferenceProcessBackend",
    "QUEUES": ["default", "second"],
    "OPTIONS": {"result_types": "{result_types}"},
}
