"""The reference backend in steps, with two queues."""

TASKS = {
    "default": {
        "BACKEND": "mutants.steps.Steps",
        "QUEUES": ["default", "second"],
    },
}
