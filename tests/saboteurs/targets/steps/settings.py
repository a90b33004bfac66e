"""The reference backend in steps, with two queues."""

TASKS = {
    "default": {
        "BACKEND": "saboteurs.steps.Steps",
        "QUEUES": ["default", "second"],
    },
}
