"""A second alias."""

TASKS["second"] = {
    "BACKEND": "taskgauge.backends.reference.ReferenceMemoryBackend",
    "QUEUES": ["default", "second"],
    "OPTIONS": {"result_types": "{result_types}"},
}
